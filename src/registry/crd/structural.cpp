#include "registry/crd/structural.hpp"

#include <wavetank/codec/json.hpp>

#include <re2/re2.h>

#include <algorithm>
#include <cmath>

namespace wavetank::registry {
namespace {

/// Where a schema stands.
enum class SchemaLevel : std::uint8_t { Root, Item, Field };

constexpr std::string_view must_be_empty = "must be empty to be structural";
constexpr std::string_view must_be_false = "must be false to be structural";
constexpr std::string_view must_be_undefined = "must be undefined to be structural";

bool preserves_unknown(const JSONSchemaProps& schema) {
    return schema.x_kubernetes_preserve_unknown_fields.value_or(false);
}

/// Tells whether the list is that of an integer or a string, and nothing more.
bool is_int_or_string_list(const std::vector<JSONSchemaProps>& list) {
    if (list.size() != 2) {
        return false;
    }
    JSONSchemaProps integer;
    integer.type = "integer";
    JSONSchemaProps text;
    text.type = "string";
    return schema_json(list[0]) == schema_json(integer) &&
           schema_json(list[1]) == schema_json(text);
}

/// Words an error of a regular expression as Go's package `regexp` does.
std::string regexp_problem(const re2::RE2& pattern) {
    constexpr std::pair<re2::RE2::ErrorCode, std::string_view> words[] = {
        {re2::RE2::ErrorBadEscape, "invalid escape sequence"},
        {re2::RE2::ErrorBadCharClass, "invalid character class"},
        {re2::RE2::ErrorBadCharRange, "invalid character class range"},
        {re2::RE2::ErrorMissingBracket, "missing closing ]"},
        {re2::RE2::ErrorMissingParen, "missing closing )"},
        {re2::RE2::ErrorUnexpectedParen, "unexpected )"},
        {re2::RE2::ErrorRepeatArgument, "missing argument to repetition operator"},
        {re2::RE2::ErrorRepeatSize, "invalid repeat count"},
        {re2::RE2::ErrorRepeatOp, "invalid nested repetition operator"},
        {re2::RE2::ErrorBadPerlOp, "invalid or unsupported Perl syntax"},
        {re2::RE2::ErrorBadUTF8, "invalid UTF-8"},
        {re2::RE2::ErrorBadNamedCapture, "invalid named capture"}};
    for (const auto& [code, text] : words) {
        if (pattern.error_code() == code) {
            return "error parsing regexp: " + std::string{text} + ": `" + pattern.error_arg() + "`";
        }
    }
    return pattern.error_code() == re2::RE2::ErrorTrailingBackslash
               ? "error parsing regexp: trailing backslash at end of expression: ``"
               : "error parsing regexp: " + pattern.error();
}

class StructuralCheck {
public:
    explicit StructuralCheck(FieldErrors& errors) : errors_{errors} {}

    void check(const JSONSchemaProps& schema, SchemaLevel level, const Path& path) {
        const auto items = items_of(schema);
        if (schema.type == "array" && !(items && items->schema)) {
            errors_.push_back(api::required_value(path / "items", "must be specified"));
        }
        if (items && items->schema) {
            check(*items->schema, SchemaLevel::Item, path / "items");
        }
        for (const auto& [name, each] : schema.properties) {
            check(each, SchemaLevel::Field, (path / "properties").key(name));
        }
        const auto additional = schema_or_bool(schema.additionalProperties);
        if (additional) {
            const Path at = path / "additionalProperties";
            if (level == SchemaLevel::Root) {
                errors_.push_back(api::forbidden_value(at, "must not be used at the root"));
            }
            if (additional->schema) {
                check(*additional->schema, SchemaLevel::Field, at);
            }
        }
        check_extensions(schema, path);
        const bool skip_first =
            !schema.allOf.empty() && is_int_or_string_list(schema.allOf[0].anyOf);
        check_values(schema, is_int_or_string_list(schema.anyOf), skip_first, path);
        check_type(schema, level, path);
        if (schema.x_kubernetes_embedded_resource && additional) {
            errors_.push_back(
                api::forbidden_value(path / "additionalProperties",
                                     "must not be used if x-kubernetes-embedded-resource is set"));
        }
        check_resource_fields(schema, level, path);
        if (schema.x_kubernetes_embedded_resource && !preserves_unknown(schema) &&
            schema.properties.empty()) {
            errors_.push_back(api::required_value(
                path / "properties",
                "must not be empty if x-kubernetes-embedded-resource is true without "
                "x-kubernetes-preserve-unknown-fields"));
        }
    }

