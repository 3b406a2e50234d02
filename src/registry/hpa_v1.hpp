#pragma once

/// \file
/// HorizontalPodAutoscalers of `autoscaling/v1`: read and shown as such, kept as `v2`.

#include <wavetank/registry/request.hpp>

#include <boost/json.hpp>

#include <functional>
#include <string_view>

namespace wavetank::registry {

/// Tells whether a request is about `autoscaling/v1`.
[[nodiscard]] bool is_hpa_v1_target(std::string_view target);

/// Tells whether an object says it is of `autoscaling/v1`.
[[nodiscard]] bool is_hpa_v1(const boost::json::object& object);

/// Turns an object of `autoscaling/v1` into one of `v2`: the target of CPU and what the annotations
/// `autoscaling.alpha.kubernetes.io/*` hold become metrics and behavior.
[[nodiscard]] boost::json::object hpa_v2_from_v1(const boost::json::object& object);

/// Turns an object of `v2` into one of `v1`: what v1 has no field for goes into annotations.
[[nodiscard]] boost::json::object hpa_v1_from_v2(const boost::json::object& object);

/// Answers a request about `autoscaling/v1` by asking `answer` about `v2`.
[[nodiscard]] ApiResponse answer_hpa_v1(
    const ApiRequest& request, const std::function<ApiResponse(const ApiRequest&)>& answer);

}  // namespace wavetank::registry
