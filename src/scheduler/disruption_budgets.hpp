#pragma once

/// \file
/// Which pods would PodDisruptionBudgets have stay?

#include <wavetank/api/selector.hpp>
#include <wavetank/scheduler/node_info.hpp>
#include <wavetank/store/store.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace wavetank::scheduler {

/// The budgets of a cluster, read once for many comparisons. They are asked in order of their keys,
/// where upstream's order is that of a map.
class DisruptionBudgets {
public:
    DisruptionBudgets() = default;
    explicit DisruptionBudgets(const store::Store& store);

    [[nodiscard]] bool empty() const {
        return budgets_.empty();
    }

    /// Tells whether these are the same budgets in the same state.
    [[nodiscard]] bool same_as(const DisruptionBudgets& other) const;

    /// Tells of each pod whether its eviction after those before it would break a budget. Each uses
    /// up the budgets that mean it, one after the other, up to the first that is used up already
    /// (Kubernetes' `FilterVictimsWithPDBViolation`).
    [[nodiscard]] std::vector<bool> violations(std::span<const PlacedPod> pods) const;

private:
    struct Budget {
        api::Pointer<const api::policyv1::PodDisruptionBudget> object;
        api::Selector selector;

        [[nodiscard]] bool protects(const api::corev1::Pod& pod) const;
    };

    std::vector<Budget> budgets_;  // those that mean some pod
};

}  // namespace wavetank::scheduler
