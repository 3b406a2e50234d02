#pragma once

/// \file
/// Round robin by weights that servers report: Envoy's client_side_weighted_round_robin.

#include <wavetank/mesh/cluster_balancer.hpp>
#include <wavetank/mesh/host.hpp>
#include <wavetank/mesh/load_balancer.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::mesh {

/// What a server reports of its load, along with answers or from time to time (ORCA).
struct OrcaLoadReport {
    double application_utilization = 0;
    double cpu_utilization = 0;
    double rps_fractional = 0;  ///< requests a second
    double eps = 0;             ///< errors a second
    std::map<std::string, double> named_metrics{};
};

struct ClientSideWeightedRoundRobinOptions {
    Duration blackout_period = std::chrono::seconds{10};  ///< reports that are so new do not count
    Duration weight_expiration_period = std::chrono::minutes{3};
    Duration weight_update_period = std::chrono::seconds{1};
    /// Utilization goes up by it for each error a request. The documentation says 1; the code takes
    /// 0 unless it is set.
    double error_utilization_penalty = 0;
    std::vector<std::string> metric_names_for_computing_utilization{};
    CommonLbConfig common_lb_config{};
};

/// Returns requests a second by utilization: that of the application, else the highest of the named
/// metrics, else that of the CPU. Nothing if one of the two is not above 0.
[[nodiscard]] std::optional<std::uint32_t> orca_weight(
    const OrcaLoadReport& report, const ClientSideWeightedRoundRobinOptions& options);

/// Gives each host turns by its weight. Once a period, hosts get the weights that they reported;
/// those without a valid one get the median of the others, or 1.
class ClientSideWeightedRoundRobin final : public LoadBalancer {
public:
    explicit ClientSideWeightedRoundRobin(ClientSideWeightedRoundRobinOptions options = {});

    [[nodiscard]] std::optional<std::size_t> pick(const EndpointSet& endpoints,
                                                  const PickContext& context,
                                                  Random& random) override;
    void on_endpoints_changed(const EndpointSet& endpoints, TimePoint now, Random& random) override;
    void on_outcome(const RequestOutcome& outcome) override;

    /// Notes what a server said.
    void on_load_report(std::size_t index, const OrcaLoadReport& report, TimePoint now);

    [[nodiscard]] BalancerNeeds needs() const override {
        return {.requests_active = false, .hosts = true, .outcomes = true};
    }

    /// Returns the weights that count now.
    [[nodiscard]] std::vector<std::uint32_t> weights() const;

private:
    struct Reported {
        std::uint32_t weight = 0;
        std::optional<TimePoint> since;  // there have been reports
        TimePoint at{};                  // of the latest
    };

    void update_weights(TimePoint now);
    [[nodiscard]] std::optional<std::uint32_t> valid_weight(Reported& reported,
                                                            TimePoint now) const;

    ClientSideWeightedRoundRobinOptions options_;
    ClusterBalancer round_robin_;
    ClusterLoadAssignment hosts_;
    std::vector<LbEndpoint*> by_index_;  // in hosts_
    std::vector<Reported> reported_;
    std::vector<std::uint32_t> no_requests_;  // in flight, which do not count
    std::optional<TimePoint> updated_;
    bool is_stale_ = false;  // round_robin_ has not seen the weights
};

}  // namespace wavetank::mesh
