#pragma once

/// \file
/// Who has to leave a node so that a more important pod fits, and who sees to it?

#include <wavetank/scheduler/node_info.hpp>

#include <cstddef>
#include <vector>

namespace wavetank::scheduler {

/// A node where a pod would fit if others left it.
struct PreemptionCandidate {
    const NodeInfo* node = nullptr;
    std::vector<PodPointer> victims{};  ///< those who leave, the most important first
    std::size_t budgets_violated = 0;   ///< victims that a PodDisruptionBudget would have stay
};

/// Carries out what preemption decides.
class Preemptor {
public:
    virtual ~Preemptor() = default;

    /// Begins to evict the victims for `pod`; returns before they are.
    virtual void preempt(const api::corev1::Pod& pod, const PreemptionCandidate& candidate) = 0;

    /// Tells whether that is still going on for `pod`. It is over once the deletion of the last
    /// victim has begun.
    [[nodiscard]] virtual bool is_preempting(const api::corev1::Pod& pod) const = 0;
};

}  // namespace wavetank::scheduler
