#include "controllers/replicaset.hpp"

#include "controllers/deletion_order.hpp"
#include "controllers/pods.hpp"
#include "controllers/replica_set_status.hpp"
#include "controllers/replica_sets.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace wavetank::controllers {
namespace {

// A sync creates or deletes at most this many pods (upstream's `BurstReplicas`).
constexpr std::int32_t pods_at_once = 500;

bool includes(const api::StringMap& labels, const api::StringMap& wanted) {
    return std::ranges::all_of(wanted, [&](const auto& label) {
        const auto found = labels.find(label.first);
        return found != labels.end() && found->second == label.second;
    });
}

}  // namespace

ReplicaSetController::ReplicaSetController(const ControllerContext& context)
    : context_(context), store_(context.registry.store()) {
    pods_ = store_.watch<Pod>([this](const auto& event) { on_pod(event); });
    replica_sets_ = store_.watch<ReplicaSet>([this](const auto& event) { on_replica_set(event); });
    for (auto& set : store_.list<ReplicaSet>()) {
        on_replica_set({store::EventType::Added, set, nullptr, 0});
    }
    for (auto& pod : store_.list<Pod>()) {
        on_pod({store::EventType::Added, pod, nullptr, 0});
    }
}

void ReplicaSetController::on_replica_set(const store::WatchEvent<ReplicaSet>& event) {
    const ReplicaSet& set = *event.object;
    const store::Key key = store::key_of(set);
    woken_ = nullptr;
    if (event.previous != nullptr) {
        forget_controller(*event.previous);
    }
    if (event.type == store::EventType::Deleted) {
        selectors_.erase(key);
        ledger_.forget(set.metadata.uid);
    } else {
        if (const auto* owner = controller_of(set.metadata)) {
            by_controller_[owner->uid].insert(key);
        }
        auto& selector = selectors_[key];
        if (selector == nullptr || event.type == store::EventType::Added) {
            const auto compiled = compile(set.spec.selector);
            selector = std::make_shared<const api::Selector>(compiled ? *compiled
                                                                      : api::Selector::nothing());
        }
        ledger_.set_template(set.metadata.uid, set.spec.template_.metadata.labels);
    }
    context_.queue.add(key);
}

void ReplicaSetController::forget_controller(const ReplicaSet& set) {
    if (const auto* owner = controller_of(set.metadata)) {
        const auto siblings = by_controller_.find(owner->uid);
        if (siblings != by_controller_.end() && siblings->second.erase(store::key_of(set)) > 0 &&
            siblings->second.empty()) {
            by_controller_.erase(siblings);
        }
    }
}

void ReplicaSetController::on_pod(const store::WatchEvent<Pod>& event) {
    ledger_.apply(event);
    const Pod& pod = *event.object;
    if (controller_of(pod.metadata) != nullptr ||
        (event.previous != nullptr && controller_of(event.previous->metadata) != nullptr)) {
        wake_owner(pod, event.previous.get());
    }
    if (controller_of(pod.metadata) != nullptr || event.type == store::EventType::Deleted ||
        pod.metadata.deletionTimestamp) {
        return;
    }
    if (event.previous == nullptr || !(event.previous->metadata.labels == pod.metadata.labels) ||
        controller_of(event.previous->metadata) != nullptr) {
        wake_matching(pod);
    }
}

api::Pointer<const api::appsv1::ReplicaSet> ReplicaSetController::find_owner(
    const Pod& pod, const api::metav1::OwnerReference* owner) const {
    if (owner == nullptr || owner->kind != "ReplicaSet") {
        return nullptr;
    }
    auto set = store_.get<ReplicaSet>({pod.metadata.namespace_, owner->name});
    return set != nullptr && set->metadata.uid == owner->uid ? set : nullptr;
}

void ReplicaSetController::wake_owner(const Pod& pod, const Pod* before) {
    const auto* owner = controller_of(pod.metadata);
    if (before != nullptr) {
        const auto* owner_before = controller_of(before->metadata);
        if (owner_before != nullptr && (owner == nullptr || owner->uid != owner_before->uid)) {
            if (const auto set = find_owner(pod, owner_before)) {
                context_.queue.add(store::key_of(*set));
            }
        }
    }
    // The pods of one ReplicaSet mostly come one after the other.
    if (woken_ == nullptr || !owners_woken_.same_as(pod.metadata.ownerReferences) ||
        woken_->metadata.namespace_ != pod.metadata.namespace_) {
        woken_ = find_owner(pod, owner);
        owners_woken_ = pod.metadata.ownerReferences;
    }
    const auto& set = woken_;
    if (set != nullptr) {
        context_.queue.add(store::key_of(*set));
    }
    if (set != nullptr && set->spec.minReadySeconds > 0 && before != nullptr &&
        !pod.metadata.deletionTimestamp && !is_ready(*before) && is_ready(pod)) {
        context_.queue.add_after(store::key_of(*set),
                                 std::chrono::seconds{set->spec.minReadySeconds});
    }
}