    /// Checks that what the junctors say of parts stands in the skeleton, too.
    void check_complete(const JSONSchemaProps& values, const JSONSchemaProps& skeleton,
                        const Path& at, const Path& said) {
        if (values.not_) {
            check_nested_complete(*values.not_, &skeleton, at, said / "not");
        }
        const auto each_of = [&](const std::vector<JSONSchemaProps>& list, std::string_view name) {
            for (std::size_t i = 0; i < list.size(); ++i) {
                check_nested_complete(list[i], &skeleton, at, (said / name)[i]);
            }
        };
        each_of(values.allOf, "allOf");
        each_of(values.anyOf, "anyOf");
        each_of(values.oneOf, "oneOf");
    }

private:
    void require_definition(const Path& at, const Path& said) {
        errors_.push_back(
            api::required_value(at, "because it is defined in " + std::string{said.text()}));
    }

    void check_nested_complete(const JSONSchemaProps& values, const JSONSchemaProps* skeleton,
                               const Path& at, const Path& said) {
        if (skeleton == nullptr) {
            require_definition(at, said);
            return;
        }
        check_complete(values, *skeleton, at, said);
        if (const auto items = items_of(values); items && items->schema) {
            const auto below = items_of(*skeleton);
            check_nested_complete(*items->schema,
                                  below && below->schema ? &*below->schema : nullptr, at / "items",
                                  said / "items");
        }
        for (const auto& [name, each] : values.properties) {
            const auto found = skeleton->properties.find(name);
            const Path field = (at / "properties").key(name);
            const Path said_field = (said / "properties").key(name);
            if (found == skeleton->properties.end()) {
                require_definition(field, said_field);
            } else {
                check_nested_complete(each, &found->second, field, said_field);
            }
        }
    }

    void check_extensions(const JSONSchemaProps& schema, const Path& path) {
        constexpr std::string_view detail = "must be false if x-kubernetes-int-or-string is true";
        if (schema.x_kubernetes_int_or_string && preserves_unknown(schema)) {
            errors_.push_back(api::invalid_literal(path / "x-kubernetes-preserve-unknown-fields",
                                                   "true", detail));
        }
        if (schema.x_kubernetes_int_or_string && schema.x_kubernetes_embedded_resource) {
            errors_.push_back(
                api::invalid_literal(path / "x-kubernetes-embedded-resource", "true", detail));
        }
    }

    void check_type(const JSONSchemaProps& schema, SchemaLevel level, const Path& path) {
        const Path at = path / "type";
        if (schema.x_kubernetes_embedded_resource && schema.type != "object") {
            constexpr std::string_view detail =
                "must be object if x-kubernetes-embedded-resource is true";
            errors_.push_back(schema.type.empty() ? api::required_value(at, detail)
                                                  : api::invalid_value(at, schema.type, detail));
        } else if (schema.type.empty() && !schema.x_kubernetes_int_or_string &&
                   !preserves_unknown(schema)) {
            errors_.push_back(api::required_value(
                at, level == SchemaLevel::Root   ? "must not be empty at the root"
                    : level == SchemaLevel::Item ? "must not be empty for specified array items"
                                                 : "must not be empty for specified object "
                                                   "fields"));
        }
        if (level == SchemaLevel::Root && !schema.type.empty() && schema.type != "object") {
            errors_.push_back(api::invalid_value(at, schema.type, "must be object at the root"));
        }
    }

    // What stands in the schema of a whole resource.
    void check_resource_fields(const JSONSchemaProps& schema, SchemaLevel level, const Path& path) {
        const bool resource = level == SchemaLevel::Root || schema.x_kubernetes_embedded_resource;
        for (const std::string name : {"kind", "apiVersion"}) {
            const auto found = schema.properties.find(name);
            if (resource && found != schema.properties.end() && found->second.type != "string") {
                errors_.push_back(api::invalid_value((path / "properties").key(name) / "type",
                                                     found->second.type, "must be string"));
            }
        }
        const auto metadata = schema.properties.find("metadata");
        if (metadata == schema.properties.end()) {
            return;
        }
        const Path at = (path / "properties").key("metadata");
        if (resource && metadata->second.type != "object") {
            errors_.push_back(
                api::invalid_value(at / "type", metadata->second.type, "must be object"));
        }
        if (level == SchemaLevel::Root && !is_bare_metadata(metadata->second)) {
            errors_.push_back(api::forbidden_value(
                at,
                "must not specify anything other than name and generateName, but metadata is "
                "implicitly specified"));
        }
    }

