#pragma once

/// \file
/// Ranking replicas by what they said of their queues: C3 (Suresh et al., NSDI 2015).

#include <wavetank/mesh/load_balancer.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wavetank::mesh {

struct C3Options {
    double clients = 1;        ///< w: how many clients there are
    double ewma_weight = 0.3;  ///< of the latest answer (Elasticsearch's)
};

/// Picks the endpoint of the lowest rank, R - s + (1 + os w + q)^3 s, where R is the response time,
/// s the service time and q the queue at the server (all of them averages of what came with
/// answers), os this client's requests in flight and w the number of clients.
///
/// One that has not answered yet comes first; of equal ones, the one with the fewest requests in
/// flight, then any. Not modelled: the rate control of the paper.
class C3 final : public LoadBalancer {
public:
    explicit C3(C3Options options = {}) : options_(options) {}

    [[nodiscard]] std::optional<std::size_t> pick(const EndpointSet& endpoints,
                                                  const PickContext& context,
                                                  Random& random) override;
    void on_endpoints_changed(const EndpointSet& endpoints, TimePoint now, Random& random) override;
    void on_outcome(const RequestOutcome& outcome) override;

    [[nodiscard]] BalancerNeeds needs() const override {
        return {.outcomes = true};
    }

    /// Returns an endpoint's rank, in nanoseconds; nothing if it has not answered yet.
    [[nodiscard]] std::optional<double> rank_of(std::size_t index,
                                                std::uint32_t requests_active) const;

private:
    struct State {
        bool is_known = false;
        double response_time = 0;  // nanoseconds
        double service_time = 0;
        double queue = 0;
    };

    C3Options options_;
    std::vector<State> endpoints_;
};

}  // namespace wavetank::mesh
