#pragma once

/// \file
/// Any endpoint, all alike: what kube-proxy's iptables rules do.

#include <wavetank/mesh/load_balancer.hpp>

namespace wavetank::mesh {

/// Picks each endpoint with the same probability.
class RandomChoice final : public LoadBalancer {
public:
    [[nodiscard]] std::optional<std::size_t> pick(const EndpointSet& endpoints,
                                                  const PickContext& context,
                                                  Random& random) override;

    [[nodiscard]] BalancerNeeds needs() const override {
        return {.requests_active = false};
    }
};

}  // namespace wavetank::mesh
