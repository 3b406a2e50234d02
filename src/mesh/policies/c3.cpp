#include <wavetank/mesh/policies/c3.hpp>

#include <limits>
#include <tuple>

namespace wavetank::mesh {

std::optional<double> C3::rank_of(std::size_t index, std::uint32_t requests_active) const {
    if (index >= endpoints_.size() || !endpoints_[index].is_known) {
        return std::nullopt;
    }
    const State& state = endpoints_[index];
    const double queue = 1 + requests_active * options_.clients + state.queue;
    return state.response_time - state.service_time + queue * queue * queue * state.service_time;
}

// Of k equal ones, the k-th takes the place of the one before it with probability 1 / k.
std::optional<std::size_t> C3::pick(const EndpointSet& endpoints, const PickContext& /*context*/,
                                    Random& random) {
    constexpr double unknown = -std::numeric_limits<double>::infinity();
    std::optional<std::size_t> picked;
    std::tuple<double, std::uint32_t> lowest;
    std::uint64_t equal = 0;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        const std::uint32_t requests = endpoints.requests_active(i);
        const std::tuple rank{rank_of(i, requests).value_or(unknown), requests};
        if (!picked || rank < lowest) {
            picked = i;
            lowest = rank;
            equal = 1;
        } else if (rank == lowest && random.below(++equal) == 0) {
            picked = i;
        }
    }
    return picked;
}

void C3::on_endpoints_changed(const EndpointSet& endpoints, TimePoint /*now*/, Random& /*random*/) {
    endpoints_.assign(endpoints.size(), {});
}

void C3::on_outcome(const RequestOutcome& outcome) {
    if (endpoints_.size() <= outcome.index) {
        endpoints_.resize(outcome.index + 1);
    }
    State& state = endpoints_[outcome.index];
    const double part = state.is_known ? options_.ewma_weight : 1;
    const auto mix = [&](double& average, double latest) { average += part * (latest - average); };
    mix(state.response_time, static_cast<double>(outcome.latency.count()));
    mix(state.service_time, static_cast<double>(outcome.report.service_time.count()));
    mix(state.queue, outcome.report.requests_in_flight);
    state.is_known = true;
}

}  // namespace wavetank::mesh
