#include "controllers/scaling_behavior.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace wavetank::controllers {
namespace {

using api::autoscalingv2::HorizontalPodAutoscalerBehavior;
using api::autoscalingv2::HPAScalingPolicy;
using api::autoscalingv2::HPAScalingRules;
using std::chrono::seconds;

constexpr std::int32_t replicas_least = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t replicas_most = std::numeric_limits<std::int32_t>::max();

constexpr ConditionText within_range{false, "DesiredWithinRange",
                                     "the desired count is within the acceptable range"};
constexpr ConditionText rises_too_fast{
    true, "ScaleUpLimit",
    "the desired replica count is increasing faster than the maximum scale rate"};
constexpr ConditionText falls_too_fast{
    true, "ScaleDownLimit",
    "the desired replica count is decreasing faster than the maximum scale rate"};
constexpr ConditionText too_many{
    true, "TooManyReplicas", "the desired replica count is more than the maximum replica count"};
constexpr ConditionText too_few{true, "TooFewReplicas",
                                "the desired replica count is less than the minimum replica count"};

constexpr ConditionText ready_for_new_scale{true, "ReadyForNewScale",
                                            "recommended size matches current size"};
constexpr ConditionText scale_up_stabilized{
    true, "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent "
    "recommendation"};
constexpr ConditionText scale_down_stabilized{
    true, "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent "
    "recommendation"};

struct LimitedReplicas {
    std::int32_t replicas = 0;
    ConditionText condition;
};

/// Cuts to 32 bits. Departs from upstream beyond them, where Go does not say what comes out.
std::int32_t saturated(double number) {
    if (number >= replicas_most) {
        return replicas_most;
    }
    return number <= replicas_least ? replicas_least : static_cast<std::int32_t>(number);
}
std::int32_t saturated(std::int64_t number) {
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>(number, replicas_least, replicas_most));
}

/// Returns the policies; none for rules that no API server has completed.
const std::vector<HPAScalingPolicy>& policies_of(const HPAScalingRules& rules) {
    static const std::vector<HPAScalingPolicy> none;
    return rules.policies ? *rules.policies : none;
}

const HPAScalingRules& rules_or_none(const api::Boxed<HPAScalingRules>& rules) {
    static const HPAScalingRules none;
    return rules ? *rules : none;
}

Duration longest_period(const HPAScalingRules& rules) {
    std::int32_t longest = 0;
    for (const HPAScalingPolicy& policy : policies_of(rules)) {
        longest = std::max(longest, policy.periodSeconds);
    }
    return seconds{longest};
}

std::int64_t change_within(const std::vector<ScalingHistory::ScaleEvent>& events,
                           std::int32_t period_seconds, WallTime now) {
    std::int64_t total = 0;
    for (const auto& event : events) {
        if (event.time > now - seconds{period_seconds}) {
            total += event.change;
        }
    }
    return total;
}

/// Bounds a count by the rules of an autoscaler without a behavior: at most double, or four.
LimitedReplicas limit_plainly(const ScalingRequest& request, std::int32_t wanted) {
    const auto fastest = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(std::int64_t{2} * request.current, 4, replicas_most));
    if (wanted < request.replicas_min) {
        return {request.replicas_min, too_few};
    }
    if (request.replicas_max > fastest && wanted > fastest) {
        return {fastest, rises_too_fast};
    }
    if (request.replicas_max <= fastest && wanted > request.replicas_max) {
        return {request.replicas_max, too_many};
    }
    return {wanted, within_range};
}

}  // namespace

ScalingHistory::ScalingHistory(std::vector<Recommendation> recommendations,
                               std::vector<ScaleEvent> ups, std::vector<ScaleEvent> downs)
    : recommendations_{std::move(recommendations)},
      ups_{std::move(ups)},
      downs_{std::move(downs)} {}

void ScalingHistory::begin(std::int32_t current, WallTime now) {
    if (recommendations_.empty()) {
        recommendations_.push_back({current, now});
    }
}

NormalizedReplicas ScalingHistory::normalize(const ScalingRequest& request) {
    NormalizedReplicas result;
    if (request.behavior == nullptr) {
        result.stabilized = stabilize(request);
        result.able_to_scale =
            result.stabilized != request.proposed ? scale_down_stabilized : ready_for_new_scale;
        const LimitedReplicas limited = limit_plainly(request, result.stabilized);
        result.desired = limited.replicas;
        result.scaling_limited = limited.condition;
        return result;
    }
    result.stabilized = stabilize_by_behavior(request);
    if (result.stabilized == request.proposed) {
        result.able_to_scale = ready_for_new_scale;
    } else {
        result.able_to_scale =
            request.proposed >= request.current ? scale_up_stabilized : scale_down_stabilized;
    }
    LimitedReplicas limited{result.stabilized, within_range};
    if (result.stabilized > request.current) {
        const std::int32_t fastest =
            std::max(limit_up(request, rules_or_none(request.behavior->scaleUp)), request.current);
        if (result.stabilized > std::min(fastest, request.replicas_max)) {
            limited = fastest < request.replicas_max
                          ? LimitedReplicas{fastest, rises_too_fast}
                          : LimitedReplicas{request.replicas_max, too_many};
        }
    } else if (result.stabilized < request.current) {
        const std::int32_t fastest = std::min(
            limit_down(request, rules_or_none(request.behavior->scaleDown)), request.current);
        if (result.stabilized < std::max(fastest, request.replicas_min)) {
            limited = fastest > request.replicas_min
                          ? LimitedReplicas{fastest, falls_too_fast}
                          : LimitedReplicas{request.replicas_min, too_few};
        }
    }
    result.desired = limited.replicas;
    result.scaling_limited = limited.condition;
    return result;
}

