#include "registry/write_objects.hpp"

#include "registry/endpoint_slice.hpp"
#include "registry/event.hpp"
#include "registry/horizontal_pod_autoscaler.hpp"
#include "registry/json_kind.hpp"
#include "registry/namespace.hpp"
#include "registry/node.hpp"
#include "registry/pod_disruption_budget.hpp"
#include "registry/service.hpp"
#include "registry/unstructured.hpp"

#include <array>
#include <chrono>

namespace wavetank::registry {

using api::metav1::ObjectMeta;

std::vector<std::string> finalizers_on_delete(const std::vector<std::string>& finalizers,
                                              const DeleteOptions& options,
                                              Propagation default_propagation) {
    const auto has = [&](std::string_view name) {
        return std::find(finalizers.begin(), finalizers.end(), name) != finalizers.end();
    };
    Propagation propagation = default_propagation;
    if (options.propagation) {
        propagation = *options.propagation;
    } else if (has("orphan")) {
        propagation = Propagation::Orphan;
    } else if (has("foregroundDeletion")) {
        propagation = Propagation::Foreground;
    }
    if (finalizers.empty() && propagation == Propagation::Background) {
        return {};
    }
    std::vector<std::string> result;
    for (const std::string& name : finalizers) {
        if (name != "orphan" && name != "foregroundDeletion") {
            result.push_back(name);
        }
    }
    if (propagation == Propagation::Orphan) {
        result.emplace_back("orphan");
    } else if (propagation == Propagation::Foreground) {
        result.emplace_back("foregroundDeletion");
    }
    return result;
}

void mark_deleted(ObjectMeta& metadata, api::Time now) {
    if (!metadata.deletionTimestamp && metadata.generation > 0) {
        ++metadata.generation;
    }
    if (!metadata.deletionTimestamp || *metadata.deletionTimestamp > now) {
        metadata.deletionTimestamp = now;
    }
    metadata.rare.edit().deletionGracePeriodSeconds = 0;
}

Grace begin_grace(api::corev1::Pod& pod, const DeleteOptions& options, api::Time now) {
    using std::chrono::seconds;
    ObjectMeta& metadata = pod.metadata;
    if (!metadata.deletionTimestamp) {
        const std::int64_t grace = grace_of(pod, options.grace_period_seconds);
        metadata.deletionTimestamp = api::Time{now.value + seconds{grace}};
        metadata.rare.edit().deletionGracePeriodSeconds = grace;
        if (metadata.generation > 0) {
            ++metadata.generation;
        }
        return Grace::Begun;
    }
    const std::int64_t granted = metadata.rare->deletionGracePeriodSeconds.value_or(0);
    if (granted == 0) {
        return Grace::None;
    }
    if (!options.grace_period_seconds) {
        return Grace::Pending;
    }
    std::int64_t grace = *options.grace_period_seconds < 0 ? 1 : *options.grace_period_seconds;
    if (grace >= granted) {
        return Grace::Pending;
    }
    api::Time end{metadata.deletionTimestamp->value - seconds{granted} + seconds{grace}};
    if (end < now) {
        end = now;
        grace = grace == 0 ? 0 : 1;
    }
    metadata.deletionTimestamp = end;
    metadata.rare.edit().deletionGracePeriodSeconds = grace;
    return Grace::Begun;
}

Result<Stored<api::corev1::Pod>> bind_pod(Cluster& cluster, const store::Key& key,
                                          const std::string& node, DryRun dry_run) {
    const auto old = cluster.store.get<api::corev1::Pod>(key);
    const api::KindInfo& info = api::kind_info<api::corev1::Pod>;
    if (old == nullptr) {
        return not_found_error(resource_of(info), key.name);
    }
    const auto refuse = [&](const std::string& why) {
        Resource resource = resource_of(info);
        resource.plural += "/binding";
        return conflict_error(resource, key.name, "pod " + key.name + why);
    };
    if (node.empty()) {
        return bad_request_error("target.name: Required value");
    }
    if (old->metadata.deletionTimestamp) {
        return refuse(" is being deleted, cannot be assigned to a host");
    }
    if (!old->spec.nodeName.empty()) {
        return refuse(" is already assigned to node " + api::quoted(old->spec.nodeName));
    }
    if (!old->spec->schedulingGates.empty()) {
        return refuse(" has non-empty .spec.schedulingGates");
    }
    api::corev1::Pod next = *old;
    set_node(cluster, next, node);
    if (dry_run == DryRun::Yes) {
        return api::make_object<const api::corev1::Pod>(std::move(next));
    }
    return cluster.store.update(std::move(next));
}

Result<Stored<api::corev1::Namespace>> finalize_namespace(Cluster& cluster,
                                                          const std::string& name) {
    const auto old = cluster.store.get<api::corev1::Namespace>({"", name});
    if (old == nullptr) {
        return not_found_error(resource_of(api::kind_info<api::corev1::Namespace>), name);
    }
    api::corev1::Namespace next = *old;
    next.spec.finalizers.clear();
    return store_update(cluster, std::move(next), *old, DryRun::No);
}

OwnRandom<api::Unstructured>::OwnRandom(Cluster& cluster, const api::Unstructured& object)
    : cluster_{find_json_kind(object.gvk) != nullptr ? &cluster : nullptr} {
    if (cluster_ != nullptr) {
        std::swap(cluster_->random, cluster_->json_random);
    }
}

OwnRandom<api::Unstructured>::~OwnRandom() {
    if (cluster_ != nullptr) {
        std::swap(cluster_->random, cluster_->json_random);
    }
}

template <>
Result<> check_mortal<api::corev1::Namespace>(const store::Key& key) {
    constexpr std::array<std::string_view, 3> needed{"default", "kube-public", "kube-system"};
    if (std::find(needed.begin(), needed.end(), key.name) == needed.end()) {
        return {};
    }
    return forbidden_error(resource_of(api::kind_info<api::corev1::Namespace>), key.name,
                           "this namespace may not be deleted");
}

WAVETANK_REGISTRY_INSTANTIATE(api::corev1::Namespace);
WAVETANK_REGISTRY_INSTANTIATE(api::corev1::Node);
WAVETANK_REGISTRY_INSTANTIATE(api::corev1::Service);
WAVETANK_REGISTRY_INSTANTIATE(api::policyv1::PodDisruptionBudget);
WAVETANK_REGISTRY_INSTANTIATE(api::autoscalingv2::HorizontalPodAutoscaler);
WAVETANK_REGISTRY_INSTANTIATE(api::corev1::Pod);
WAVETANK_REGISTRY_INSTANTIATE(api::discoveryv1::EndpointSlice);
WAVETANK_REGISTRY_INSTANTIATE(api::corev1::Event);
WAVETANK_REGISTRY_INSTANTIATE(api::Unstructured);

}  // namespace wavetank::registry
