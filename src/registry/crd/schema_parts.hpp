#pragma once

/// \file
/// The parts of a schema that are of several types in JSON, and a schema as error messages show it.

#include "registry/field_error.hpp"

#include <wavetank/api/apiextensionsv1/json_schema_props.hpp>
#include <wavetank/base/result.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::registry {

using api::apiextensionsv1::JSONSchemaProps;

/// Kubernetes' JSONSchemaPropsOrArray.
struct SchemaItems {
    std::optional<JSONSchemaProps> schema{};
    std::vector<JSONSchemaProps> list{};
};

/// Kubernetes' JSONSchemaPropsOrBool.
struct SchemaOrBool {
    bool allows = false;
    std::optional<JSONSchemaProps> schema{};
};

/// Returns the schema that a JSON value is; what is unknown in it is dropped.
[[nodiscard]] JSONSchemaProps schema_from(const boost::json::value& value);

/// Returns what `items` says; nothing, if it is not there.
[[nodiscard]] std::optional<SchemaItems> items_of(const JSONSchemaProps& schema);

/// Returns what `additionalProperties` or `additionalItems` says; nothing, if it is null.
[[nodiscard]] std::optional<SchemaOrBool> schema_or_bool(const boost::json::value& value);

/// Brings the parts of several types into the form that is stored, in all schemas below, too.
/// Errors: `BadRequest`, for a part of a wrong type.
[[nodiscard]] Result<> normalize_schema(JSONSchemaProps& schema);

/// Calls `visit` for the schema and all below, in the order of upstream's `SchemaHas`, until one
/// call returns true; returns whether one did.
bool any_schema(const JSONSchemaProps& schema,
                const std::function<bool(const JSONSchemaProps&)>& visit);

/// Writes a schema as upstream's error does: the internal struct, in JSON.
[[nodiscard]] std::string schema_json(const JSONSchemaProps& schema);

/// The same for one of its rules.
[[nodiscard]] std::string validation_rule_json(const api::apiextensionsv1::ValidationRule& rule);

}  // namespace wavetank::registry
