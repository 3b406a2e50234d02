#pragma once

/// \file
/// How fast may a replica count follow its metrics (the behavior of a HorizontalPodAutoscaler)?
///
/// Upstream's `normalizeDesiredReplicas` and `normalizeDesiredReplicasWithBehaviors`: first the
/// stabilisation over recent recommendations, then the rate policies over recent scalings, then the
/// bounds. Without a behavior, two old fixed rules take the place of the policies.

#include <wavetank/api/autoscalingv2/horizontal_pod_autoscaler.hpp>
#include <wavetank/base/time.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace wavetank::controllers {

/// What a condition of a HorizontalPodAutoscaler says.
struct ConditionText {
    bool status = false;
    std::string_view reason;
    std::string_view message;
};

/// The outcome of one look at the rules.
struct NormalizedReplicas {
    std::int32_t stabilized = 0;  ///< after the stabilisation, before rates and bounds
    std::int32_t desired = 0;
    ConditionText able_to_scale;
    ConditionText scaling_limited;
};

/// What is asked of the rules.
struct ScalingRequest {
    std::int32_t current = 0;
    std::int32_t proposed = 0;
    std::int32_t replicas_min = 0;
    std::int32_t replicas_max = 0;
    const api::autoscalingv2::HorizontalPodAutoscalerBehavior* behavior = nullptr;  ///< or null
    /// For a behavior that does not say, and for none at all.
    Duration downscale_stabilization = std::chrono::minutes{5};
    WallTime now{};
};

/// The recommendations and scalings of one HorizontalPodAutoscaler, as far back as they matter.
///
/// Old entries are overwritten in upstream's order and not sorted, which shows in the results.
class ScalingHistory {
public:
    struct Recommendation {
        std::int32_t replicas = 0;
        WallTime time{};
    };
    struct ScaleEvent {
        std::int32_t change = 0;  ///< never negative
        WallTime time{};
        bool outdated = false;  ///< may be overwritten
    };

    ScalingHistory() = default;
    /// Continues a history, whose parts are oldest first.
    ScalingHistory(std::vector<Recommendation> recommendations, std::vector<ScaleEvent> ups,
                   std::vector<ScaleEvent> downs);

    /// Records the present count as the first recommendation, so that a count that somebody else
    /// chose stays for the stabilisation window.
    void begin(std::int32_t current, WallTime now);

    /// Applies the rules and records the proposal.
    [[nodiscard]] NormalizedReplicas normalize(const ScalingRequest& request);

    /// Records that the count was changed. Nothing is recorded without a behavior.
    void record_scale(const api::autoscalingv2::HorizontalPodAutoscalerBehavior* behavior,
                      std::int32_t from, std::int32_t to, WallTime now);

private:
    using Rules = api::autoscalingv2::HPAScalingRules;

    [[nodiscard]] std::int32_t stabilize(const ScalingRequest& request);
    [[nodiscard]] std::int32_t stabilize_by_behavior(const ScalingRequest& request);
    void record_recommendation(std::int32_t replicas, WallTime now, std::size_t position);
    [[nodiscard]] std::int64_t period_start(std::int32_t current, std::int32_t period_seconds,
                                            WallTime now) const;
    [[nodiscard]] std::int32_t limit_up(const ScalingRequest& request, const Rules& rules) const;
    [[nodiscard]] std::int32_t limit_down(const ScalingRequest& request, const Rules& rules) const;

    std::vector<Recommendation> recommendations_;
    std::vector<ScaleEvent> ups_;
    std::vector<ScaleEvent> downs_;
};

}  // namespace wavetank::controllers
