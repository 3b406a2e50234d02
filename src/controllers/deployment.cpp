#include "controllers/deployment.hpp"

#include "controllers/deployment_sync.hpp"
#include "controllers/pods.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace wavetank::controllers {

DeploymentController::DeploymentController(const ControllerContext& context)
    : context_(context), store_(context.registry.store()) {
    deployments_ = store_.watch<Deployment>([this](const auto& event) { on_deployment(event); });
    replica_sets_ = store_.watch<ReplicaSet>([this](const auto& event) { on_replica_set(event); });
    pods_ = store_.watch<Pod>([this](const auto& event) { on_pod(event); });
    for (auto& deployment : store_.list<Deployment>()) {
        on_deployment({store::EventType::Added, deployment, nullptr, 0});
    }
    for (auto& set : store_.list<ReplicaSet>()) {
        on_replica_set({store::EventType::Added, set, nullptr, 0});
    }
    for (auto& pod : store_.list<Pod>()) {
        on_pod({store::EventType::Added, pod, nullptr, 0});
    }
}

void DeploymentController::on_deployment(const store::WatchEvent<Deployment>& event) {
    const store::Key key = store::key_of(*event.object);
    if (event.type == store::EventType::Deleted) {
        selectors_.erase(key);
    } else if (event.type == store::EventType::Added) {
        const auto compiled = compile(event.object->spec.selector);
        selectors_[key] = compiled ? *compiled : api::Selector::nothing();
    }
    context_.queue.add(key);
}

void DeploymentController::on_replica_set(const store::WatchEvent<ReplicaSet>& event) {
    const ReplicaSet& set = *event.object;
    const auto* owner = controller_of(set.metadata);
    const auto* owner_before =
        event.previous == nullptr ? nullptr : controller_of(event.previous->metadata);
    if (event.previous != nullptr) {
        forget_replica_set(*event.previous);
    }
    if (event.type != store::EventType::Deleted) {
        note_replica_set(set);
    }
    const bool changed_hands =
        owner_before != nullptr && (owner == nullptr || owner->uid != owner_before->uid);
    if (changed_hands) {
        if (const auto deployment = resolve(set.metadata.namespace_, owner_before)) {
            context_.queue.add(store::key_of(*deployment));
        }
    }
    if (owner != nullptr) {
        if (const auto deployment = resolve(set.metadata.namespace_, owner)) {
            context_.queue.add(store::key_of(*deployment));
        }
        return;
    }
    if (event.type == store::EventType::Deleted || set.metadata.deletionTimestamp ||
        set.metadata.labels->empty() ||
        (event.previous != nullptr && !changed_hands &&
         event.previous->metadata.labels == set.metadata.labels)) {
        return;
    }
    for (auto entry = selectors_.lower_bound({set.metadata.namespace_, ""});
         entry != selectors_.end() && entry->first.namespace_ == set.metadata.namespace_; ++entry) {
        if (!entry->second.empty() && entry->second.matches(*set.metadata.labels)) {
            context_.queue.add(entry->first);
        }
    }
}

/// Counts pods, and wakes a Deployment that recreates its pods when one of them is gone.
void DeploymentController::on_pod(const store::WatchEvent<Pod>& event) {
    if (event.type == store::EventType::Modified &&
        event.previous->status.phase == event.object->status.phase &&
        event.previous->metadata.ownerReferences.same_as(event.object->metadata.ownerReferences)) {
        return;
    }
    if (event.previous != nullptr) {
        count_pod(*event.previous, -1);
    }
    if (event.type != store::EventType::Deleted) {
        count_pod(*event.object, 1);
        return;
    }
    const auto* owner = controller_of(event.object->metadata);
    if (owner == nullptr || owner->kind != "ReplicaSet") {
        return;
    }
    const std::string& in_namespace = event.object->metadata.namespace_;
    const auto set = store_.get<ReplicaSet>({in_namespace, owner->name});
    if (set == nullptr || set->metadata.uid != owner->uid) {
        return;
    }
    const auto deployment = resolve(in_namespace, controller_of(set->metadata));
    if (deployment != nullptr && deployment->spec.strategy.type == "Recreate") {
        context_.queue.add(store::key_of(*deployment));
    }
}

