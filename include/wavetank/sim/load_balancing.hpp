#pragma once

/// \file
/// How do proxies balance, beyond the name of the policy?

#include <wavetank/mesh/hash_policy.hpp>
#include <wavetank/mesh/lb_config.hpp>

#include <vector>

namespace wavetank::sim {

/// The settings of policies that have some.
struct LoadBalancing {
    mesh::ClusterLbConfig config{};  ///< of RING_HASH and MAGLEV, less `lb_policy`
    std::vector<mesh::HashPolicy> hash_policy{};
};

}  // namespace wavetank::sim
