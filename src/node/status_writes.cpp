// How others learn what has become of a pod: its status, as soon as its kubelet may write it.

#include "node/kubelets_state.hpp"
#include "node/pod_status.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace wavetank::node {
namespace {

// Notes that the kubelet has ended the pod.
void note_disruption(api::Shared<std::vector<api::corev1::PodCondition>>& conditions,
                     const PodFailure& failure, std::int64_t generation, api::Time now) {
    constexpr std::string_view type = "DisruptionTarget";
    if (std::ranges::find(*conditions, type, &api::corev1::PodCondition::type) !=
        conditions->end()) {
        return;
    }
    conditions.edit().push_back({.type = std::string{type},
                                 .observedGeneration = generation,
                                 .status = "True",
                                 .lastTransitionTime = now,
                                 .reason = "TerminationByKubelet",
                                 .message = failure.message});
}

}  // namespace

// Tells whether the status has to wait for the kubelet's next look, or for its turn; then the pod
// is visited again at that time.
bool Kubelets::State::waits_to_write(Visit& visit) {
    if (options.relist <= Duration::zero() && options.client.per_second <= 0) {
        return false;
    }
    if (visit.pod.metadata.deletionTimestamp) {
        writes_due.erase(visit.record.slot);  // how a pod ends is told with its end
        return false;
    }
    const auto [entry, is_new] = writes_due.try_emplace(visit.record.slot, visit.now);
    if (is_new) {
        const Duration since = visit.now.time_since_epoch();
        if (options.relist > Duration::zero() && since % options.relist != Duration::zero()) {
            entry->second += options.relist - since % options.relist;
        }
        NodeRecord& node = nodes[visit.record.node];
        if (node.client == nullptr) {
            node.client = std::make_unique<runtime::TokenBucket>(options.client);
        }
        entry->second += node.client->take(entry->second);
    }
    if (entry->second > visit.now) {
        visit.record.restate = true;
        arm(visit.record, entry->second);
        return true;
    }
    writes_due.erase(entry);
    return false;
}

void Kubelets::State::write_status(Visit& visit) {
    if (waits_to_write(visit)) {
        return;
    }
    const PodRecord& record = visit.record;
    const NodeRecord& node = nodes[record.node];
    const api::Time now{registry.clock().wall()};
    const PodView view = view_of(record);
    const SharedStatus& shared =
        memo.status_of(visit.pod, {.view = view, .start_time = record.start_time, .now = now});
    Pod next = visit.pod;
    auto& status = next.status;
    status.phase = shared.phase;
    status.conditions = shared.conditions;
    status.body = shared.body;
    status.host = node.host;
    if (record.network_ready && status.podIP.empty()) {
        status.podIP = pod_address(record, visit.pod);
        status.podIPs = {{.ip = status.podIP}};
    }
    if (const auto failure = failures.find(record.slot); failure != failures.end()) {
        if (record.stage == Stage::Finished) {
            status.phase = "Failed";
        }
        status.edit().reason = failure->second.reason;
        status.edit().message = failure->second.message;
        note_disruption(status.conditions, failure->second, next.metadata.generation, now);
    }
    // The only way to fail is that somebody else has removed the pod, which the watch tells too.
    static_cast<void>(registry.update_status(std::move(next)));
}

}  // namespace wavetank::node
