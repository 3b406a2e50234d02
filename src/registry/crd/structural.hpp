#pragma once

/// \file
/// Is a schema structural: does its skeleton say of every value what it is?

#include "registry/crd/schema_parts.hpp"

#include <optional>
#include <string>

namespace wavetank::registry {

/// Returns why the schema cannot be made structural (`NewStructural`); nothing: it can.
[[nodiscard]] std::optional<std::string> structural_obstacle(const JSONSchemaProps& schema);

/// Checks a schema that can (`ValidateStructural`). The errors are in the order of their texts.
[[nodiscard]] FieldErrors validate_structural(const JSONSchemaProps& schema, const Path& path);

/// Checks the defaults of a structural schema against their own schemas. Their types, their unknown
/// fields and their enumerations are looked at; upstream looks at all.
[[nodiscard]] FieldErrors validate_schema_defaults(const JSONSchemaProps& schema, const Path& path);

}  // namespace wavetank::registry
