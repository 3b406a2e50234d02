#pragma once

/// \file
/// One endpoint after the other.

#include <wavetank/mesh/load_balancer.hpp>

namespace wavetank::mesh {

/// Picks in order of the list, starting at a random place as Envoy does, so that many clients do
/// not march in step.
class RoundRobin final : public LoadBalancer {
public:
    [[nodiscard]] std::optional<std::size_t> pick(const EndpointSet& endpoints,
                                                  const PickContext& context,
                                                  Random& random) override;

    [[nodiscard]] BalancerNeeds needs() const override {
        return {.requests_active = false};
    }

private:
    std::optional<std::size_t> next_;
};

}  // namespace wavetank::mesh
