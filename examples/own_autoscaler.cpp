// An autoscaler of one's own against Kubernetes' own, under the same arrivals.
//
// This one follows the requests that come, not the CPU that they cost: a replica is to have so many
// a second, and it is generous when they rise. Each runs under three seeds.

#include <wavetank/sim/compare.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

namespace {

using wavetank::Result;
using wavetank::sim::AutoscalerPolicy;
using wavetank::sim::AutoscalerView;
using wavetank::sim::Simulation;

// Keeps `target` requests a second for each replica, and looks ahead: what came more than last time
// will come more once again.
class FollowTheTrend final : public AutoscalerPolicy {
public:
    explicit FollowTheTrend(double target) : target_{target} {}

    std::int32_t desired(const AutoscalerView& view) override {
        if (!view.requests_per_second) {
            return view.replicas;
        }
        const double now = *view.requests_per_second;
        const double next = now + std::max(0.0, now - before_);
        before_ = now;
        return static_cast<std::int32_t>(std::ceil(next / target_));
    }

private:
    double target_;
    double before_ = 0;
};

Result<void> follow_the_trend(Simulation& simulation) {
    simulation.autoscale({"default", "random-number-service"}, std::make_unique<FollowTheTrend>(50),
                         {.replicas_min = 2, .replicas_max = 15});
    return {};
}

}  // namespace

int main() {
    const std::string folder = "examples/scaling/";
    auto variants =
        wavetank::sim::make_variants({folder + "hpa-80.yaml", "replicas=5"}, {folder + "base"});
    if (!variants) {
        std::cerr << variants.error() << '\n';
        return EXIT_FAILURE;
    }
    variants->push_back({.name = "follow-the-trend", .apply = follow_the_trend});

    const auto comparison = wavetank::sim::compare(
        [&](Simulation& simulation) { return simulation.apply_file(folder + "base"); }, *variants,
        {.seeds = 3});
    if (!comparison) {
        std::cerr << comparison.error() << '\n';
        return EXIT_FAILURE;
    }
    print(std::cout, *comparison);
    return EXIT_SUCCESS;
}
