#pragma once

/// \file
/// Which schemas may a CustomResourceDefinition have?

#include "registry/crd/schema_parts.hpp"

#include <wavetank/api/apiextensionsv1/custom_resource_definition.hpp>

#include <string>
#include <vector>

namespace wavetank::registry {

/// What an older definition was allowed, and so the newer is, too.
struct SchemaTolerance {
    bool non_structural = false;
    bool invalid_types = false;
};

/// Checks a schema and whatever is below it (`validateCustomResourceDefinitionValidation`). `path`
/// is that of what holds it; `has_status`: whether the subresource "status" is served.
[[nodiscard]] FieldErrors validate_resource_schema(
    const api::apiextensionsv1::CustomResourceValidation& validation, bool has_status,
    const SchemaTolerance& tolerance, const Path& path);

/// Returns what the schemas of an older definition allow its next one.
[[nodiscard]] SchemaTolerance tolerance_of(
    const api::apiextensionsv1::CustomResourceDefinitionSpec& old);

/// Advises against formats that nobody checks and sets of what is no scalar.
[[nodiscard]] std::vector<std::string> schema_warnings(const JSONSchemaProps& schema);

}  // namespace wavetank::registry
