#pragma once

/// \file
/// Istio's `HTTPRetry` as Envoy's `RetryPolicy`.

#include "istio/json_fields.hpp"

#include <optional>

namespace wavetank::istio {

/// Returns the policy; nothing if retries are switched off. Null: nothing was said, which means
/// two retries of what did not reach a server.
[[nodiscard]] std::optional<json::object> retry_policy(const json::object* retries,
                                                       bool is_consistent_hash);

/// Tells whether a number is an HTTP status that has a name.
[[nodiscard]] bool is_named_http_status(std::int64_t status);

}  // namespace wavetank::istio
