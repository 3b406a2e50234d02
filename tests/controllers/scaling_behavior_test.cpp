#include "controllers/scaling_behavior.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace wavetank::controllers {
namespace {

using namespace std::chrono_literals;
using api::autoscalingv2::HorizontalPodAutoscalerBehavior;
using api::autoscalingv2::HPAScalingPolicy;
using api::autoscalingv2::HPAScalingRules;

constexpr WallTime start = default_wall_epoch;

HPAScalingRules rules(std::int32_t window, std::vector<HPAScalingPolicy> policies) {
    return {.stabilizationWindowSeconds = window,
            .selectPolicy = "Max",
            .policies = std::move(policies)};
}

TEST(ScalingHistory, DoublesAtMostWithoutABehavior) {
    ScalingHistory history;
    const auto up = history.normalize(
        {.current = 3, .proposed = 50, .replicas_min = 1, .replicas_max = 100, .now = start});

    EXPECT_EQ(up.desired, 6);
    EXPECT_EQ(up.scaling_limited.reason, "ScaleUpLimit");
}

TEST(ScalingHistory, StaysWithTheHighestRecommendationOfFiveMinutes) {
    ScalingHistory history;
    history.begin(8, start);
    const auto proposed = [&](Duration at) {
        return history
            .normalize({.current = 8,
                        .proposed = 2,
                        .replicas_min = 1,
                        .replicas_max = 100,
                        .now = start + at})
            .desired;
    };

    EXPECT_EQ(proposed(15s), 8);
    EXPECT_EQ(proposed(5min), 8) << "a sample at the edge counts";
    EXPECT_EQ(proposed(5min + 1ns), 2);
}

TEST(ScalingHistory, AddsNoMorePodsInAPeriodThanAPolicySays) {
    HorizontalPodAutoscalerBehavior behavior;
    behavior.scaleUp = rules(0, {{.type = "Pods", .value = 2, .periodSeconds = 60}});
    behavior.scaleDown = rules(0, {{.type = "Percent", .value = 50, .periodSeconds = 60}});
    ScalingHistory history;
    std::int32_t current = 4;
    std::vector<std::int32_t> counts;
    for (int sync = 0; sync < 6; ++sync) {
        const WallTime now = start + sync * 15s;
        const auto result = history.normalize({.current = current,
                                               .proposed = 50,
                                               .replicas_min = 1,
                                               .replicas_max = 100,
                                               .behavior = &behavior,
                                               .now = now});
        if (result.desired != current) {
            history.record_scale(&behavior, current, result.desired, now);
        }
        current = result.desired;
        counts.push_back(current);
    }

    EXPECT_EQ(counts, (std::vector<std::int32_t>{6, 6, 6, 6, 8, 8}));
}

TEST(ScalingHistory, RoundsUpOnTheWayUpAsDoublesDo) {
    HorizontalPodAutoscalerBehavior behavior;
    behavior.scaleUp = rules(0, {{.type = "Percent", .value = 10, .periodSeconds = 60}});
    behavior.scaleDown = rules(0, {{.type = "Percent", .value = 100, .periodSeconds = 60}});
    ScalingHistory history;

    EXPECT_EQ(history
                  .normalize({.current = 50,
                              .proposed = 100,
                              .replicas_min = 1,
                              .replicas_max = 100,
                              .behavior = &behavior,
                              .now = start})
                  .desired,
              56)
        << "50 times 1.1 is a little more than 55";
}

TEST(ScalingHistory, DisabledPoliciesHoldTheCount) {
    HorizontalPodAutoscalerBehavior behavior;
    behavior.scaleUp = rules(0, {{.type = "Pods", .value = 2, .periodSeconds = 60}});
    behavior.scaleDown = rules(0, {{.type = "Pods", .value = 2, .periodSeconds = 60}});
    behavior.scaleDown->selectPolicy = "Disabled";
    ScalingHistory history;
    const auto result = history.normalize({.current = 7,
                                           .proposed = 1,
                                           .replicas_min = 1,
                                           .replicas_max = 10,
                                           .behavior = &behavior,
                                           .now = start});

    EXPECT_EQ(result.desired, 7);
    EXPECT_EQ(result.scaling_limited.reason, "ScaleDownLimit");
}

}  // namespace
}  // namespace wavetank::controllers
