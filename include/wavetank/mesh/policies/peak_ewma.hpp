#pragma once

/// \file
/// The better of two by latency and load: Envoy's peak_ewma, after Finagle's.

#include <wavetank/mesh/load_balancer.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

namespace wavetank::mesh {

struct PeakEwmaOptions {
    Duration decay_time = std::chrono::seconds{10};
    Duration aggregation_interval = std::chrono::milliseconds{100};
    std::size_t max_samples_per_host = 1000;  ///< kept between two aggregations, the latest
    Duration default_rtt = std::chrono::milliseconds{10};
    double penalty_value = 1e6;
};

/// Picks of two different endpoints, drawn at random, the one of the lower cost:
/// latency * (requests in flight + 1).
///
/// The latency is an exponentially weighted average: an answer counts 1 - exp(-age / decay_time),
/// where the age is the time since the answer before. Answers are looked at once an interval. An
/// endpoint that has requests but never answered costs the penalty.
class PeakEwma final : public LoadBalancer {
public:
    explicit PeakEwma(PeakEwmaOptions options = {}) : options_(options) {}

    [[nodiscard]] std::optional<std::size_t> pick(const EndpointSet& endpoints,
                                                  const PickContext& context,
                                                  Random& random) override;
    void on_endpoints_changed(const EndpointSet& endpoints, TimePoint now, Random& random) override;
    void on_outcome(const RequestOutcome& outcome) override;

    [[nodiscard]] BalancerNeeds needs() const override {
        return {.outcomes = true};
    }

    /// Returns an endpoint's average latency in milliseconds; 0: it has not answered yet.
    [[nodiscard]] double latency_of(std::size_t index) const {
        return index < endpoints_.size() ? endpoints_[index].latency : 0;
    }
    /// Returns what a pick compares.
    [[nodiscard]] double cost_of(std::size_t index, std::uint32_t requests_active) const;

private:
    struct Sample {
        double latency;  // in milliseconds
        TimePoint at;
    };
    struct State {
        double latency = 0;
        std::optional<TimePoint> at;
        std::vector<Sample> samples;
    };

    void aggregate(TimePoint now);

    PeakEwmaOptions options_;
    std::vector<State> endpoints_;
    std::optional<TimePoint> aggregated_;
};

}  // namespace wavetank::mesh