    static bool is_bare_metadata(JSONSchemaProps metadata) {
        const auto& properties = metadata.properties;
        const auto known =
            static_cast<std::size_t>(properties.count("name") + properties.count("generateName"));
        if (known > 0 && properties.size() == known) {
            metadata.properties.clear();
        }
        metadata.type.clear();
        metadata.default_ = nullptr;
        return schema_json(metadata) == schema_json(JSONSchemaProps{});
    }

    void check_values(const JSONSchemaProps& schema, bool skip_any_of, bool skip_first_all_of,
                      const Path& path) {
        if (!skip_any_of) {
            for (std::size_t i = 0; i < schema.anyOf.size(); ++i) {
                check_nested(schema.anyOf[i], false, (path / "anyOf")[i]);
            }
        }
        for (std::size_t i = 0; i < schema.allOf.size(); ++i) {
            check_nested(schema.allOf[i], skip_first_all_of && i == 0, (path / "allOf")[i]);
        }
        for (std::size_t i = 0; i < schema.oneOf.size(); ++i) {
            check_nested(schema.oneOf[i], false, (path / "oneOf")[i]);
        }
        if (schema.not_) {
            check_nested(*schema.not_, false, path / "not");
        }
        if (!schema.pattern.empty()) {
            const re2::RE2 pattern{schema.pattern, re2::RE2::Quiet};
            if (!pattern.ok()) {
                errors_.push_back(api::invalid_value(
                    path / "pattern", schema.pattern,
                    "must be a valid regular expression, but isn't: " + regexp_problem(pattern)));
            }
        }
    }

    void forbid(bool set, const Path& path, std::string_view detail) {
        if (set) {
            errors_.push_back(api::forbidden_value(path, detail));
        }
    }

    void check_nested(const JSONSchemaProps& schema, bool skip_any_of, const Path& path) {
        check_values(schema, skip_any_of, false, path);
        if (const auto items = items_of(schema); items && items->schema) {
            check_nested(*items->schema, false, path / "items");
        }
        for (const auto& [name, each] : schema.properties) {
            check_nested(each, false, (path / "properties").key(name));
        }
        forbid(!schema.type.empty(), path / "type", must_be_empty);
        const auto additional = schema_or_bool(schema.additionalProperties);
        forbid(additional && additional->allows, path / "additionalProperties", must_be_undefined);
        forbid(!schema.default_.is_null(), path / "default", must_be_undefined);
        forbid(!schema.title.empty(), path / "title", must_be_empty);
        forbid(!schema.description.empty(), path / "description", must_be_empty);
        forbid(schema.nullable, path / "nullable", must_be_false);
        forbid(preserves_unknown(schema), path / "x-kubernetes-preserve-unknown-fields",
               must_be_false);
        forbid(schema.x_kubernetes_embedded_resource, path / "x-kubernetes-embedded-resource",
               must_be_false);
        forbid(schema.x_kubernetes_int_or_string, path / "x-kubernetes-int-or-string",
               must_be_false);
        forbid(!schema.x_kubernetes_list_map_keys.empty(), path / "x-kubernetes-list-map-keys",
               must_be_empty);
        forbid(schema.x_kubernetes_list_type.has_value(), path / "x-kubernetes-list-type",
               must_be_undefined);
        forbid(schema.x_kubernetes_map_type.has_value(), path / "x-kubernetes-map-type",
               must_be_undefined);
        forbid(!schema.x_kubernetes_validations.empty(), path / "x-kubernetes-validations",
               must_be_empty);
        forbid(schema.properties.contains("metadata"), (path / "properties").key("metadata"),
               "must not be specified in a nested context");
    }

    FieldErrors& errors_;
};

/// Names the type of a JSON value as JSON Schema does.
std::string schema_type_of(const boost::json::value& value) {
    switch (value.kind()) {
        case boost::json::kind::object:
            return "object";
        case boost::json::kind::array:
            return "array";
        case boost::json::kind::string:
            return "string";
        case boost::json::kind::bool_:
            return "boolean";
        case boost::json::kind::null:
            return "null";
        case boost::json::kind::double_:
            return std::floor(value.get_double()) == value.get_double() ? "integer" : "number";
        default:
            return "integer";
    }
}

bool has_unknown_fields(const boost::json::value& value, const JSONSchemaProps& schema) {
    const auto items = items_of(schema);
    if (const auto* list = value.if_array()) {
        return std::any_of(list->begin(), list->end(), [&](const auto& each) {
            return items && items->schema && has_unknown_fields(each, *items->schema);
        });
    }
    const auto* fields = value.if_object();
    if (fields == nullptr) {
        return false;
    }
    const auto additional = schema_or_bool(schema.additionalProperties);
    return std::any_of(fields->begin(), fields->end(), [&](const auto& field) {
        const auto found = schema.properties.find(std::string{field.key()});
        if (found != schema.properties.end()) {
            return has_unknown_fields(field.value(), found->second);
        }
        if (additional && additional->schema) {
            return has_unknown_fields(field.value(), *additional->schema);
        }
        return !(additional && additional->allows) && !preserves_unknown(schema);
    });
}

/// Checks a default against its schema, as the validator of OpenAPI does.
class DefaultCheck {
public:
    DefaultCheck(FieldErrors& errors, const Path& path) : errors_{errors}, path_{path} {}

