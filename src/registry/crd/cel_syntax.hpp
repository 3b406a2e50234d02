#pragma once

/// \file
/// Is a text an expression of the Common Expression Language?

#include "registry/crd/schema_parts.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace wavetank::registry {

/// Returns what cel-go says of an expression of a validation rule that is no expression, or that
/// names a variable other than `self` and `oldSelf` or a field that the schema of `self` does not
/// have; nothing, if it is one. Types and what macros bind are not looked at. Of several mistakes
/// the first is told. `is_root`: the schema is that of a whole resource.
[[nodiscard]] std::optional<std::string> cel_problem(std::string_view expression,
                                                     const JSONSchemaProps& schema, bool is_root);

}  // namespace wavetank::registry
