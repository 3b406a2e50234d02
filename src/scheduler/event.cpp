#include <wavetank/scheduler/event.hpp>

#include <wavetank/scheduler/resources.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace wavetank::scheduler {
namespace {

using api::ResourceList;
using api::corev1::Node;
using api::corev1::Pod;

constexpr std::array<std::pair<Action, std::string_view>, 15> event_names{{
    {Action::Add, "Add"},
    {Action::Delete, "Delete"},
    {Action::UpdateNodeAllocatable, "UpdateNodeAllocatable"},
    {Action::UpdateNodeLabel, "UpdateNodeLabel"},
    {Action::UpdateNodeTaint, "UpdateNodeTaint"},
    {Action::UpdateNodeCondition, "UpdateNodeCondition"},
    {Action::UpdateNodeAnnotation, "UpdateNodeAnnotation"},
    {Action::UpdateNodeDeclaredFeature, "UpdateNodeDeclaredFeature"},
    {Action::UpdateNodePreemptionPolicy, "UpdateNodePreemptionPolicy"},
    {Action::UpdatePodLabel, "UpdatePodLabel"},
    {Action::UpdatePodScaleDown, "UpdatePodScaleDown"},
    {Action::UpdatePodScaleUp, "UpdatePodScaleUp"},
    {Action::UpdatePodToleration, "UpdatePodToleration"},
    {Action::UpdatePodSchedulingGatesEliminated, "UpdatePodSchedulingGatesEliminated"},
    {Action::UpdatePodGeneratedResourceClaim, "UpdatePodGeneratedResourceClaim"},
}};

std::map<std::string, std::string> condition_statuses(const Node& node) {
    std::map<std::string, std::string> statuses;
    for (const auto& condition : node.status.conditions) {
        statuses.insert_or_assign(condition.type, condition.status);
    }
    return statuses;
}

// Whether some request of `left` is missing in `right` or smaller there.
bool exceeds(const ResourceList& left, const ResourceList& right) {
    return std::ranges::any_of(left, [&](const auto& request) {
        const auto other = right.find(request.first);
        return other == right.end() || request.second.milli_value() > other->second.milli_value();
    });
}

bool is_pod_resource(EventResource resource) {
    return resource == EventResource::AssignedPod || resource == EventResource::UnscheduledPod ||
           resource == EventResource::TargetPod;
}

}  // namespace

std::string_view to_string(EventResource resource) {
    switch (resource) {
        case EventResource::Pod:
            return "Pod";
        case EventResource::AssignedPod:
            return "AssignedPod";
        case EventResource::UnscheduledPod:
            return "UnscheduledPod";
        case EventResource::TargetPod:
            return "TargetPod";
        case EventResource::Node:
            return "Node";
        case EventResource::PersistentVolume:
            return "PersistentVolume";
        case EventResource::PersistentVolumeClaim:
            return "PersistentVolumeClaim";
        case EventResource::CSINode:
            return "storage.k8s.io/CSINode";
        case EventResource::CSIDriver:
            return "storage.k8s.io/CSIDriver";
        case EventResource::VolumeAttachment:
            return "storage.k8s.io/VolumeAttachment";
        case EventResource::CSIStorageCapacity:
            return "storage.k8s.io/CSIStorageCapacity";
        case EventResource::StorageClass:
            return "storage.k8s.io/StorageClass";
        case EventResource::ResourceClaim:
            return "resource.k8s.io/ResourceClaim";
        case EventResource::ResourceSlice:
            return "resource.k8s.io/ResourceSlice";
        case EventResource::DeviceClass:
            return "resource.k8s.io/DeviceClass";
        case EventResource::Any:
            return "*";
    }
    return {};
}

std::vector<std::string_view> action_names(Action actions) {
    std::vector<std::string_view> result;
    for (const auto& [action, name] : event_names) {
        if (intersects(action, actions)) {
            result.push_back(name);
        }
    }
    return result;
}

bool is_wildcard(const ClusterEvent& event) {
    return event == ClusterEvent{};
}

bool matches(const ClusterEvent& registered, const ClusterEvent& happened) {
    if (is_wildcard(registered)) {
        return true;
    }
    const bool same_resource =
        registered.resource == EventResource::Any || registered.resource == happened.resource ||
        (registered.resource == EventResource::Pod && is_pod_resource(happened.resource));
    // The comparison of numbers keeps a general update from those who want a special one.
    return same_resource && intersects(registered.actions, happened.actions) &&
           happened.actions <= registered.actions;
}

std::vector<ClusterEvent> events_of_update(const Node& before, const Node& after) {
    std::vector<ClusterEvent> events;
    const auto note = [&](bool changed, Action action) {
        if (changed) {
            events.push_back({EventResource::Node, action});
        }
    };
    note(before.spec.unschedulable && !after.spec.unschedulable, Action::UpdateNodeTaint);
    note(before.status.allocatable != after.status.allocatable, Action::UpdateNodeAllocatable);
    note(before.metadata.labels != after.metadata.labels, Action::UpdateNodeLabel);
    note(before.spec.taints != after.spec.taints, Action::UpdateNodeTaint);
    note(condition_statuses(before) != condition_statuses(after), Action::UpdateNodeCondition);
    note(before.metadata.annotations != after.metadata.annotations, Action::UpdateNodeAnnotation);
    note(before.spec.podPreemptionPolicy != after.spec.podPreemptionPolicy,
         Action::UpdateNodePreemptionPolicy);
    note(before.status.declaredFeatures != after.status.declaredFeatures,
         Action::UpdateNodeDeclaredFeature);
    return events;
}

std::vector<ClusterEvent> events_of_update(const Pod& before, const Pod& after, PodRole role) {
    EventResource resource = EventResource::UnscheduledPod;
    if (!after.spec.nodeName.empty()) {
        resource = EventResource::AssignedPod;
    } else if (role == PodRole::Target) {
        resource = EventResource::TargetPod;
    }
    std::vector<ClusterEvent> events;
    const auto note = [&](bool changed, Action action) {
        if (changed) {
            events.push_back({resource, action});
        }
    };
    note(before.metadata.labels != after.metadata.labels, Action::UpdatePodLabel);
    if (!before.spec.body.same_as(after.spec.body)) {
        const ResourceList requests_before = pod_requests(before);
        const ResourceList requests_after = pod_requests(after);
        note(exceeds(requests_before, requests_after), Action::UpdatePodScaleDown);
        note(exceeds(requests_after, requests_before), Action::UpdatePodScaleUp);
        note(after.spec->schedulingGates.empty() && !before.spec->schedulingGates.empty(),
             Action::UpdatePodSchedulingGatesEliminated);
        note(before.spec->tolerations.size() != after.spec->tolerations.size(),
             Action::UpdatePodToleration);
    }
    note(
        before.status->resourceClaimStatuses != after.status->resourceClaimStatuses ||
            before.status->extendedResourceClaimStatus != after.status->extendedResourceClaimStatus,
        Action::UpdatePodGeneratedResourceClaim);
    if (events.empty()) {
        events.push_back({resource, Action::Update});
    }
    return events;
}

}  // namespace wavetank::scheduler
