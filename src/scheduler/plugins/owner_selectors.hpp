#pragma once

/// \file
/// Which pods belong together because the same Services and controllers look after them?

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/corev1/service.hpp>
#include <wavetank/api/selector.hpp>
#include <wavetank/store/selector_index.hpp>
#include <wavetank/store/store.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace wavetank::scheduler::plugins {

/// Derives a selector from a pod's Services and its controller (kube-scheduler's
/// `helper.DefaultSelector`): all of a Service's labels if it picks the pod, and what a
/// ReplicationController, ReplicaSet or StatefulSet selects if it controls the pod.
///
/// Lifetime: the store must outlive it; without one there are no Services and no controllers.
class OwnerSelectors {
public:
    explicit OwnerSelectors(store::Store* store);
    OwnerSelectors(const OwnerSelectors&) = delete;
    OwnerSelectors& operator=(const OwnerSelectors&) = delete;

    /// Returns the selector, which is empty if nobody looks after the pod.
    [[nodiscard]] api::Selector of(const api::corev1::Pod& pod) const;

    /// Counts the changes after which some pod may have another selector.
    [[nodiscard]] std::uint64_t version() const {
        return version_;
    }

private:
    // What the Services of a namespace select, in the order of their names.
    struct Services {
        std::vector<api::Labels> selectors;
        store::SelectorIndex index;
    };

    [[nodiscard]] const Services& services_in(const std::string& space) const;
    void add_controller(const api::corev1::Pod& pod, const api::metav1::OwnerReference& controller,
                        api::Labels& labels, std::vector<api::Requirement>& more) const;

    store::Store* store_;
    std::uint64_t version_ = 0;
    mutable std::map<std::string, Services> services_;  // read when first asked
    std::vector<store::Subscription> subscriptions_;
};

}  // namespace wavetank::scheduler::plugins
