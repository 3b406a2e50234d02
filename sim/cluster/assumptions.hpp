#pragma once

/// \file
/// What a run takes for granted when nobody says otherwise, and a list of it for the report.

#include "sim/cluster/plan.hpp"

#include <wavetank/api/corev1/node.hpp>
#include <wavetank/api/wavetankv1/scenario.hpp>
#include <wavetank/sim/options.hpp>
#include <wavetank/sim/report.hpp>
#include <wavetank/sim/workload.hpp>
#include <wavetank/store/key.hpp>

#include <string>
#include <vector>

namespace wavetank::sim {

/// Makes the defaults of a run and remembers which were used.
class Assumptions {
public:
    /// Fills in every member of `options` that is absent.
    void settle(SimulationOptions& options);

    /// Notes how metrics reach autoscalers, where that is not set.
    void autoscaling(const AutoscalingOptions& options);

    /// Notes what there is between clients and Services where kube-proxy is alone.
    void kube_proxy(const SimulationOptions& options, const Plan& plan);

    /// Returns the nodes of a cluster that has none.
    [[nodiscard]] api::wavetankv1::NodePool nodes();

    /// Returns the load of a Service that has none.
    [[nodiscard]] Load load(const store::Key& service, std::int32_t port);

    /// Notes what a plan has that changes nothing in a run.
    void skipped(const Plan& plan);

    /// Notes an assumption, and how to set it unless nothing does; one with equal text is noted
    /// once.
    void add(std::string what, std::string how_to_set);

    [[nodiscard]] const std::vector<Assumption>& list() const {
        return list_;
    }

private:
    std::vector<Assumption> list_;
};

/// Returns the `number`-th node of a cluster, of the shape of its pool.
[[nodiscard]] api::corev1::Node node_of(const api::wavetankv1::NodePool& pool, std::int32_t number);

}  // namespace wavetank::sim
