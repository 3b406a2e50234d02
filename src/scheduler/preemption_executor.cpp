#include "scheduler/preemption_executor.hpp"

#include "scheduler/reports.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace wavetank::scheduler {

using api::corev1::Pod;

namespace {

constexpr Duration retry_delay = std::chrono::seconds{1};

}  // namespace

PreemptionExecutor::PreemptionExecutor(Cluster cluster, EventRecording events,
                                       std::function<void(const Pod&)> activate)
    : cluster_(cluster), events_(events), activate_(std::move(activate)) {}

void PreemptionExecutor::preempt(const Pod& pod, const PreemptionCandidate& candidate) {
    Order order{.pod = pod, .node = candidate.node->name(), .victims = {}};
    std::ranges::copy_if(
        candidate.victims, std::back_inserter(order.victims),
        [](const PodPointer& victim) { return !victim->metadata.deletionTimestamp; });
    if (order.victims.empty()) {
        return;
    }
    preempting_.insert_or_assign(pod_identity(pod), std::nullopt);
    cluster_.executor.post([weak = weak_from_this(), order = std::move(order)] {
        if (const auto self = weak.lock()) {
            self->carry_out(order);
        }
    });
}

// While earlier victims leave, the pod is kept out of the queue; the deletion of the last one, or
// the end of its grace period, then lets it in.
void PreemptionExecutor::carry_out(const Order& order) {
    const api::Uid identity = pod_identity(order.pod);
    bool failed = !withdraw_nominations(order);
    bool go_on = true;
    for (const PodPointer& victim : order.victims) {
        if (!go_on) {
            break;
        }
        if (victim == order.victims.back()) {
            preempting_.insert_or_assign(identity, store::key_of(*victim));
        }
        if (!evict(order, victim)) {
            failed = true;
            go_on = false;
        }
    }
    preempting_.erase(identity);
    if (failed) {
        cluster_.executor.schedule_after(retry_delay, [weak = weak_from_this(), pod = order.pod] {
            if (const auto self = weak.lock()) {
                self->activate_(pod);
            }
        });
    }
}

// Pods of lower priority may not fit any longer where they were to go.
Result<void> PreemptionExecutor::withdraw_nominations(const Order& order) {
    std::vector<PodPointer> losers;
    for (const PlacedPod& nominated : cluster_.snapshot.nominated(order.node)) {
        if (pod_priority(*nominated.pod) < pod_priority(order.pod)) {
            losers.push_back(nominated.pod);
        }
    }
    Result<void> result;
    for (const PodPointer& loser : losers) {
        const PodPointer current = cluster_.store.get<Pod>(store::key_of(*loser));
        if (current == nullptr || current->status->nominatedNodeName->empty()) {
            continue;
        }
        Pod changed = *current;
        changed.status.edit().nominatedNodeName = {};
        if (auto updated = cluster_.writer.update_status(std::move(changed)); !updated) {
            result = updated;
        }
    }
    return result;
}

// A victim that is gone already is no failure.
Result<void> PreemptionExecutor::evict(const Order& order, const PodPointer& victim) {
    const PodPointer current = cluster_.store.get<Pod>(store::key_of(*victim));
    if (current == nullptr) {
        return {};
    }
    const WallTime now = cluster_.executor.clock().wall();
    Pod changed = *current;
    if (set_preempted(changed, order.pod.spec->schedulerName, now)) {
        if (auto updated = cluster_.writer.update_status(std::move(changed)); !updated) {
            return updated;
        }
    }
    if (auto removed = cluster_.writer.remove(*victim); !removed) {
        return removed.error().reason == Reason::NotFound ? Result<void>{} : removed;
    }
    if (events_ == EventRecording::On) {
        cluster_.writer.record(preempted_event(*victim, order.pod.metadata.uid, order.node, now));
    }
    return {};
}

bool PreemptionExecutor::is_preempting(const Pod& pod) const {
    const auto known = preempting_.find(pod_identity(pod));
    if (known == preempting_.end() || !known->second) {
        return known != preempting_.end();
    }
    const PodPointer last = cluster_.store.get<Pod>(*known->second);
    return last != nullptr && !last->metadata.deletionTimestamp;
}

}  // namespace wavetank::scheduler
