#pragma once

/// \file
/// What happened in the cluster that may let a waiting pod be scheduled after all?

#include <wavetank/api/corev1/node.hpp>
#include <wavetank/api/corev1/pod.hpp>

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace wavetank::scheduler {

/// What an event is about (Kubernetes' `framework.EventResource`).
enum class EventResource : std::uint8_t {
    Pod,  ///< in registrations: any of the next three
    AssignedPod,
    UnscheduledPod,  ///< another pod that waits
    TargetPod,       ///< the waiting pod itself
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    CSINode,
    CSIDriver,
    VolumeAttachment,
    CSIStorageCapacity,
    StorageClass,
    ResourceClaim,
    ResourceSlice,
    DeviceClass,
    Any,
};

/// Returns the name as Kubernetes writes it: "storage.k8s.io/CSINode".
[[nodiscard]] std::string_view to_string(EventResource resource);

/// What happened to it; the bits of a registration are alternatives.
enum class Action : std::uint32_t {
    None = 0,
    Add = 1U << 0,
    Delete = 1U << 1,
    UpdateNodeAllocatable = 1U << 2,
    UpdateNodeLabel = 1U << 3,
    UpdateNodeTaint = 1U << 4,  ///< also: uncordoned
    UpdateNodeCondition = 1U << 5,
    UpdateNodeAnnotation = 1U << 6,
    UpdateNodeDeclaredFeature = 1U << 7,
    UpdateNodePreemptionPolicy = 1U << 8,
    UpdatePodLabel = 1U << 9,
    UpdatePodScaleDown = 1U << 10,
    UpdatePodScaleUp = 1U << 11,
    UpdatePodToleration = 1U << 12,
    UpdatePodSchedulingGatesEliminated = 1U << 13,
    UpdatePodGeneratedResourceClaim = 1U << 14,
    All = (1U << 15) - 1,
    Update = All & ~(Add | Delete),
};

[[nodiscard]] constexpr Action operator|(Action left, Action right) {
    return static_cast<Action>(static_cast<std::uint32_t>(left) |
                               static_cast<std::uint32_t>(right));
}
[[nodiscard]] constexpr bool intersects(Action left, Action right) {
    return (static_cast<std::uint32_t>(left) & static_cast<std::uint32_t>(right)) != 0;
}

/// Returns the names of the set bits in order of the bits: "Add", "UpdateNodeTaint", ...
[[nodiscard]] std::vector<std::string_view> action_names(Action actions);

struct ClusterEvent {
    EventResource resource = EventResource::Any;
    Action actions = Action::All;

    bool operator==(const ClusterEvent&) const = default;
};

/// Tells whether an event stands for all there are: the default one does.
[[nodiscard]] bool is_wildcard(const ClusterEvent& event);

/// Tells whether a registration for `registered` covers what happened.
[[nodiscard]] bool matches(const ClusterEvent& registered, const ClusterEvent& happened);

/// The objects of an event; those of other kinds are null. No old one: added. No new one: deleted.
struct ObjectChange {
    const api::corev1::Pod* old_pod = nullptr;
    const api::corev1::Pod* new_pod = nullptr;
    const api::corev1::Node* old_node = nullptr;
    const api::corev1::Node* new_node = nullptr;
};

enum class QueueingHint : std::uint8_t { Skip, Queue };

/// Returns `Queue` if what happened helps, else `Skip`.
[[nodiscard]] constexpr QueueingHint queue_if(bool helps) {
    return helps ? QueueingHint::Queue : QueueingHint::Skip;
}

/// An event that may make schedulable what a plugin turned down.
struct EventRegistration {
    ClusterEvent event;
    /// Tells whether it does so for this pod; none: always.
    std::function<QueueingHint(const api::corev1::Pod&, const ObjectChange&)> hint;
};

/// Whether an update of a pod is told to the pod itself or to others.
enum class PodRole : std::uint8_t { Target, Other };

/// Returns one event for each aspect of a node that changed in a way that could help.
[[nodiscard]] std::vector<ClusterEvent> events_of_update(const api::corev1::Node& before,
                                                         const api::corev1::Node& after);

/// Returns one event for each aspect of a pod that changed; a general update if none did.
[[nodiscard]] std::vector<ClusterEvent> events_of_update(const api::corev1::Pod& before,
                                                         const api::corev1::Pod& after,
                                                         PodRole role);

}  // namespace wavetank::scheduler