/// Returns the highest recommendation of the window.
std::int32_t ScalingHistory::stabilize(const ScalingRequest& request) {
    std::int32_t highest = request.proposed;
    std::size_t position = recommendations_.size();
    for (std::size_t i = 0; i < recommendations_.size(); ++i) {
        if (recommendations_[i].time < request.now - request.downscale_stabilization) {
            position = i;
        } else {
            highest = std::max(highest, recommendations_[i].replicas);
        }
    }
    record_recommendation(request.proposed, request.now, position);
    return highest;
}

/// Moves the present count no farther than to the lowest recommendation of the window for going
/// up, or the highest of the one for going down.
std::int32_t ScalingHistory::stabilize_by_behavior(const ScalingRequest& request) {
    const auto window = [](const HPAScalingRules& rules, Duration otherwise) {
        return rules.stabilizationWindowSeconds ? seconds{*rules.stabilizationWindowSeconds}
                                                : std::chrono::floor<seconds>(otherwise);
    };
    const WallTime up_edge =
        request.now - window(rules_or_none(request.behavior->scaleUp), Duration::zero());
    const WallTime down_edge = request.now - window(rules_or_none(request.behavior->scaleDown),
                                                    request.downscale_stabilization);
    std::int32_t lowest = request.proposed;
    std::int32_t highest = request.proposed;
    std::size_t position = recommendations_.size();
    for (std::size_t i = 0; i < recommendations_.size(); ++i) {
        const Recommendation& each = recommendations_[i];
        if (each.time > up_edge) {
            lowest = std::min(lowest, each.replicas);
        }
        if (each.time > down_edge) {
            highest = std::max(highest, each.replicas);
        }
        if (each.time < up_edge && each.time < down_edge) {
            position = i;
        }
    }
    record_recommendation(request.proposed, request.now, position);
    return std::min(std::max(request.current, lowest), highest);
}

void ScalingHistory::record_recommendation(std::int32_t replicas, WallTime now,
                                           std::size_t position) {
    if (position == recommendations_.size()) {
        recommendations_.emplace_back();
    }
    recommendations_[position] = {replicas, now};
}

/// Returns how many replicas there were when the period began.
std::int64_t ScalingHistory::period_start(std::int32_t current, std::int32_t period_seconds,
                                          WallTime now) const {
    return current - change_within(ups_, period_seconds, now) +
           change_within(downs_, period_seconds, now);
}

std::int32_t ScalingHistory::limit_up(const ScalingRequest& request, const Rules& rules) const {
    if (rules.selectPolicy == "Disabled") {
        return request.current;
    }
    const bool smallest = rules.selectPolicy == "Min";
    std::int32_t result = smallest ? replicas_most : replicas_least;
    for (const HPAScalingPolicy& policy : policies_of(rules)) {
        const std::int64_t start = period_start(request.current, policy.periodSeconds, request.now);
        const std::int32_t proposed =
            policy.type == "Pods"
                ? saturated(start + policy.value)
                : saturated(std::ceil(static_cast<double>(start) *
                                      (1 + static_cast<double>(policy.value) / 100)));
        result = smallest ? std::min(result, proposed) : std::max(result, proposed);
    }
    return result;
}

std::int32_t ScalingHistory::limit_down(const ScalingRequest& request, const Rules& rules) const {
    if (rules.selectPolicy == "Disabled") {
        return request.current;
    }
    const bool smallest = rules.selectPolicy == "Min";  // the smallest change, the highest count
    std::int32_t result = smallest ? replicas_least : replicas_most;
    for (const HPAScalingPolicy& policy : policies_of(rules)) {
        const std::int64_t start = period_start(request.current, policy.periodSeconds, request.now);
        const std::int32_t proposed =
            policy.type == "Pods" ? saturated(start - policy.value)
                                  : saturated(static_cast<double>(start) *
                                              (1 - static_cast<double>(policy.value) / 100));
        result = smallest ? std::max(result, proposed) : std::min(result, proposed);
    }
    return result;
}

void ScalingHistory::record_scale(const HorizontalPodAutoscalerBehavior* behavior,
                                  std::int32_t from, std::int32_t to, WallTime now) {
    if (behavior == nullptr) {
        return;
    }
    std::vector<ScaleEvent>& events = to > from ? ups_ : downs_;
    const Duration period =
        longest_period(rules_or_none(to > from ? behavior->scaleUp : behavior->scaleDown));
    std::size_t position = events.size();
    for (std::size_t i = 0; i < events.size(); ++i) {
        events[i].outdated |= events[i].time < now - period;
        position = events[i].outdated ? i : position;
    }
    if (position == events.size()) {
        events.emplace_back();
    }
    events[position] = {.change = to > from ? to - from : from - to, .time = now};
}

}  // namespace wavetank::controllers
