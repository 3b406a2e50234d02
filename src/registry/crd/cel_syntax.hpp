#pragma once

/// \file
/// Is a text an expression of the Common Expression Language?

#include <optional>
#include <string>
#include <string_view>

namespace wavetank::registry {

/// Returns what cel-go says of an expression of a validation rule that is no expression, or that
/// names a variable other than `self` and `oldSelf`; nothing, if it is one. Types, macros and the
/// fields of `self` are not looked at. Of several mistakes the first is told.
[[nodiscard]] std::optional<std::string> cel_problem(std::string_view expression);

}  // namespace wavetank::registry
