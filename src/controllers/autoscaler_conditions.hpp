#pragma once

/// \file
/// What a HorizontalPodAutoscaler says of itself.

#include "controllers/scaling_behavior.hpp"

#include <wavetank/api/autoscalingv2/horizontal_pod_autoscaler.hpp>

#include <string>
#include <utility>

namespace wavetank::controllers {

/// A condition to be.
struct AutoscalerCondition {
    AutoscalerCondition(std::string type_text, bool is_true, std::string reason_text,
                        std::string message_text)
        : type{std::move(type_text)},
          status{is_true},
          reason{std::move(reason_text)},
          message{std::move(message_text)} {}
    AutoscalerCondition(std::string type_text, const ConditionText& text)
        : AutoscalerCondition{std::move(type_text), text.status, std::string{text.reason},
                              std::string{text.message}} {}

    std::string type;
    bool status;
    std::string reason;
    std::string message;
};

/// Sets a condition; the time of its transition moves only if its status changes.
void set_condition(api::autoscalingv2::HorizontalPodAutoscaler& object, WallTime now,
                   AutoscalerCondition condition);

/// Tells whether it was the autoscaler that left no replicas.
[[nodiscard]] bool is_scaled_to_zero(const api::autoscalingv2::HorizontalPodAutoscaler& object);

}  // namespace wavetank::controllers
