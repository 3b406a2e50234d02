#pragma once

/// \file
/// Rolls Deployments out: hears of changes and runs a `DeploymentSync` for each (upstream's
/// `deployment_controller.go`).

#include "controllers/owners.hpp"
#include "controllers/replica_sets.hpp"

#include <wavetank/controllers/reconciler.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace wavetank::controllers {

/// How many pods that are not terminal each controller has, by its UID.
using RunningPods = boost::unordered_flat_map<std::string, std::int32_t>;

class DeploymentController final : public Reconciler {
public:
    explicit DeploymentController(const ControllerContext& context);

    Outcome reconcile(const store::Key& key) override;

private:
    using Deployment = api::appsv1::Deployment;
    using ReplicaSet = api::appsv1::ReplicaSet;
    using Pod = api::corev1::Pod;

    void on_deployment(const store::WatchEvent<Deployment>& event);
    void on_replica_set(const store::WatchEvent<ReplicaSet>& event);
    void on_pod(const store::WatchEvent<Pod>& event);
    void note_replica_set(const ReplicaSet& set);
    void forget_replica_set(const ReplicaSet& set);
    void count_pod(const Pod& pod, std::int32_t weight);
    [[nodiscard]] api::Pointer<const Deployment> resolve(
        const std::string& in_namespace, const api::metav1::OwnerReference* owner) const;
    Result<ReplicaSets> claim(const Deployment& deployment);

    ControllerContext context_;
    store::Store& store_;
    std::map<store::Key, api::Selector> selectors_;
    std::map<std::string, std::set<store::Key>> by_controller_;  // "" for orphans
    RunningPods running_;
    store::Subscription deployments_;
    store::Subscription replica_sets_;
    store::Subscription pods_;
};

}  // namespace wavetank::controllers
