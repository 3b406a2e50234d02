#include "registry/crd/schema_rules.hpp"

#include "registry/crd/cel_syntax.hpp"
#include "registry/crd/structural.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace wavetank::registry {
namespace {

using api::apiextensionsv1::CustomResourceValidation;
using api::apiextensionsv1::ValidationRule;

const std::vector<std::string> openapi_types{"array",  "boolean", "integer",
                                             "number", "object",  "string"};

bool is_openapi_type(const std::string& type) {
    return std::ranges::find(openapi_types, type) != openapi_types.end();
}

std::string trimmed_text(const std::string& text) {
    constexpr std::string_view blanks = " \t\n\v\f\r";
    const std::size_t first = text.find_first_not_of(blanks);
    return first == std::string::npos
               ? std::string{}
               : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool has_line_breaks(const std::string& text) {
    return text.find_first_of("\r\n") != std::string::npos;
}

/// Tells whether the path leads to a field of the schema: ".a.b['c d']".
bool is_field_path(const JSONSchemaProps& schema, std::string_view path) {
    if (path.empty()) {
        return true;
    }
    std::string name;
    if (path[0] == '.') {
        const std::size_t end = std::min(path.find_first_of(".[", 1), path.size());
        name = path.substr(1, end - 1);
        path.remove_prefix(end);
    } else if (path.starts_with("['")) {
        const std::size_t end = path.find("']");
        if (end == std::string_view::npos) {
            return false;
        }
        name = path.substr(2, end - 2);
        path.remove_prefix(end + 2);
    }
    if (name.empty()) {
        return false;
    }
    const auto found = schema.properties.find(name);
    if (found != schema.properties.end()) {
        return is_field_path(found->second, path);
    }
    const auto additional = schema_or_bool(schema.additionalProperties);
    return additional && additional->schema && is_field_path(*additional->schema, path);
}

/// What the schemas above say of those below.
struct SchemaPlace {
    bool defaults_allowed = true;
    std::string why_no_defaults{};
    bool inside_metadata = false;
    bool root = false;
    bool with_cel = true;
};

/// Walks over a schema as upstream's `ValidateCustomResourceDefinitionOpenAPISchema`.
class SchemaWalk {
public:
    explicit SchemaWalk(const SchemaTolerance& tolerance) : tolerance_{tolerance} {}

    void visit(const JSONSchemaProps& schema, const SchemaPlace& place, const Path& path) {
        const std::size_t before = schema_errors_.size();
        check_standard(schema, place, path);
        if (schema.uniqueItems) {
            forbid(path / "uniqueItems",
                   "uniqueItems cannot be set to true since the runtime complexity becomes "
                   "quadratic");
        }
        visit_children(schema, place, path);
        check_topology(schema, path);
        check_rules(schema, path);
        if (schema_errors_.size() == before && place.with_cel) {
            check_expressions(schema, place.root, path);
        }
    }

    [[nodiscard]] FieldErrors errors() && {
        append(schema_errors_, std::move(cel_errors_));
        return std::move(schema_errors_);
    }

private:
    void forbid(const Path& path, std::string_view detail) {
        schema_errors_.push_back(api::forbidden_value(path, detail));
    }
    void require(const Path& path, std::string_view detail) {
        schema_errors_.push_back(api::required_value(path, detail));
    }
    void refuse(const Path& path, std::string_view value, std::string_view detail) {
        schema_errors_.push_back(api::invalid_value(path, value, detail));
    }

    void check_standard(const JSONSchemaProps& schema, const SchemaPlace& place, const Path& path) {
        if (!tolerance_.invalid_types && !schema.type.empty() && !is_openapi_type(schema.type)) {
            schema_errors_.push_back(
                api::unsupported_value(path / "type", schema.type, openapi_types));
        }
        if (!schema.default_.is_null() && !place.defaults_allowed) {
            forbid(path / "default", "must not be set" + (place.why_no_defaults.empty()
                                                              ? std::string{}
                                                              : " " + place.why_no_defaults));
        }
        const std::array<std::pair<bool, std::string_view>, 6> unsupported{
            {{!schema.id.empty(), "id"},
             {!schema.additionalItems.is_null(), "additionalItems"},
             {!schema.patternProperties.empty(), "patternProperties"},
             {!schema.definitions.empty(), "definitions"},
             {!schema.dependencies.empty(), "dependencies"},
             {schema.ref.has_value(), "$ref"}}};
        for (const auto& [set, name] : unsupported) {
            if (set) {
                forbid(path / name, std::string{name} + " is not supported");
            }
        }
        if (schema.type == "null") {
            forbid(path / "type", "type cannot be set to null, use nullable as an alternative");
        }
        if (const auto items = items_of(schema); items && !items->list.empty()) {
            forbid(path / "items", "items must be a schema object and not an array");
        }
        if (place.inside_metadata && schema.x_kubernetes_embedded_resource) {
            forbid(path / "x-kubernetes-embedded-resource",
                   "must not be used inside of resource meta");
        }
    }

    void visit_children(const JSONSchemaProps& schema, const SchemaPlace& place, const Path& path) {
        SchemaPlace below = place;
        below.root = false;
        visit_additional(schema, below, path);
        for (const auto& [name, each] : schema.properties) {
            SchemaPlace at = below;
            const bool meta = name == "metadata" || name == "kind" || name == "apiVersion";
            if (meta && (place.root || schema.x_kubernetes_embedded_resource)) {
                at.inside_metadata = true;
                if (place.root) {
                    at.defaults_allowed = false;
                    at.why_no_defaults = "in top-level " + name;
                }
            }
            visit(each, at, (path / "properties").key(name));
        }
        SchemaPlace nested = below;
        nested.with_cel = false;
        if (schema.not_) {
            visit(*schema.not_, nested, path / "not");
        }
        visit_list(schema.allOf, nested, path / "allOf");
        visit_list(schema.oneOf, nested, path / "oneOf");
        visit_list(schema.anyOf, nested, path / "anyOf");
        for (const auto& [name, each] : schema.definitions) {
            visit(each, nested, (path / "definitions").key(name));
        }
        if (const auto items = items_of(schema)) {
            if (items->schema) {
                visit(*items->schema, below, path / "items");
            }
            visit_list(items->list, below, path / "items");
        }
        for (const auto& [name, each] : schema.dependencies) {
            if (each.is_object()) {
                visit(schema_from(each), nested, (path / "dependencies").key(name));
            }
        }
    }

    void visit_list(const std::vector<JSONSchemaProps>& schemas, const SchemaPlace& place,
                    const Path& path) {
        for (std::size_t i = 0; i < schemas.size(); ++i) {
            visit(schemas[i], place, path[i]);
        }
    }

    void visit_additional(const JSONSchemaProps& schema, SchemaPlace place, const Path& path) {
        const auto additional = schema_or_bool(schema.additionalProperties);
        if (!additional) {
            return;
        }
        const Path at = path / "additionalProperties";
        if (!schema.properties.empty() && (!additional->allows || additional->schema)) {
            forbid(at, "additionalProperties and properties are mutual exclusive");
        }
        if (place.inside_metadata) {
            place.defaults_allowed = false;
            place.why_no_defaults = "inside additionalProperties applying to object metadata";
        }
        if (additional->schema) {
            visit(*additional->schema, place, at);
        }
    }

    /// Checks x-kubernetes-preserve-unknown-fields and the kinds of maps and lists.
    void check_topology(const JSONSchemaProps& schema, const Path& path) {
        if (schema.x_kubernetes_preserve_unknown_fields == false) {
            schema_errors_.push_back(
                api::invalid_literal(path / "x-kubernetes-preserve-unknown-fields", "false",
                                     "must be true or undefined"));
        }
        const auto& map_type = schema.x_kubernetes_map_type;
        if (map_type && schema.type != "object") {
            check_carrier(schema, "must be object if x-kubernetes-map-type is specified", path);
        }
        if (map_type && *map_type != "atomic" && *map_type != "granular") {
            schema_errors_.push_back(api::unsupported_value(path / "x-kubernetes-map-type",
                                                            *map_type, {"atomic", "granular"}));
        }
        check_list_type(schema, path);
    }

    void check_carrier(const JSONSchemaProps& schema, std::string_view detail, const Path& path) {
        if (schema.type.empty()) {
            require(path / "type", detail);
        } else {
            refuse(path / "type", schema.type, detail);
        }
    }

    void check_list_type(const JSONSchemaProps& schema, const Path& path) {
        const auto& list_type = schema.x_kubernetes_list_type;
        const auto items = items_of(schema);
        if (list_type && schema.type != "array") {
            check_carrier(schema, "must be array if x-kubernetes-list-type is specified", path);
        } else if (list_type == "set" && items && items->schema) {
            check_set_items(*items->schema, path / "items");
        }
        if (list_type && *list_type != "atomic" && *list_type != "set" && *list_type != "map") {
            schema_errors_.push_back(api::unsupported_value(path / "x-kubernetes-list-type",
                                                            *list_type, {"atomic", "set", "map"}));
        }
        if (!schema.x_kubernetes_list_map_keys.empty()) {
            constexpr std::string_view detail =
                "must be map if x-kubernetes-list-map-keys is non-empty";
            if (!list_type) {
                require(path / "x-kubernetes-list-type", detail);
            } else if (*list_type != "map") {
                refuse(path / "x-kubernetes-list-type", *list_type, detail);
            }
        }
        if (list_type == "map") {
            check_map_list(schema, items, path);
        }
        if ((list_type == "set" || list_type == "map") && items && items->schema) {
            check_keyed_items(schema, *items->schema, path / "items");
        }
    }

    void check_set_items(const JSONSchemaProps& item, const Path& path) {
        constexpr std::string_view detail =
            "must be atomic as item of a list with x-kubernetes-list-type=set";
        const auto& list_type = item.x_kubernetes_list_type;
        // Upstream shows the list type for both.
        const std::string shown = list_type ? api::json_quoted(*list_type) : "null";
        if (item.type == "array" && list_type && *list_type != "atomic") {
            schema_errors_.push_back(
                api::invalid_literal(path / "x-kubernetes-list-type", shown, detail));
        } else if (item.type == "object" && item.x_kubernetes_map_type != "atomic") {
            schema_errors_.push_back(
                api::invalid_literal(path / "x-kubernetes-map-type", shown, detail));
        }
    }

    void check_map_list(const JSONSchemaProps& schema, const std::optional<SchemaItems>& items,
                        const Path& path) {
        const auto& keys = schema.x_kubernetes_list_map_keys;
        const Path keys_path = path / "x-kubernetes-list-map-keys";
        if (keys.empty()) {
            require(keys_path, "must not be empty if x-kubernetes-list-type is map");
        }
        if (!items) {
            require(path / "items", "must have a schema if x-kubernetes-list-type is map");
            return;
        }
        if (!items->schema) {
            schema_errors_.push_back(api::invalid_literal(
                path / "items", "{\"Schema\":null,\"JSONSchemas\":null}",
                "must only have a single schema if x-kubernetes-list-type is map"));
            return;
        }
        const JSONSchemaProps& item = *items->schema;
        if (item.type != "object") {
            refuse(path / "items" / "type", item.type,
                   "must be object if parent array's x-kubernetes-list-type is map");
            return;
        }
        std::set<std::string> seen;
        for (const std::string& key : keys) {
            const auto found = item.properties.find(key);
            if (found == item.properties.end()) {
                schema_errors_.push_back(api::invalid_literal(
                    keys_path, json_list(keys), "entries must all be names of item properties"));
            } else if (found->second.type == "array" || found->second.type == "object") {
                refuse((path / "items" / "properties").key(key) / "type", item.type,
                       "must be a scalar type if parent array's x-kubernetes-list-type is map");
            }
            if (!seen.insert(key).second) {
                schema_errors_.push_back(api::invalid_literal(
                    keys_path, json_list(keys), "must not contain duplicate entries"));
            }
        }
    }

    void check_keyed_items(const JSONSchemaProps& schema, const JSONSchemaProps& item,
                           const Path& path) {
        if (item.nullable) {
            forbid(path / "nullable", "cannot be nullable when x-kubernetes-list-type is " +
                                          *schema.x_kubernetes_list_type);
        }
        if (schema.x_kubernetes_list_type != "map") {
            return;
        }
        for (const std::string& key : schema.x_kubernetes_list_map_keys) {
            const auto found = item.properties.find(key);
            if (found == item.properties.end()) {
                continue;
            }
            const Path at = (path / "properties").key(key);
            const bool required = std::ranges::find(item.required, key) != item.required.end();
            if (!required && found->second.default_.is_null()) {
                require(at / "default",
                        "this property is in x-kubernetes-list-map-keys, so it must have a default "
                        "or be a required property");
            }
            if (found->second.nullable) {
                forbid(at / "nullable",
                       "this property is in x-kubernetes-list-map-keys, so it cannot be nullable");
            }
        }
    }

    void check_rules(const JSONSchemaProps& schema, const Path& path) {
        for (std::size_t i = 0; i < schema.x_kubernetes_validations.size(); ++i) {
            check_rule(schema, schema.x_kubernetes_validations[i],
                       (path / "x-kubernetes-validations")[i]);
        }
    }

    void check_rule(const JSONSchemaProps& schema, const ValidationRule& rule, const Path& path) {
        constexpr std::string_view empty = "must be non-empty if specified";
        constexpr std::string_view breaks = "must not contain line breaks";
        const std::string text = trimmed_text(rule.rule);
        const std::string message = trimmed_text(rule.message);
        if (text.empty()) {
            require(path / "rule", "rule is not specified");
        } else if (!rule.message.empty() && message.empty()) {
            refuse(path / "message", rule.message, empty);
        } else if (has_line_breaks(message)) {
            refuse(path / "message", rule.message, breaks);
        } else if (has_line_breaks(text) && message.empty()) {
            require(path / "message", "message must be specified if rule contains line breaks");
        }
        if (!rule.messageExpression.empty() && trimmed_text(rule.messageExpression).empty()) {
            require(path / "messageExpression", "messageExpression must be non-empty if specified");
        }
        const std::vector<std::string> reasons{"FieldValueDuplicate", "FieldValueForbidden",
                                               "FieldValueInvalid", "FieldValueRequired"};
        if (rule.reason && std::ranges::find(reasons, *rule.reason) == reasons.end()) {
            schema_errors_.push_back(
                api::unsupported_value(path / "reason", *rule.reason, reasons));
        }
        if (!rule.fieldPath.empty() && trimmed_text(rule.fieldPath).empty()) {
            refuse(path / "fieldPath", rule.fieldPath, empty);
        }
        if (has_line_breaks(rule.fieldPath)) {
            refuse(path / "fieldPath", rule.fieldPath, breaks);
        }
        if (!rule.fieldPath.empty() && !is_field_path(schema, rule.fieldPath)) {
            refuse(path / "fieldPath", rule.fieldPath, "must be a valid path");
        }
    }

    void check_expressions(const JSONSchemaProps& schema, bool root, const Path& path) {
        for (std::size_t i = 0; i < schema.x_kubernetes_validations.size(); ++i) {
            const ValidationRule& rule = schema.x_kubernetes_validations[i];
            const Path at = (path / "x-kubernetes-validations")[i];
            if (const auto problem = cel_problem(rule.rule, schema, root)) {
                cel_errors_.push_back(api::invalid_literal(at / "rule", validation_rule_json(rule),
                                                           "compilation failed: " + *problem));
            }
            if (!rule.messageExpression.empty()) {
                if (const auto problem = cel_problem(rule.messageExpression, schema, root)) {
                    cel_errors_.push_back(
                        api::invalid_literal(at / "messageExpression", validation_rule_json(rule),
                                             "messageExpression compilation failed: " + *problem));
                }
            }
        }
    }

    const SchemaTolerance& tolerance_;
    FieldErrors schema_errors_;
    FieldErrors cel_errors_;
};

/// With a subresource "status" the status is checked by its own part of the schema alone, so that
/// the root may not say anything that would be lost.
void check_root_for_status(FieldErrors& errors, const JSONSchemaProps& schema, const Path& path) {
    const bool untyped = schema.id.empty() && schema.schema.empty() && !schema.ref;
    if (untyped && !schema.type.empty() && schema.type != "object") {
        errors.push_back(api::invalid_value(path / "type", schema.type,
                                            "only \"object\" is allowed as the type at the root of "
                                            "the schema if the status subresource is enabled"));
        return;
    }
    const bool lost = !untyped || schema.nullable || !schema.default_.is_null() ||
                      !schema.enum_.empty() || schema.maxProperties || schema.minProperties ||
                      !schema.allOf.empty() || !schema.oneOf.empty() || !schema.anyOf.empty() ||
                      schema.not_ || !schema.additionalProperties.is_null() ||
                      !schema.patternProperties.empty() || !schema.dependencies.empty() ||
                      !schema.additionalItems.is_null() || !schema.definitions.empty() ||
                      schema.x_kubernetes_embedded_resource || schema.x_kubernetes_int_or_string ||
                      !schema.x_kubernetes_list_map_keys.empty() || schema.x_kubernetes_list_type ||
                      schema.x_kubernetes_map_type;
    if (lost) {
        errors.push_back(api::invalid_literal(
            path, schema_json(schema),
            "only [Description Type Format Title Maximum ExclusiveMaximum Minimum "
            "ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf "
            "Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations] "
            "fields are allowed at the root of the schema if the status subresource is enabled"));
    }
}

bool is_known_format(const JSONSchemaProps& schema) {
    const std::string& type = schema.type;
    if (type == "integer") {
        return schema.format == "int32" || schema.format == "int64";
    }
    if (type == "number") {
        return schema.format == "float" || schema.format == "double";
    }
    if (!type.empty() && type != "string") {
        return false;
    }
    static const std::set<std::string_view> formats{
        "bsonobjectid", "uri",        "email",    "hostname",     "ipv4",       "ipv6", "cidr",
        "mac",          "uuid",       "uuid3",    "uuid4",        "uuid5",      "isbn", "isbn10",
        "isbn13",       "creditcard", "ssn",      "hexcolor",     "rgbcolor",   "byte", "password",
        "date",         "duration",   "datetime", "k8sshortname", "k8slongname"};
    std::string name = schema.format;
    std::erase(name, '-');
    return formats.contains(name);
}

}  // namespace

FieldErrors validate_resource_schema(const CustomResourceValidation& validation, bool has_status,
                                     const SchemaTolerance& tolerance, const Path& path) {
    FieldErrors errors;
    if (!validation.openAPIV3Schema) {
        return errors;
    }
    const JSONSchemaProps& schema = *validation.openAPIV3Schema;
    const Path at = path / "openAPIV3Schema";
    if (has_status) {
        check_root_for_status(errors, schema, at);
    }
    if (schema.nullable) {
        errors.push_back(
            api::forbidden_value(at / "nullable", "nullable cannot be true at the root"));
    }
    const std::optional<std::string> obstacle = structural_obstacle(schema);
    FieldErrors structural;
    if (!tolerance.non_structural && !obstacle) {
        structural = validate_structural(schema, at);
        if (structural.empty()) {
            structural = validate_schema_defaults(schema, at);
        }
    }
    const bool with_cel = !tolerance.non_structural && !obstacle && structural.empty();
    append(errors, std::move(structural));
    SchemaWalk walk{tolerance};
    walk.visit(schema, {.root = true, .with_cel = with_cel}, at);
    append(errors, std::move(walk).errors());
    if (errors.empty() && obstacle && !tolerance.non_structural) {
        errors.push_back(api::invalid_value(at, "", *obstacle));
    }
    return errors;
}

SchemaTolerance tolerance_of(const api::apiextensionsv1::CustomResourceDefinitionSpec& old) {
    SchemaTolerance tolerance;
    for (const auto& version : old.versions) {
        if (!version.schema || !version.schema->openAPIV3Schema) {
            continue;
        }
        const JSONSchemaProps& schema = *version.schema->openAPIV3Schema;
        tolerance.non_structural |= structural_obstacle(schema).has_value() ||
                                    !validate_structural(schema, Path{""}).empty();
        tolerance.invalid_types |= any_schema(schema, [](const JSONSchemaProps& each) {
            return !each.type.empty() && !is_openapi_type(each.type);
        });
    }
    // Without preserveUnknownFields a structural schema is a must.
    tolerance.non_structural = tolerance.non_structural && old.preserveUnknownFields;
    return tolerance;
}

std::vector<std::string> schema_warnings(const JSONSchemaProps& schema) {
    std::vector<std::string> formats;
    std::set<std::string> sets;
    any_schema(schema, [&](const JSONSchemaProps& each) {
        if (!each.format.empty() && !is_known_format(each)) {
            formats.push_back("unrecognized format " + api::quoted(each.format));
        }
        const auto items = items_of(each);
        if (each.x_kubernetes_list_type == "set" && items && items->schema &&
            (items->schema->type == "object" || items->schema->type == "array")) {
            sets.insert("x-kubernetes-list-type: set for items of type " +
                        api::quoted(items->schema->type) +
                        " is not supported by server-side apply or CEL validation rules");
        }
        return false;
    });
    formats.insert(formats.end(), sets.begin(), sets.end());
    return formats;
}

}  // namespace wavetank::registry
