#pragma once

/// \file
/// Does the JSON of an object fit the messages of Istio's API? Fields that are not known are
/// passed over, as istiod does; a wrong type is an error, in the words of Go's JSON.

#include "istio/json_fields.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace wavetank::istio {

/// Returns what is wrong first, in the order in which the messages declare their fields.
[[nodiscard]] std::optional<std::string> schema_problem(const json::value& message,
                                                        std::string_view type);

}  // namespace wavetank::istio
