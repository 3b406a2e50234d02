#include "controllers/taint_eviction.hpp"

#include "controllers/node_fit.hpp"

#include <wavetank/api/kinds.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace wavetank::controllers {
namespace {

using api::corev1::Node;
using api::corev1::Pod;
using api::corev1::PodCondition;
using api::corev1::Taint;
using api::corev1::Toleration;

std::vector<Taint> no_execute_taints(const Node& node) {
    std::vector<Taint> taints = node.spec.taints;
    std::erase_if(taints, [](const Taint& taint) { return taint.effect != "NoExecute"; });
    return taints;
}

/// What the tolerations of a pod make of the taints.
struct Patience {
    bool tolerated = true;
    std::optional<std::chrono::seconds> limit{};  ///< nothing: for ever
};

/// The first toleration that matches a taint is the one that is used for it.
Patience patience_of(const std::vector<Toleration>& tolerations, const std::vector<Taint>& taints) {
    Patience patience;
    for (const Taint& taint : taints) {
        const auto used = std::ranges::find_if(
            tolerations, [&](const Toleration& it) { return tolerates(it, taint); });
        if (used == tolerations.end()) {
            return {.tolerated = false};
        }
        if (used->tolerationSeconds) {
            const std::chrono::seconds given{std::max<std::int64_t>(0, *used->tolerationSeconds)};
            patience.limit = std::min(patience.limit.value_or(given), given);
        }
    }
    return patience;
}

}  // namespace

TaintEvictionController::TaintEvictionController(const ControllerContext& context)
    : context_(context), store_(context.registry.store()), pods_by_node_(store_) {
    nodes_ = store_.watch<Node>([this](const auto& event) { on_node(event); });
    pods_ = store_.watch<Pod>([this](const auto& event) { on_pod(event); });
    for (const auto& node : store_.list<Node>()) {
        if (!no_execute_taints(*node).empty()) {
            context_.queue.add(store::key_of(*node));
        }
    }
}

void TaintEvictionController::on_node(const store::WatchEvent<Node>& event) {
    const bool deleted = event.type == store::EventType::Deleted;
    const auto before =
        event.previous == nullptr ? std::vector<Taint>{} : no_execute_taints(*event.previous);
    const auto after = deleted ? std::vector<Taint>{} : no_execute_taints(*event.object);
    if (before != after || (deleted && tainted_.contains(event.object->metadata.name))) {
        context_.queue.add(store::key_of(*event.object));
    }
}

void TaintEvictionController::on_pod(const store::WatchEvent<Pod>& event) {
    const Pod& pod = *event.object;
    if (event.type == store::EventType::Deleted) {
        cancel(store::key_of(pod));
        return;
    }
    const Pod* const before = event.previous.get();
    const bool same = before != nullptr && before->spec.nodeName == pod.spec.nodeName &&
                      (before->spec.body.identity() == pod.spec.body.identity() ||
                       before->spec->tolerations == pod.spec->tolerations);
    if (!same && tainted_.contains(pod.spec.nodeName)) {
        context_.queue.add(store::key_of(pod));
    }
}

Reconciler::Outcome TaintEvictionController::reconcile(const store::Key& key) {
    if (key.namespace_.empty()) {
        look_at_node(key.name);
        return Outcome::Done;
    }
    const auto work = work_.find(key);
    if (work == work_.end()) {
        look_at_pod(key);
        return Outcome::Done;
    }
    const WallTime now = context_.registry.clock().wall();
    if (now < work->second.due) {
        look_at_pod(key);
        return Outcome::Done;
    }
    work_.erase(work);
    return evict(key) ? Outcome::Done : Outcome::Retry;
}

void TaintEvictionController::look_at_node(const std::string& name) {
    const auto node = store_.get<Node>({.name = name});
    if (node == nullptr) {
        tainted_.erase(name);
        return;
    }
    const auto taints = no_execute_taints(*node);
    if (taints.empty()) {
        tainted_.erase(name);
    } else {
        tainted_[name] = taints;
    }
    for (const auto& pod : pods_by_node_.on(name)) {
        if (taints.empty()) {
            cancel(store::key_of(*pod));
        } else {
            judge(*pod, taints);
        }
    }
}

void TaintEvictionController::look_at_pod(const store::Key& key) {
    const auto pod = store_.get<Pod>(key);
    const auto taints = pod == nullptr ? tainted_.end() : tainted_.find(pod->spec.nodeName);
    if (taints != tainted_.end()) {
        judge(*pod, taints->second);
    }
}

void TaintEvictionController::judge(const Pod& pod, const std::vector<Taint>& taints) {
    const store::Key key = store::key_of(pod);
    const Patience patience = patience_of(pod.spec->tolerations, taints);
    if (!patience.tolerated || patience.limit == std::chrono::seconds{0}) {
        cancel(key);
        static_cast<void>(evict(key));
        return;
    }
    if (!patience.limit) {
        cancel(key);
        return;
    }
    const WallTime now = context_.registry.clock().wall();
    if (const auto known = work_.find(key); known != work_.end()) {
        if (known->second.created < now) {
            return;
        }
        cancel(key);
    }
    work_[key] = {.created = now, .due = now + *patience.limit};
    context_.queue.add_after(key, *patience.limit);
}

void TaintEvictionController::cancel(const store::Key& pod) {
    if (work_.erase(pod) > 0) {
        tell(pod, "Cancelling deletion of Pod ");
    }
}

void TaintEvictionController::tell(const store::Key& pod, const std::string& what) {
    context_.events.record(
        {.kind = "Pod", .namespace_ = pod.namespace_, .name = pod.name, .apiVersion = "v1"},
        EventType::Normal, "TaintManagerEviction", what + store::to_string(pod));
}

/// Returns false if it could not be deleted.
bool TaintEvictionController::evict(const store::Key& key) {
    tell(key, "Marking for deletion Pod ");
    const auto pod = store_.get<Pod>(key);
    if (pod == nullptr) {
        return true;
    }
    const PodCondition target{.type = "DisruptionTarget",
                              .observedGeneration = pod->metadata.generation,
                              .status = "True",
                              .lastTransitionTime = api::Time{context_.registry.clock().wall()},
                              .reason = "DeletionByTaintManager",
                              .message = "Taint manager: deleting due to NoExecute taint"};
    const PodCondition* present = find_condition(*pod, target.type);
    if (present == nullptr || present->status != target.status ||
        present->reason != target.reason) {
        Pod next = *pod;
        auto& conditions = next.status.conditions.edit();
        std::erase_if(conditions, [&](const auto& it) { return it.type == target.type; });
        conditions.push_back(target);
        if (!context_.registry.update_status(std::move(next))) {
            return false;
        }
    }
    const auto removed = context_.registry.remove<Pod>(key);
    return removed || removed.error().reason == Reason::NotFound;
}

}  // namespace wavetank::controllers
