#pragma once

/// \file
/// The schema of a custom resource, as JSON Schema.
///
/// Members are the fields of Kubernetes v1.37; a JSON name that is no C++ name has `_` for `-`, and
/// none for its `$`. Where the API takes one of several types, the member is JSON.

#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::apiextensionsv1 {

struct JSONSchemaProps;

/// Kubernetes' `apiextensions.k8s.io/v1` ValidationRule.
struct ValidationRule {
    std::string rule{};
    std::string message{};
    std::string messageExpression{};
    std::optional<std::string> reason{};
    std::string fieldPath{};
    std::optional<bool> optionalOldSelf{};
};
BOOST_DESCRIBE_STRUCT(ValidationRule, (),
                      (rule, message, messageExpression, reason, fieldPath, optionalOldSelf))

/// Kubernetes' `apiextensions.k8s.io/v1` ExternalDocumentation.
struct ExternalDocumentation {
    std::string description{};
    std::string url{};
};
BOOST_DESCRIBE_STRUCT(ExternalDocumentation, (), (description, url))

/// The fields of `JSONSchemaProps`, which is not complete inside itself.
struct SchemaFields {
    std::string id{};
    std::string schema{};              ///< "$schema"
    std::optional<std::string> ref{};  ///< "$ref"
    std::string description{};
    std::string type{};
    std::string format{};
    std::string title{};
    boost::json::value default_{};
    boost::json::value maximum{};  ///< a number or null
    bool exclusiveMaximum = false;
    boost::json::value minimum{};  ///< a number or null
    bool exclusiveMinimum = false;
    std::optional<std::int64_t> maxLength{};
    std::optional<std::int64_t> minLength{};
    std::string pattern{};
    std::optional<std::int64_t> maxItems{};
    std::optional<std::int64_t> minItems{};
    bool uniqueItems = false;
    boost::json::value multipleOf{};  ///< a number or null
    std::vector<boost::json::value> enum_{};
    std::optional<std::int64_t> maxProperties{};
    std::optional<std::int64_t> minProperties{};
    std::vector<std::string> required{};
    boost::json::value items{};  ///< a schema or a list of them
    std::vector<JSONSchemaProps> allOf;
    std::vector<JSONSchemaProps> oneOf;
    std::vector<JSONSchemaProps> anyOf;
    Boxed<JSONSchemaProps> not_;
    std::map<std::string, JSONSchemaProps> properties;
    boost::json::value additionalProperties{};  ///< a schema or a boolean
    std::map<std::string, JSONSchemaProps> patternProperties;
    std::map<std::string, boost::json::value> dependencies{};  ///< schemas or lists of texts
    boost::json::value additionalItems{};                      ///< a schema or a boolean
    std::map<std::string, JSONSchemaProps> definitions;
    Boxed<ExternalDocumentation> externalDocs{};
    boost::json::value example{};
    bool nullable = false;
    std::optional<bool> x_kubernetes_preserve_unknown_fields{};
    bool x_kubernetes_embedded_resource = false;
    bool x_kubernetes_int_or_string = false;
    std::vector<std::string> x_kubernetes_list_map_keys{};
    std::optional<std::string> x_kubernetes_list_type{};
    std::optional<std::string> x_kubernetes_map_type{};
    std::vector<ValidationRule> x_kubernetes_validations{};
};

/// Kubernetes' `apiextensions.k8s.io/v1` JSONSchemaProps.
struct JSONSchemaProps : SchemaFields {};

BOOST_DESCRIBE_STRUCT(SchemaFields, (),
                      (id, schema, ref, description, type, format, title, default_, maximum,
                       exclusiveMaximum, minimum, exclusiveMinimum, maxLength, minLength, pattern,
                       maxItems, minItems, uniqueItems, multipleOf, enum_, maxProperties,
                       minProperties, required, items, allOf, oneOf, anyOf, not_, properties,
                       additionalProperties, patternProperties, dependencies, additionalItems,
                       definitions, externalDocs, example, nullable,
                       x_kubernetes_preserve_unknown_fields, x_kubernetes_embedded_resource,
                       x_kubernetes_int_or_string, x_kubernetes_list_map_keys,
                       x_kubernetes_list_type, x_kubernetes_map_type, x_kubernetes_validations))

}  // namespace wavetank::api::apiextensionsv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<apiextensionsv1::ValidationRule> = "ValidationRule";
inline constexpr FieldFacts apiextensionsv1_validation_rule_facts[] = {
    {.field = "rule", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<apiextensionsv1::ValidationRule>{
    apiextensionsv1_validation_rule_facts};
template <>
inline constexpr std::string_view type_name<apiextensionsv1::ExternalDocumentation> =
    "ExternalDocumentation";
template <>
inline constexpr std::string_view type_name<apiextensionsv1::SchemaFields> = "JSONSchemaProps";

/// Returns the JSON name of a field of `SchemaFields`, a text that lives for ever.
[[nodiscard]] std::string_view schema_field_name(std::string_view member);

/// The shape of the fields, under their JSON names.
template <>
struct TypeShape<apiextensionsv1::JSONSchemaProps> {
    template <class>
    static void describe(TypeInfo& info) {
        using Fields = apiextensionsv1::SchemaFields;
        TypeShape<Fields>::describe<Fields>(info);
        for (FieldInfo& field : info.fields) {
            field.name = schema_field_name(field.name);
            field.facts.field = field.name;
        }
    }
};

}  // namespace wavetank::api