void DeploymentController::count_pod(const Pod& pod, std::int32_t weight) {
    const auto* owner = controller_of(pod.metadata);
    if (owner == nullptr || owner->kind != "ReplicaSet" || is_terminal(pod)) {
        return;
    }
    const auto entry = running_.try_emplace(owner->uid, 0).first;
    entry->second += weight;
    if (entry->second == 0 && weight < 0) {
        running_.erase(entry);
    }
}

void DeploymentController::note_replica_set(const ReplicaSet& set) {
    const auto* owner = controller_of(set.metadata);
    by_controller_[owner == nullptr ? std::string{} : owner->uid].insert(store::key_of(set));
}

void DeploymentController::forget_replica_set(const ReplicaSet& set) {
    const auto* owner = controller_of(set.metadata);
    const auto siblings = by_controller_.find(owner == nullptr ? std::string{} : owner->uid);
    if (siblings != by_controller_.end() && siblings->second.erase(store::key_of(set)) > 0 &&
        siblings->second.empty()) {
        by_controller_.erase(siblings);
    }
}

api::Pointer<const api::appsv1::Deployment> DeploymentController::resolve(
    const std::string& in_namespace, const api::metav1::OwnerReference* owner) const {
    if (owner == nullptr || owner->kind != "Deployment") {
        return nullptr;
    }
    auto deployment = store_.get<Deployment>({in_namespace, owner->name});
    return deployment != nullptr && deployment->metadata.uid == owner->uid ? deployment : nullptr;
}

/// Returns the ReplicaSets that the Deployment owns, after adopting and releasing some.
Result<ReplicaSets> DeploymentController::claim(const Deployment& deployment) {
    const api::Selector& selector = selectors_.at(store::key_of(deployment));
    std::vector<store::Key> candidates;
    for (const std::string& owner : {deployment.metadata.uid.str(), std::string{}}) {
        const auto keys = by_controller_.find(owner);
        if (keys != by_controller_.end()) {
            candidates.insert(candidates.end(), keys->second.begin(), keys->second.end());
        }
    }
    ReplicaSets result;
    for (const store::Key& key : candidates) {
        const auto set = store_.get<ReplicaSet>(key);
        const Claim decision = claim_of(deployment.metadata, selector, set->metadata);
        if (decision == Claim::Ignore) {
            continue;
        }
        if (decision != Claim::Keep) {
            const auto written = decision == Claim::Adopt
                                     ? adopt(context_.registry, deployment, *set)
                                     : release(context_.registry, deployment.metadata.uid, *set);
            if (!written && written.error().reason != Reason::NotFound) {
                return written.error();
            }
        }
        if (decision != Claim::Release) {
            result.push_back(set);
        }
    }
    return result;
}

Reconciler::Outcome DeploymentController::reconcile(const store::Key& key) {
    const auto deployment = store_.get<Deployment>(key);
    if (deployment == nullptr) {
        return Outcome::Done;
    }
    const auto& selector = deployment->spec.selector;
    if (selector && selector->matchLabels.empty() && selector->matchExpressions.empty()) {
        context_.events.warning(*deployment, "SelectingAll",
                                "This deployment is selecting all pods. A non-empty selector is "
                                "required.");
        return Outcome::Done;
    }
    auto sets = claim(*deployment);
    if (!sets) {
        return Outcome::Retry;
    }
    DeploymentSync sync{context_, *deployment, std::move(*sets), running_};
    const auto result = sync.run();
    if (!result &&
        std::ranges::count(result.error().causes, "NamespaceTerminating", &Cause::reason) == 0) {
        return Outcome::Retry;
    }
    return Outcome::Done;
}

}  // namespace wavetank::controllers
