#pragma once

/// \file
/// How do victims leave? kube-scheduler's asynchronous preemption, in virtual time: what upstream's
/// goroutine does happens in one call of the executor, right after the cycle.

#include <wavetank/runtime/executor.hpp>
#include <wavetank/scheduler/preemption.hpp>
#include <wavetank/scheduler/scheduler.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace wavetank::scheduler {

/// Evicts victims: takes nominations for the node away from less important pods, then marks and
/// deletes the victims, one after the other.
///
/// Determinism: in order of the nominations and of the victims; upstream's victims but for the last
/// leave in any order.
class PreemptionExecutor final : public Preemptor,
                                 public std::enable_shared_from_this<PreemptionExecutor> {
public:
    /// Lifetime: all must outlive it.
    struct Cluster {
        store::Store& store;
        ClusterWriter& writer;
        runtime::Executor& executor;
        const Snapshot& snapshot;
    };

    /// `activate` is called with a pod some of whose victims could not be evicted. Departs from
    /// upstream in waiting a second first: no answer of the API takes time here, so that a pod
    /// which was tried again at once would be tried for ever.
    PreemptionExecutor(Cluster cluster, EventRecording events,
                       std::function<void(const api::corev1::Pod&)> activate);

    void preempt(const api::corev1::Pod& pod, const PreemptionCandidate& candidate) override;
    [[nodiscard]] bool is_preempting(const api::corev1::Pod& pod) const override;

private:
    struct Order {
        api::corev1::Pod pod;
        std::string node;
        std::vector<PodPointer> victims;
    };

    void carry_out(const Order& order);
    [[nodiscard]] Result<void> withdraw_nominations(const Order& order);
    [[nodiscard]] Result<void> evict(const Order& order, const PodPointer& victim);

    Cluster cluster_;
    EventRecording events_;
    std::function<void(const api::corev1::Pod&)> activate_;
    // The pods for which victims are being evicted, with the last victim once it is its turn.
    std::unordered_map<api::Uid, std::optional<store::Key>> preempting_;  // never walked
};

}  // namespace wavetank::scheduler