    /// `name` is the place within the default: "a.b[0]"; empty: the default itself.
    void check(const boost::json::value& value, const JSONSchemaProps& schema,
               const std::string& name) {
        const std::string type = schema_type_of(value);
        const bool fits = schema.type.empty() || type == schema.type ||
                          (type == "integer" && schema.type == "number") ||
                          (type == "null" && schema.nullable);
        if (!fits) {
            errors_.push_back({.reason = "FieldValueTypeInvalid",
                               .message = "Invalid value: \"" + type + "\": " + name +
                                          " in body must be of type " + schema.type + ": \"" +
                                          type + "\"",
                               .field = field(name)});
            return;
        }
        check_enumeration(value, schema, name);
        if (value.is_number()) {
            check_number(value, schema, name);
        } else if (value.is_string()) {
            check_text(std::string{value.get_string()}, schema, name);
        } else if (const auto* list = value.if_array()) {
            check_list(*list, schema, name);
        } else if (const auto* fields = value.if_object()) {
            check_fields(*fields, schema, name);
        }
    }

private:
    [[nodiscard]] std::string field(const std::string& name) const {
        return name.empty() ? path_.text() : path_.text() + "." + name;
    }

    void refuse(const std::string& name, const std::string& literal, const std::string& what) {
        errors_.push_back(
            api::invalid_literal(field(name), literal, name + " in body should " + what));
    }

    void check_enumeration(const boost::json::value& value, const JSONSchemaProps& schema,
                           const std::string& name) {
        const auto& options = schema.enum_;
        if (options.empty() || std::find(options.begin(), options.end(), value) != options.end()) {
            return;
        }
        std::vector<std::string> texts;
        for (const auto& each : options) {
            texts.push_back(text_or_json(each));
        }
        errors_.push_back(api::unsupported_value(field(name), text_or_json(value), texts));
    }

    static std::string text_or_json(const boost::json::value& value) {
        return value.is_string() ? std::string{value.get_string()} : codec::to_text(value);
    }

    void check_number(const boost::json::value& value, const JSONSchemaProps& schema,
                      const std::string& name) {
        const auto number = value.to_number<double>();
        const auto bound = [](const boost::json::value& limit) {
            return limit.to_number<double>();
        };
        if (schema.maximum.is_number() &&
            (number > bound(schema.maximum) ||
             (schema.exclusiveMaximum && number == bound(schema.maximum)))) {
            refuse(name, codec::to_text(value),
                   (schema.exclusiveMaximum ? "be less than " : "be less than or equal to ") +
                       codec::to_text(schema.maximum));
        }
        if (schema.minimum.is_number() &&
            (number < bound(schema.minimum) ||
             (schema.exclusiveMinimum && number == bound(schema.minimum)))) {
            refuse(name, codec::to_text(value),
                   (schema.exclusiveMinimum ? "be greater than " : "be greater than or equal to ") +
                       codec::to_text(schema.minimum));
        }
        if (schema.multipleOf.is_number() && bound(schema.multipleOf) > 0 &&
            std::fmod(number, bound(schema.multipleOf)) != 0) {
            refuse(name, codec::to_text(value),
                   "be a multiple of " + codec::to_text(schema.multipleOf));
        }
    }

    // Only the first of these is told.
    void check_text(const std::string& text, const JSONSchemaProps& schema,
                    const std::string& name) {
        const auto length = std::count_if(text.begin(), text.end(), [](char each) {
            return (static_cast<unsigned char>(each) & 0xC0U) != 0x80U;
        });
        const re2::RE2 pattern{schema.pattern, re2::RE2::Quiet};
        if (schema.maxLength && length > *schema.maxLength) {
            errors_.push_back(api::too_long_value(field(name), *schema.maxLength));
        } else if (schema.minLength && length < *schema.minLength) {
            refuse(name, api::quoted(text),
                   "be at least " + std::to_string(*schema.minLength) + " chars long");
        } else if (!schema.pattern.empty() && pattern.ok() &&
                   !re2::RE2::PartialMatch(text, pattern)) {
            refuse(name, api::quoted(text), "match '" + schema.pattern + "'");
        }
    }

