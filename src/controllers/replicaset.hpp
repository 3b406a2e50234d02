#pragma once

/// \file
/// Keeps as many pods of a template as a ReplicaSet asks for (upstream's
/// `pkg/controller/replicaset`).

#include "controllers/pod_ledger.hpp"

#include <wavetank/controllers/reconciler.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace wavetank::controllers {

class ReplicaSetController final : public Reconciler {
public:
    explicit ReplicaSetController(const ControllerContext& context);

    Outcome reconcile(const store::Key& key) override;

private:
    using ReplicaSet = api::appsv1::ReplicaSet;
    using Pod = api::corev1::Pod;

    /// A ReplicaSet's pods as one sync sees them.
    struct View {
        PodCounts counts;
        std::int32_t fully_labelled = 0;
    };

    void on_replica_set(const store::WatchEvent<ReplicaSet>& event);
    void on_pod(const store::WatchEvent<Pod>& event);
    void forget_controller(const ReplicaSet& set);
    void wake_owner(const Pod& pod, const Pod* before);
    [[nodiscard]] api::Pointer<const ReplicaSet> find_owner(
        const Pod& pod, const api::metav1::OwnerReference* owner) const;
    void wake_matching(const Pod& orphan);

    Result<> claim(const ReplicaSet& set, const api::Selector& selector);
    [[nodiscard]] View view(const ReplicaSet& set, const api::Selector& selector) const;
    Result<> manage(const ReplicaSet& set, const api::Selector& selector, std::int32_t active);
    Result<> create_pods(const ReplicaSet& set, std::int32_t count);
    Result<> create_pod(const ReplicaSet& set, const api::Shared<std::string>& prefix);
    Result<> delete_pods(const ReplicaSet& set, const api::Selector& selector, std::int32_t count);
    [[nodiscard]] std::vector<PodPointer> active_pods(const ReplicaSet& set,
                                                      const api::Selector& selector) const;
    [[nodiscard]] std::vector<PodPointer> related_pods(const ReplicaSet& set) const;
    const api::Shared<std::vector<api::metav1::OwnerReference>>& owners_of(const ReplicaSet& set);
    Result<api::Pointer<const ReplicaSet>> write_status(
        const api::Pointer<const ReplicaSet>& set, const api::appsv1::ReplicaSetStatus& status);

    ControllerContext context_;
    store::Store& store_;
    PodLedger ledger_;
    // The selectors never change, so each is compiled once.
    std::map<store::Key, std::shared_ptr<const api::Selector>> selectors_;
    std::map<std::string, std::set<store::Key>> by_controller_;
    api::Shared<std::vector<api::metav1::OwnerReference>> owners_;  // of the last one's pods
    // The ReplicaSet that was woken last, and what of its pods led to it; null if it has changed.
    api::Pointer<const ReplicaSet> woken_;
    api::Shared<std::vector<api::metav1::OwnerReference>> owners_woken_;
    store::Subscription pods_;
    store::Subscription replica_sets_;
};

}  // namespace wavetank::controllers
