#include <wavetank/mesh/policies/peak_ewma.hpp>

#include <wavetank/base/math.hpp>

#include <algorithm>

namespace wavetank::mesh {
namespace {

double as_milliseconds(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

double PeakEwma::cost_of(std::size_t index, std::uint32_t requests_active) const {
    const double latency = latency_of(index);
    if (latency > 0) {
        return latency * (requests_active + 1.0);
    }
    return requests_active > 0 ? options_.penalty_value + requests_active
                               : as_milliseconds(options_.default_rtt);
}

// One draw gives both, as upstream: its low bits the first, those above the lowest 16 the second.
std::optional<std::size_t> PeakEwma::pick(const EndpointSet& endpoints, const PickContext& context,
                                          Random& random) {
    if (endpoints_.size() < endpoints.size()) {
        endpoints_.resize(endpoints.size());
    }
    aggregate(context.now);
    const std::size_t size = endpoints.size();
    if (size < 2) {
        return size == 0 ? std::nullopt : std::optional<std::size_t>{0};
    }
    const std::uint64_t drawn = random.next();
    const std::size_t first = drawn % size;
    std::size_t second = (drawn >> 16) % size;
    if (second == first) {
        second = (second + 1) % size;
    }
    const double first_cost = cost_of(first, endpoints.requests_active(first));
    const double second_cost = cost_of(second, endpoints.requests_active(second));
    const bool takes_first =
        first_cost == second_cost ? (drawn & 1) != 0 : first_cost < second_cost;
    return takes_first ? first : second;
}

void PeakEwma::on_endpoints_changed(const EndpointSet& endpoints, TimePoint /*now*/,
                                    Random& /*random*/) {
    endpoints_.assign(endpoints.size(), {});
}

void PeakEwma::on_outcome(const RequestOutcome& outcome) {
    if (outcome.latency <= Duration::zero()) {
        return;
    }
    if (endpoints_.size() <= outcome.index) {
        endpoints_.resize(outcome.index + 1);
    }
    auto& samples = endpoints_[outcome.index].samples;
    samples.push_back({as_milliseconds(outcome.latency), outcome.now});
    if (samples.size() > options_.max_samples_per_host) {
        samples.erase(samples.begin());
    }
}

void PeakEwma::aggregate(TimePoint now) {
    if (aggregated_ && now - *aggregated_ < options_.aggregation_interval) {
        return;
    }
    aggregated_ = now;
    const double tau = as_milliseconds(options_.decay_time);
    for (State& endpoint : endpoints_) {
        for (const Sample& sample : endpoint.samples) {
            const double passed = endpoint.at ? as_milliseconds(sample.at - *endpoint.at) : 0;
            const double part = passed <= 0 ? 1.0 : 1.0 - exp(-passed / tau);
            endpoint.latency = endpoint.latency == 0
                                   ? sample.latency
                                   : part * sample.latency + (1.0 - part) * endpoint.latency;
            endpoint.at = sample.at;
        }
        endpoint.samples.clear();
    }
}

}  // namespace wavetank::mesh
