#pragma once

/// \file
/// Lets a user's policy scale a Deployment.

#include "sim/cluster/cluster.hpp"

#include <wavetank/sim/autoscaler_policy.hpp>

#include <memory>

namespace wavetank::sim {

/// A policy and what it is to scale.
struct PolicyAutoscaler {
    store::Key deployment;
    std::unique_ptr<AutoscalerPolicy> policy;
    AutoscaleOptions options;

    /// Asks the policy once and does what it says; nothing if there is no such Deployment.
    void decide(Cluster& cluster, TimePoint now) const;
};

}  // namespace wavetank::sim
