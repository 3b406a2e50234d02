#pragma once

/// \file
/// Servers without work offer themselves: Join-Idle-Queue (Lu et al., 2011).

#include <wavetank/mesh/load_balancer.hpp>

#include <cstddef>
#include <deque>

namespace wavetank::mesh {

/// Picks the endpoint that has offered itself first; if none has, any.
///
/// A server that gets a request by another way withdraws its offer. If it did not, an offer would
/// stand while the server is busy: at half load, with ten servers a client, requests take 1.16
/// service times in place of 1.09.
class JoinIdleQueue final : public LoadBalancer {
public:
    [[nodiscard]] std::optional<std::size_t> pick(const EndpointSet& endpoints,
                                                  const PickContext& context,
                                                  Random& random) override;
    void on_endpoints_changed(const EndpointSet& endpoints, TimePoint now, Random& random) override;
    void on_idle(std::size_t index) override;
    void on_busy(std::size_t index) override;

    [[nodiscard]] BalancerNeeds needs() const override {
        return {.requests_active = false, .idleness = true};
    }

private:
    std::deque<std::size_t> idle_;
};

}  // namespace wavetank::mesh