void ReplicaSetController::wake_matching(const Pod& orphan) {
    for (auto set = selectors_.lower_bound({orphan.metadata.namespace_, ""});
         set != selectors_.end() && set->first.namespace_ == orphan.metadata.namespace_; ++set) {
        if (!set->second->empty() && set->second->matches(*orphan.metadata.labels)) {
            context_.queue.add(set->first);
        }
    }
}

Reconciler::Outcome ReplicaSetController::reconcile(const store::Key& key) {
    const auto set = store_.get<ReplicaSet>(key);
    const auto selector = selectors_.find(key);
    if (set == nullptr || selector == selectors_.end()) {
        return Outcome::Done;
    }
    const auto matching = selector->second;
    if (!claim(*set, *matching)) {
        return Outcome::Retry;
    }
    const View pods = view(*set, *matching);
    Result<> managed;
    if (!set->metadata.deletionTimestamp) {
        managed = manage(*set, *matching, pods.counts.active);
    }
    const WallTime now = context_.registry.clock().wall();
    ReplicaSetFacts facts{.counts = pods.counts, .fully_labelled = pods.fully_labelled};
    if (!managed) {
        facts.failure = managed.error().message;
    }
    const auto written = write_status(set, calculate_status(*set, facts, now));
    if (!written || !managed) {
        return Outcome::Retry;
    }
    const ReplicaSet& current = **written;
    const std::int32_t seconds = current.spec.minReadySeconds;
    if (seconds > 0 && current.status.readyReplicas != current.status.availableReplicas) {
        context_.queue.add_after(
            key, pods.counts.next_available(seconds, now).value_or(std::chrono::seconds{seconds}));
    }
    return Outcome::Done;
}

/// Adopts orphans that match and releases own pods that no longer do.
Result<> ReplicaSetController::claim(const ReplicaSet& set, const api::Selector& selector) {
    std::vector<std::string> names;
    const auto& orphans = ledger_.orphans(set.metadata.namespace_);
    names.assign(orphans.begin(), orphans.end());
    if (const auto* owned = ledger_.find(set.metadata.uid)) {
        names.insert(names.end(), owned->odd.begin(), owned->odd.end());
    }
    Result<> result;
    for (const std::string& name : names) {
        const auto pod = store_.get<Pod>({set.metadata.namespace_, name});
        if (pod == nullptr || !is_active(*pod)) {
            continue;
        }
        const Claim decision = claim_of(set.metadata, selector, pod->metadata);
        if (decision != Claim::Adopt && decision != Claim::Release) {
            continue;
        }
        const auto written = decision == Claim::Adopt
                                 ? adopt(context_.registry, set, *pod)
                                 : release(context_.registry, set.metadata.uid, *pod);
        if (!written && written.error().reason != Reason::NotFound) {
            result = written.error();
        }
    }
    return result;
}

ReplicaSetController::View ReplicaSetController::view(const ReplicaSet& set,
                                                      const api::Selector& selector) const {
    View result;
    const auto* owned = ledger_.find(set.metadata.uid);
    if (owned == nullptr) {
        return result;
    }
    result.counts = owned->counts;
    result.fully_labelled = owned->counts.active;
    for (const std::string& name : owned->odd) {
        const Pod& pod = **owned->pods.find(std::string_view{name});
        if (!selector.matches(*pod.metadata.labels)) {
            continue;
        }
        result.counts.count(pod, 1);
        if (is_active(pod) && includes(*pod.metadata.labels, *set.spec.template_.metadata.labels)) {
            ++result.fully_labelled;
        }
    }
    return result;
}

Result<> ReplicaSetController::manage(const ReplicaSet& set, const api::Selector& selector,
                                      std::int32_t active) {
    const std::int32_t surplus = active - replicas_of(set);
    if (surplus < 0) {
        return create_pods(set, std::min(-surplus, pods_at_once));
    }
    return surplus == 0 ? Result<>{} : delete_pods(set, selector, std::min(surplus, pods_at_once));
}

/// Creates pods in batches of 1, 2, 4, ...; a batch with a failure is the last one, so that a
/// cluster that refuses pods is not flooded with requests.
Result<> ReplicaSetController::create_pods(const ReplicaSet& set, std::int32_t count) {
    const api::Shared<std::string> prefix = name_prefix_of(set.metadata.name);
    std::int32_t remaining = count;
    for (std::int32_t batch = std::min(remaining, 1); batch > 0;
         batch = std::min(2 * batch, remaining)) {
        Result<> result;
        for (std::int32_t i = 0; i < batch; ++i) {
            if (auto created = create_pod(set, prefix); !created && result) {
                result = std::move(created);
            }
        }
        if (!result) {
            return result;
        }
        remaining -= batch;
    }
    return {};
}

