#include "controllers/autoscaler_conditions.hpp"

#include <algorithm>

namespace wavetank::controllers {

using api::autoscalingv2::HorizontalPodAutoscaler;
using api::autoscalingv2::HorizontalPodAutoscalerCondition;

void set_condition(HorizontalPodAutoscaler& object, WallTime now, AutoscalerCondition condition) {
    auto& conditions = object.status.conditions;
    auto found =
        std::ranges::find(conditions, condition.type, &HorizontalPodAutoscalerCondition::type);
    if (found == conditions.end()) {
        found = conditions.insert(found, {.type = std::move(condition.type)});
    }
    const char* const status = condition.status ? "True" : "False";
    if (found->status != status) {
        found->lastTransitionTime = api::Time{now};
    }
    found->status = status;
    found->reason = std::move(condition.reason);
    found->message = std::move(condition.message);
}

bool is_scaled_to_zero(const HorizontalPodAutoscaler& object) {
    const auto& conditions = object.status.conditions;
    const auto found =
        std::ranges::find(conditions, "ScaledToZero", &HorizontalPodAutoscalerCondition::type);
    return found != conditions.end() && found->status == "True";
}

}  // namespace wavetank::controllers
