#include "reality/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::reality {
namespace {

constexpr std::size_t runs = 50;

// The endpoint with the fewest requests, whichever of several. HAProxy keeps its servers in a tree
// by that number and takes the first; which of equals that is does not matter among equal servers.
class LeastConnections final : public mesh::LoadBalancer {
public:
    std::optional<std::size_t> pick(const mesh::EndpointSet& endpoints,
                                    const mesh::PickContext& /*context*/, Random& random) override {
        std::optional<std::size_t> picked;
        std::uint64_t equals = 0;
        for (std::size_t i = 0; i < endpoints.size(); ++i) {
            const auto active = endpoints.requests_active(i);
            if (!picked || active < endpoints.requests_active(*picked)) {
                picked = i;
                equals = 1;
            } else if (active == endpoints.requests_active(*picked) &&
                       random.below(++equals) == 0) {
                picked = i;
            }
        }
        return picked;
    }
};

mesh::BalancerRegistry balancers() {
    mesh::BalancerRegistry registry = mesh::BalancerRegistry::defaults();
    registry.add("LEAST_CONNECTIONS", [] { return std::make_unique<LeastConnections>(); });
    return registry;
}

struct Run {
    metrics::Histogram latency;
    double work = 0;  ///< that came, in CPU time
};

// What one run of the scene would have measured. The warm-up is a load of its own, so that the
// figures are those of the rest.
Run run(const Scene& scene, Random random) {
    sim::DataPlane plane{
        {.random = random, .load_balancer = scene.load_balancer, .balancers = balancers()}};
    const auto service = plane.add_service("service");
    const auto program = plane.add_program(scene.program);
    std::vector<sim::ReplicaId> replicas;
    for (std::uint32_t i = 0; i < scene.replicas; ++i) {
        replicas.push_back(plane.add_replica(program, std::to_string(i), {.speed = scene.speed}));
    }
    plane.set_endpoints(service, replicas);
    sim::Load load{.name = "warm-up",
                   .requests_per_second = scene.pace.requests_per_second,
                   .duration = scene.pace.warm_up,
                   .arrivals = scene.pace.arrivals};
    if (*load.duration > Duration::zero()) {
        plane.add_load(service, load);
    }
    load.name = "measured";
    load.start = TimePoint{scene.pace.warm_up};
    load.duration = scene.pace.duration;
    const auto measured = plane.add_load(service, load);
    plane.run_until(load.start + scene.pace.duration + std::chrono::minutes{1});
    Run result{.latency = plane.load_stats(measured).latency()};
    for (const sim::ReplicaId replica : replicas) {
        result.work += static_cast<double>(plane.cpu_use(replica).used.count());
    }
    return result;
}

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// The ninth decile of how far the values are from the straight line through them over `causes`.
double deviation(const std::vector<double>& values, const std::vector<double>& causes) {
    const double value_mean = mean(values);
    const double cause_mean = mean(causes);
    double both = 0;
    double cause = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        both += (values[i] - value_mean) * (causes[i] - cause_mean);
        cause += (causes[i] - cause_mean) * (causes[i] - cause_mean);
    }
    const double slope = cause > 0 ? both / cause : 0;
    std::vector<double> distances;
    for (std::size_t i = 0; i < values.size(); ++i) {
        distances.push_back(std::abs(values[i] - value_mean - slope * (causes[i] - cause_mean)));
    }
    const auto decile = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() * 9 / 10);
    std::nth_element(distances.begin(), decile, distances.end());
    return *decile;
}

}  // namespace

bool is_load_balancer(const std::string& name) {
    return balancers().make(name) != nullptr;
}

Forecast forecast(const Scene& scene, std::uint64_t seed) {
    Forecast result;
    std::array<std::vector<double>, percentiles.size()> values;
    std::vector<double> works;
    for (std::size_t i = 0; i < runs; ++i) {
        const Run one = run(scene, Random{seed}.fork(std::to_string(i)));
        result.latency.merge(one.latency);
        works.push_back(one.work);
        for (std::size_t p = 0; p < percentiles.size(); ++p) {
            values[p].push_back(
                static_cast<double>(one.latency.percentile(percentiles[p]).count()));
        }
    }
    for (std::size_t p = 0; p < percentiles.size(); ++p) {
        const auto centre = static_cast<double>(result.latency.percentile(percentiles[p]).count());
        result.chance[p] = centre > 0 ? deviation(values[p], works) / centre : 0;
    }
    return result;
}

}  // namespace wavetank::reality