Result<> ReplicaSetController::create_pod(const ReplicaSet& set,
                                          const api::Shared<std::string>& prefix) {
    const auto& pod_template = set.spec.template_;
    if (pod_template.metadata.labels->empty()) {
        return Error{.reason = Reason::Invalid, .message = "unable to create pods, no labels"};
    }
    Pod pod = pod_of(pod_template, set.metadata.namespace_);
    pod.metadata.generateName = prefix;
    pod.metadata.ownerReferences = owners_of(set);
    const auto created = context_.registry.create(std::move(pod));
    if (created) {
        context_.events.normal(set, "SuccessfulCreate",
                               "Created pod: " + (*created)->metadata.name);
        return {};
    }
    if (is_namespace_terminating(created.error())) {
        return {};
    }
    context_.events.warning(set, "FailedCreate", "Error creating: " + created.error().message);
    return created.error();
}

/// Returns the owners of this ReplicaSet's pods, which all of them share.
const api::Shared<std::vector<api::metav1::OwnerReference>>& ReplicaSetController::owners_of(
    const ReplicaSet& set) {
    if (owners_->size() != 1 || owners_->front().uid != set.metadata.uid) {
        owners_ = std::vector{controller_reference(set)};
    }
    return owners_;
}

Result<> ReplicaSetController::delete_pods(const ReplicaSet& set, const api::Selector& selector,
                                           std::int32_t count) {
    std::vector<PodPointer> pods = active_pods(set, selector);
    if (static_cast<std::size_t>(count) < pods.size()) {
        const std::vector<PodPointer> related = related_pods(set);
        pods =
            in_deletion_order(pods, ranks_by_node(pods, related), context_.registry.clock().wall());
        pods.resize(static_cast<std::size_t>(count));
    }
    Result<> result;
    for (const PodPointer& pod : pods) {
        const auto deleted = context_.registry.remove<Pod>(store::key_of(*pod));
        if (deleted) {
            context_.events.normal(set, "SuccessfulDelete", "Deleted pod: " + pod->metadata.name);
        } else if (deleted.error().reason != Reason::NotFound) {
            context_.events.warning(set, "FailedDelete",
                                    "Error deleting: " + deleted.error().message);
            Error error = deleted.error();
            error.message = "unable to delete pods: " + error.message;
            result = std::move(error);
        }
    }
    return result;
}

std::vector<PodPointer> ReplicaSetController::active_pods(const ReplicaSet& set,
                                                          const api::Selector& selector) const {
    std::vector<PodPointer> pods = ledger_.list(set.metadata.uid);
    std::erase_if(pods, [&](const PodPointer& pod) {
        return !is_active(*pod) || !selector.matches(*pod->metadata.labels);
    });
    return pods;
}

/// Returns the pods of all ReplicaSets with the same controller, in no order, for they are only
/// counted; none if it has no controller.
std::vector<PodPointer> ReplicaSetController::related_pods(const ReplicaSet& set) const {
    std::vector<PodPointer> result;
    const auto* owner = controller_of(set.metadata);
    const auto siblings = owner == nullptr ? by_controller_.end() : by_controller_.find(owner->uid);
    if (siblings == by_controller_.end()) {
        return result;
    }
    for (const store::Key& key : siblings->second) {
        const auto sibling = store_.get<ReplicaSet>(key);
        const auto* owned = sibling == nullptr ? nullptr : ledger_.find(sibling->metadata.uid);
        if (owned != nullptr) {
            result.insert(result.end(), owned->pods.begin(), owned->pods.end());
        }
    }
    return result;
}

/// Writes a status that differs from the stored one, and tries once more on a conflict.
Result<api::Pointer<const api::appsv1::ReplicaSet>> ReplicaSetController::write_status(
    const api::Pointer<const ReplicaSet>& set, const api::appsv1::ReplicaSetStatus& status) {
    if (is_current(*set, status)) {
        return set;
    }
    const auto with_status = [&](const ReplicaSet& base) {
        ReplicaSet changed = base;
        changed.status = status;
        changed.status.observedGeneration = set->metadata.generation;
        return changed;
    };
    auto written = context_.registry.update_status(with_status(*set));
    if (written || written.error().reason != Reason::Conflict) {
        return written;
    }
    const auto fresh = store_.get<ReplicaSet>(store::key_of(*set));
    return fresh == nullptr ? written : context_.registry.update_status(with_status(*fresh));
}

}  // namespace wavetank::controllers