    void check_list(const boost::json::array& list, const JSONSchemaProps& schema,
                    const std::string& name) {
        const auto size = static_cast<std::int64_t>(list.size());
        const auto items = items_of(schema);
        for (std::size_t i = 0; items && items->schema && i < list.size(); ++i) {
            check(list[i], *items->schema, name + "[" + std::to_string(i) + "]");
        }
        if (schema.minItems && size < *schema.minItems) {
            refuse(name, std::to_string(size),
                   "have at least " + std::to_string(*schema.minItems) + " items");
        }
        if (schema.maxItems && size > *schema.maxItems) {
            errors_.push_back(
                *schema.maxItems >= 0
                    ? api::too_many_values(field(name), size, *schema.maxItems)
                    : Cause{.reason = "FieldValueTooMany",
                            .message = "Too many: " + std::to_string(size) + ": has too many items",
                            .field = field(name)});
        }
    }

    void check_fields(const boost::json::object& fields, const JSONSchemaProps& schema,
                      const std::string& name) {
        const std::string before = name.empty() ? "" : name + ".";
        for (const std::string& required : schema.required) {
            if (!fields.contains(required)) {
                errors_.push_back(api::required_value(field(before + required), ""));
            }
        }
        const auto additional = schema_or_bool(schema.additionalProperties);
        for (const auto& each : fields) {
            const std::string key{each.key()};
            const auto found = schema.properties.find(key);
            if (found != schema.properties.end()) {
                check(each.value(), found->second, before + key);
            } else if (additional && additional->schema) {
                check(each.value(), *additional->schema, before + key);
            }
        }
    }

    FieldErrors& errors_;
    const Path path_;
};

void check_defaults(FieldErrors& errors, const JSONSchemaProps& schema, const Path& path) {
    if (!schema.default_.is_null()) {
        if (has_unknown_fields(schema.default_, schema)) {
            errors.push_back(api::invalid_literal(path / "default", codec::to_text(schema.default_),
                                                  "must not have unknown fields"));
        }
        DefaultCheck{errors, path / "default"}.check(schema.default_, schema, "");
    }
    if (const auto items = items_of(schema); items && items->schema) {
        check_defaults(errors, *items->schema, path / "items");
    }
    for (const auto& [name, each] : schema.properties) {
        check_defaults(errors, each, (path / "properties").key(name));
    }
}

std::optional<std::string> own_obstacle(const JSONSchemaProps& schema) {
    const auto unsupported = [](std::string_view field) {
        return "OpenAPIV3Schema '" + std::string{field} + "' is not supported";
    };
    if (!schema.id.empty()) {
        return unsupported("id");
    }
    if (!schema.schema.empty()) {
        return unsupported("schema");
    }
    if (schema.ref && !schema.ref->empty()) {
        return unsupported("$ref");
    }
    if (!schema.patternProperties.empty()) {
        return unsupported("patternProperties");
    }
    if (!schema.dependencies.empty()) {
        return unsupported("dependencies");
    }
    if (!schema.additionalItems.is_null()) {
        return unsupported("additionalItems");
    }
    if (!schema.definitions.empty()) {
        return unsupported("definitions");
    }
    if (schema.x_kubernetes_preserve_unknown_fields == false) {
        return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
    }
    if (const auto items = items_of(schema); items && !items->list.empty()) {
        return "OpenAPIV3Schema 'items' must be a schema, but is an array";
    }
    return {};
}

}  // namespace

std::optional<std::string> structural_obstacle(const JSONSchemaProps& schema) {
    std::optional<std::string> obstacle;
    any_schema(schema, [&](const JSONSchemaProps& each) {
        obstacle = own_obstacle(each);
        return obstacle.has_value();
    });
    return obstacle;
}

FieldErrors validate_structural(const JSONSchemaProps& schema, const Path& path) {
    FieldErrors errors;
    StructuralCheck check{errors};
    check.check(schema, SchemaLevel::Root, path);
    check.check_complete(schema, schema, path, path);
    std::stable_sort(errors.begin(), errors.end(), [](const Cause& left, const Cause& right) {
        return api::to_string(left) < api::to_string(right);
    });
    return errors;
}

FieldErrors validate_schema_defaults(const JSONSchemaProps& schema, const Path& path) {
    FieldErrors errors;
    check_defaults(errors, schema, path);
    return errors;
}

}  // namespace wavetank::registry
