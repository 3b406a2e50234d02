#include <wavetank/mesh/policies/client_side_weighted_round_robin.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace wavetank::mesh {
namespace {

double utilization_of(const OrcaLoadReport& report, const std::vector<std::string>& metrics) {
    if (report.application_utilization > 0) {
        return report.application_utilization;
    }
    double highest = 0;
    for (const std::string& name : metrics) {
        const auto found = report.named_metrics.find(name);
        highest = std::max(highest, found == report.named_metrics.end() ? 0 : found->second);
    }
    return highest > 0 ? highest : report.cpu_utilization;
}

// Of an even number of weights, the mean of the two in the middle.
std::uint32_t median_of(std::vector<std::uint32_t> weights) {
    if (weights.empty()) {
        return 1;
    }
    std::ranges::sort(weights);
    const std::size_t middle = weights.size() / 2;
    return weights.size() % 2 == 1
               ? weights[middle]
               : static_cast<std::uint32_t>((std::uint64_t{weights[middle - 1]} + weights[middle]) /
                                            2);
}

}  // namespace

std::optional<std::uint32_t> orca_weight(const OrcaLoadReport& report,
                                         const ClientSideWeightedRoundRobinOptions& options) {
    if (report.rps_fractional <= 0) {
        return std::nullopt;
    }
    const double utilization =
        utilization_of(report, options.metric_names_for_computing_utilization) +
        options.error_utilization_penalty * report.eps / report.rps_fractional;
    if (utilization <= 0) {
        return std::nullopt;
    }
    constexpr double weight_max = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::min(report.rps_fractional / utilization, weight_max));
}

ClientSideWeightedRoundRobin::ClientSideWeightedRoundRobin(
    ClientSideWeightedRoundRobinOptions options)
    : options_(std::move(options)),
      round_robin_(
          {.lb_policy = LbPolicy::RoundRobin, .common_lb_config = options_.common_lb_config}) {}

std::optional<std::size_t> ClientSideWeightedRoundRobin::pick(const EndpointSet& endpoints,
                                                              const PickContext& context,
                                                              Random& random) {
    if (by_index_.size() != endpoints.size()) {
        on_endpoints_changed(endpoints, context.now, random);
    }
    if (!updated_ || context.now - *updated_ >= options_.weight_update_period) {
        update_weights(context.now);
        updated_ = context.now;
    }
    const EndpointSet weighted{no_requests_, &hosts_};
    if (std::exchange(is_stale_, false)) {
        round_robin_.on_endpoints_changed(weighted, context.now, random);
    }
    return round_robin_.pick(weighted, context, random);
}

// What hosts reported stays with them by their addresses.
void ClientSideWeightedRoundRobin::on_endpoints_changed(const EndpointSet& endpoints, TimePoint now,
                                                        Random& /*random*/) {
    std::map<std::string, Reported> known;
    for (std::size_t i = 0; i < by_index_.size(); ++i) {
        known.emplace(address_of(*by_index_[i]), reported_[i]);
    }
    hosts_ = endpoints.hosts() != nullptr ? *endpoints.hosts() : ClusterLoadAssignment{};
    if (endpoints.hosts() == nullptr) {
        auto& unknown = hosts_.endpoints.emplace_back().lb_endpoints;
        for (std::size_t i = 0; i < endpoints.size(); ++i) {
            unknown.push_back({.address = std::to_string(i)});
        }
    }
    by_index_.clear();
    reported_.clear();
    no_requests_.assign(endpoints.size(), 0);
    for (LocalityLbEndpoints& locality : hosts_.endpoints) {
        for (LbEndpoint& host : locality.lb_endpoints) {
            by_index_.push_back(&host);
            reported_.push_back(known[address_of(host)]);
        }
    }
    is_stale_ = true;
    update_weights(now);
}

void ClientSideWeightedRoundRobin::on_outcome(const RequestOutcome& outcome) {
    on_load_report(outcome.index,
                   {.application_utilization = outcome.report.utilization,
                    .rps_fractional = outcome.report.requests_per_second,
                    .eps = outcome.report.errors_per_second},
                   outcome.now);
}

void ClientSideWeightedRoundRobin::on_load_report(std::size_t index, const OrcaLoadReport& report,
                                                  TimePoint now) {
    const std::optional<std::uint32_t> weight = orca_weight(report, options_);
    if (!weight || index >= reported_.size()) {
        return;
    }
    Reported& reported = reported_[index];
    reported.weight = *weight;
    reported.at = now;
    reported.since = reported.since.value_or(now);
}

std::optional<std::uint32_t> ClientSideWeightedRoundRobin::valid_weight(Reported& reported,
                                                                        TimePoint now) const {
    if (!reported.since || now - *reported.since < options_.blackout_period) {
        return std::nullopt;
    }
    if (now - reported.at > options_.weight_expiration_period) {
        reported.since.reset();
        return std::nullopt;
    }
    return reported.weight;
}

void ClientSideWeightedRoundRobin::update_weights(TimePoint now) {
    std::vector<std::uint32_t> valid;
    std::vector<std::optional<std::uint32_t>> own;
    for (Reported& reported : reported_) {
        own.push_back(valid_weight(reported, now));
        if (own.back()) {
            valid.push_back(*own.back());
        }
    }
    const std::uint32_t otherwise = median_of(std::move(valid));
    for (std::size_t i = 0; i < by_index_.size(); ++i) {
        const std::uint32_t weight = std::max(own[i].value_or(otherwise), 1U);
        is_stale_ = is_stale_ || by_index_[i]->load_balancing_weight != weight;
        by_index_[i]->load_balancing_weight = weight;
    }
}

std::vector<std::uint32_t> ClientSideWeightedRoundRobin::weights() const {
    std::vector<std::uint32_t> weights;
    for (const LbEndpoint* host : by_index_) {
        weights.push_back(host->load_balancing_weight);
    }
    return weights;
}

}  // namespace wavetank::mesh
