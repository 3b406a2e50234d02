#pragma once

/// \file
/// Counts, for each PodDisruptionBudget, how many pods may go (upstream's
/// `pkg/controller/disruption`).

#include "controllers/pods.hpp"
#include "controllers/pods_by_labels.hpp"

#include <wavetank/api/policyv1/pod_disruption_budget.hpp>
#include <wavetank/api/selector.hpp>
#include <wavetank/controllers/reconciler.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace wavetank::controllers {

class DisruptionController final : public Reconciler {
public:
    explicit DisruptionController(const ControllerContext& context);

    Outcome reconcile(const store::Key& key) override;

private:
    using Budget = api::policyv1::PodDisruptionBudget;
    using Pod = api::corev1::Pod;
    using Selectors = std::map<std::string, api::Selector>;  // by name

    /// How many pods there should be, and how many of them must be healthy.
    struct Expectation {
        std::int64_t expected = 0;
        std::int64_t healthy = 0;
        bool unmanaged = false;  ///< some pods have no owner to ask
    };

    /// What is still to come of the evictions that a budget has allowed.
    struct Disrupted {
        std::map<std::string, api::Time> pods{};
        std::optional<WallTime> recheck{};
    };

    void on_budget(const store::WatchEvent<Budget>& event);
    void on_pod(const store::WatchEvent<Pod>& event);
    void keep_selector(const Budget& budget);

    Result<> sync(const Budget& budget);
    [[nodiscard]] std::vector<PodPointer> pods_of(const Budget& budget,
                                                  const api::Selector& selector);
    Result<> fail_safe(const Budget& budget, const Error& why);
    Result<Expectation> expect(const Budget& budget, std::span<const PodPointer> pods) const;
    Result<Expectation> expected_scale(std::span<const PodPointer> pods) const;
    Disrupted still_disrupted(const Budget& budget, std::span<const PodPointer> pods, WallTime now);
    Result<> write_status(const Budget& budget, api::policyv1::PodDisruptionBudgetStatus status);

    ControllerContext context_;
    store::Store& store_;
    std::map<std::string, Selectors> selectors_;    // by namespace
    std::unique_ptr<PodsByLabels> pods_by_labels_;  // from the first budget on
    store::Subscription budgets_;
    store::Subscription pods_;
};

/// Takes `DisruptionTarget` back from pods that are still there two minutes after they should have
/// begun to go.
class StaleDisruptionController final : public Reconciler {
public:
    explicit StaleDisruptionController(const ControllerContext& context);

    Outcome reconcile(const store::Key& key) override;

private:
    ControllerContext context_;
    store::Subscription pods_;
};

}  // namespace wavetank::controllers
