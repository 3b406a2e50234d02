#pragma once

/// \file
/// Is the spec of a CustomResourceDefinition right?

#include "registry/crd/schema_rules.hpp"

namespace wavetank::registry {

/// Checks name and spec (`validateCustomResourceDefinitionSpec`).
[[nodiscard]] FieldErrors validate_definition(
    const api::apiextensionsv1::CustomResourceDefinition& object, const SchemaTolerance& tolerance);

/// Checks the names that were accepted.
[[nodiscard]] FieldErrors validate_accepted_names(
    const api::apiextensionsv1::CustomResourceDefinition& object);

/// Returns the text in lower case.
[[nodiscard]] std::string lower_case(std::string text);

}  // namespace wavetank::registry
