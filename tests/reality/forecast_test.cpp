#include "reality/forecast.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavetank::reality {
namespace {

using namespace std::chrono_literals;

// Four replicas that always need 10 ms, and a request every 3 ms: whoever knows which is idle
// never has to wait.
Scene regular_scene() {
    return {.program = {.work = Distribution::constant(10ms), .wait = Distribution::constant(1ms)},
            .replicas = 4,
            .pace = {.requests_per_second = 1000.0 / 3,
                     .arrivals = sim::Arrivals::Constant,
                     .duration = 2s}};
}

TEST(Forecast, HasTheIdlestOfAllReplicasWithLeastConnections) {
    Scene scene = regular_scene();
    scene.load_balancer = "LEAST_CONNECTIONS";

    const Forecast result = forecast(scene, 1);

    EXPECT_EQ(result.latency.min(), 11ms);
    EXPECT_EQ(result.latency.max(), 11ms);
    EXPECT_THAT(result.chance, testing::Each(0));
}

TEST(Forecast, HasTheIdlerOfTwoWithLeastRequest) {
    Scene scene = regular_scene();
    scene.load_balancer = "LEAST_REQUEST";

    const Forecast result = forecast(scene, 1);

    EXPECT_EQ(result.latency.min(), 11ms);
    EXPECT_GT(result.latency.max(), 20ms);  // both may be busy, or the same one twice
}

TEST(Forecast, LeavesTheWarmUpOut) {
    Scene scene = regular_scene();
    scene.pace.warm_up = 500ms;
    scene.pace.duration = 1s;
    const std::uint64_t of_a_second = forecast(scene, 1).latency.count();
    scene.pace.warm_up = {};

    EXPECT_EQ(forecast(scene, 1).latency.count(), of_a_second);
}

TEST(Forecast, KnowsTheBalancers) {
    EXPECT_TRUE(is_load_balancer("ROUND_ROBIN"));
    EXPECT_TRUE(is_load_balancer("LEAST_CONNECTIONS"));
    EXPECT_FALSE(is_load_balancer("leastconn"));
}

}  // namespace
}  // namespace wavetank::reality
