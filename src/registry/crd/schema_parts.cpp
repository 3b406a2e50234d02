#include "registry/crd/schema_parts.hpp"

#include "registry/errors.hpp"

#include <wavetank/codec/json.hpp>

#include <array>

namespace wavetank::registry {
namespace {

using boost::json::value;

std::string_view json_kind_word(const value& part) {
    switch (part.kind()) {
        case boost::json::kind::object:
            return "object";
        case boost::json::kind::array:
            return "array";
        case boost::json::kind::string:
            return "string";
        case boost::json::kind::bool_:
            return "bool";
        case boost::json::kind::null:
            return "null";
        default:
            return "number";
    }
}

Error wrong_part(const value& part, std::string_view go_type) {
    return bad_request_error("json: cannot unmarshal " + std::string{json_kind_word(part)} +
                             " into Go value of type " + std::string{go_type});
}

/// Reads a schema that stands in a part, and puts it back normalized.
Result<> normalize_part(value& part) {
    codec::Diagnostics diagnostics;
    JSONSchemaProps schema;
    codec::decode(api::type_info<JSONSchemaProps>(), &schema, part,
                  {.mode = codec::Mode::Lenient, .unknown_fields = codec::UnknownFields::Drop},
                  diagnostics);
    if (diagnostics.has_errors()) {
        return diagnostics.to_error();
    }
    if (auto normalized = normalize_schema(schema); !normalized) {
        return normalized;
    }
    part = codec::encode(api::type_info<JSONSchemaProps>(), &schema);
    return {};
}

Result<> normalize_list(value& part) {
    for (value& each : part.get_array()) {
        if (auto normalized = normalize_part(each); !normalized) {
            return normalized;
        }
    }
    return {};
}

Result<> normalize_schema_or_bool(value& part) {
    if (part.is_object()) {
        return normalize_part(part);
    }
    if (!part.is_null() && !part.is_bool()) {
        return bad_request_error("json: cannot unmarshal: boolean or JSON schema expected");
    }
    return {};
}

template <class Schemas>
Result<> normalize_all(Schemas& schemas) {
    for (auto& each : schemas) {
        JSONSchemaProps* schema = nullptr;
        if constexpr (requires { each.second; }) {
            schema = &each.second;
        } else {
            schema = &each;
        }
        if (auto normalized = normalize_schema(*schema); !normalized) {
            return normalized;
        }
    }
    return {};
}

/// Writes the fields of a Go struct in order.
class GoStructJson {
public:
    void add(std::string_view name, const std::string& literal) {
        text_ += (text_.empty() ? "{\"" : ",\"") + std::string{name} + "\":" + literal;
    }
    void add(std::string_view name, bool flag) {
        add(name, std::string{flag ? "true" : "false"});
    }
    void add_text(std::string_view name, const std::string& text) {
        add(name, api::json_quoted(text));
    }
    void add_json(std::string_view name, const value& json) {
        add(name, codec::to_text(json));
    }
    void add_number(std::string_view name, const std::optional<std::int64_t>& number) {
        add(name, number ? std::to_string(*number) : "null");
    }
    void add_optional(std::string_view name, const std::optional<std::string>& text) {
        add(name, text ? api::json_quoted(*text) : "null");
    }
    void add_texts(std::string_view name, const std::vector<std::string>& texts) {
        add(name, texts.empty() ? "null" : json_list(texts));
    }
    void add_schemas(std::string_view name, const std::vector<JSONSchemaProps>& schemas) {
        std::string list;
        for (const JSONSchemaProps& each : schemas) {
            list += (list.empty() ? "" : ",") + schema_json(each);
        }
        add(name, schemas.empty() ? "null" : "[" + list + "]");
    }
    void add_schema_map(std::string_view name, const std::map<std::string, JSONSchemaProps>& map) {
        std::string list;
        for (const auto& [key, schema] : map) {
            list += (list.empty() ? "" : ",") + api::json_quoted(key) + ":" + schema_json(schema);
        }
        add(name, map.empty() ? "null" : "{" + list + "}");
    }
    void add_schema_or_bool(std::string_view name, const value& part) {
        const auto held = schema_or_bool(part);
        add(name, held ? "{\"Allows\":" + std::string{held->allows ? "true" : "false"} +
                             ",\"Schema\":" + (held->schema ? schema_json(*held->schema) : "null") +
                             "}"
                       : "null");
    }
    [[nodiscard]] std::string text() const {
        return text_ + "}";
    }

private:
    std::string text_;
};

std::string items_json(const JSONSchemaProps& schema) {
    const auto items = items_of(schema);
    if (!items) {
        return "null";
    }
    GoStructJson json;
    json.add("Schema", items->schema ? schema_json(*items->schema) : "null");
    json.add_schemas("JSONSchemas", items->list);
    return json.text();
}

std::string dependencies_json(const JSONSchemaProps& schema) {
    if (schema.dependencies.empty()) {
        return "null";
    }
    std::string list;
    for (const auto& [key, part] : schema.dependencies) {
        GoStructJson json;
        json.add("Schema", part.is_object() ? schema_json(schema_from(part)) : "null");
        json.add("Property", part.is_array() ? codec::to_text(part) : "null");
        list += (list.empty() ? "" : ",") + api::json_quoted(key) + ":" + json.text();
    }
    return "{" + list + "}";
}

}  // namespace

JSONSchemaProps schema_from(const value& json) {
    codec::Diagnostics ignored;
    JSONSchemaProps schema;
    codec::decode(api::type_info<JSONSchemaProps>(), &schema, json,
                  {.mode = codec::Mode::Lenient, .unknown_fields = codec::UnknownFields::Drop},
                  ignored);
    return schema;
}

std::optional<SchemaItems> items_of(const JSONSchemaProps& schema) {
    if (schema.items.is_null()) {
        return {};
    }
    SchemaItems items;
    if (schema.items.is_object()) {
        items.schema = schema_from(schema.items);
    } else if (const auto* list = schema.items.if_array()) {
        for (const value& each : *list) {
            items.list.push_back(schema_from(each));
        }
    }
    return items;
}

std::optional<SchemaOrBool> schema_or_bool(const value& json) {
    if (json.is_null()) {
        return {};
    }
    if (json.is_object()) {
        return SchemaOrBool{true, schema_from(json)};
    }
    return SchemaOrBool{json.is_bool() && json.get_bool(), {}};
}

Result<> normalize_schema(JSONSchemaProps& schema) {
    for (const value* number : {&schema.maximum, &schema.minimum, &schema.multipleOf}) {
        if (!number->is_null() && !number->is_number()) {
            return wrong_part(*number, "float64");
        }
    }
    if (schema.items.is_object()) {
        if (auto normalized = normalize_part(schema.items); !normalized) {
            return normalized;
        }
    } else if (schema.items.is_array()) {
        if (auto normalized = normalize_list(schema.items); !normalized) {
            return normalized;
        }
    }
    for (value* part : {&schema.additionalProperties, &schema.additionalItems}) {
        if (auto normalized = normalize_schema_or_bool(*part); !normalized) {
            return normalized;
        }
    }
    for (auto& [key, part] : schema.dependencies) {
        if (part.is_object()) {
            if (auto normalized = normalize_part(part); !normalized) {
                return normalized;
            }
        }
    }
    for (auto* schemas : {&schema.allOf, &schema.oneOf, &schema.anyOf}) {
        if (auto normalized = normalize_all(*schemas); !normalized) {
            return normalized;
        }
    }
    for (auto* schemas : {&schema.properties, &schema.patternProperties, &schema.definitions}) {
        if (auto normalized = normalize_all(*schemas); !normalized) {
            return normalized;
        }
    }
    return schema.not_ ? normalize_schema(*schema.not_) : Result<>{};
}

bool any_schema(const JSONSchemaProps& schema,
                const std::function<bool(const JSONSchemaProps&)>& visit) {
    if (visit(schema)) {
        return true;
    }
    const auto in_list = [&](const std::vector<JSONSchemaProps>& schemas) {
        return std::any_of(schemas.begin(), schemas.end(),
                           [&](const JSONSchemaProps& each) { return any_schema(each, visit); });
    };
    const auto in_map = [&](const std::map<std::string, JSONSchemaProps>& schemas) {
        return std::any_of(schemas.begin(), schemas.end(),
                           [&](const auto& each) { return any_schema(each.second, visit); });
    };
    const auto in_part = [&](const value& part) {
        return part.is_object() && any_schema(schema_from(part), visit);
    };
    const auto items = items_of(schema);
    if (items && ((items->schema && any_schema(*items->schema, visit)) || in_list(items->list))) {
        return true;
    }
    if (in_list(schema.allOf) || in_list(schema.anyOf) || in_list(schema.oneOf) ||
        (schema.not_ && any_schema(*schema.not_, visit)) || in_map(schema.properties) ||
        in_part(schema.additionalProperties) || in_map(schema.patternProperties) ||
        in_part(schema.additionalItems) || in_map(schema.definitions)) {
        return true;
    }
    return std::any_of(schema.dependencies.begin(), schema.dependencies.end(),
                       [&](const auto& each) { return in_part(each.second); });
}

std::string schema_json(const JSONSchemaProps& schema) {
    GoStructJson json;
    json.add_text("ID", schema.id);
    json.add_text("Schema", schema.schema);
    json.add_optional("Ref", schema.ref);
    json.add_text("Description", schema.description);
    json.add_text("Type", schema.type);
    json.add("Nullable", schema.nullable);
    json.add_text("Format", schema.format);
    json.add_text("Title", schema.title);
    json.add_json("Default", schema.default_);
    json.add_json("Maximum", schema.maximum);
    json.add("ExclusiveMaximum", schema.exclusiveMaximum);
    json.add_json("Minimum", schema.minimum);
    json.add("ExclusiveMinimum", schema.exclusiveMinimum);
    json.add_number("MaxLength", schema.maxLength);
    json.add_number("MinLength", schema.minLength);
    json.add_text("Pattern", schema.pattern);
    json.add_number("MaxItems", schema.maxItems);
    json.add_number("MinItems", schema.minItems);
    json.add("UniqueItems", schema.uniqueItems);
    json.add_json("MultipleOf", schema.multipleOf);
    json.add_json("Enum", schema.enum_.empty() ? value{}
                                               : value(boost::json::array(schema.enum_.begin(),
                                                                          schema.enum_.end())));
    json.add_number("MaxProperties", schema.maxProperties);
    json.add_number("MinProperties", schema.minProperties);
    json.add_texts("Required", schema.required);
    json.add("Items", items_json(schema));
    json.add_schemas("AllOf", schema.allOf);
    json.add_schemas("OneOf", schema.oneOf);
    json.add_schemas("AnyOf", schema.anyOf);
    json.add("Not", schema.not_ ? schema_json(*schema.not_) : "null");
    json.add_schema_map("Properties", schema.properties);
    json.add_schema_or_bool("AdditionalProperties", schema.additionalProperties);
    json.add_schema_map("PatternProperties", schema.patternProperties);
    json.add("Dependencies", dependencies_json(schema));
    json.add_schema_or_bool("AdditionalItems", schema.additionalItems);
    json.add_schema_map("Definitions", schema.definitions);
    std::string docs = "null";
    if (schema.externalDocs) {
        GoStructJson parts;
        parts.add_text("Description", schema.externalDocs->description);
        parts.add_text("URL", schema.externalDocs->url);
        docs = parts.text();
    }
    json.add("ExternalDocs", docs);
    json.add_json("Example", schema.example);
    const auto& preserves = schema.x_kubernetes_preserve_unknown_fields;
    json.add("XPreserveUnknownFields",
             std::string{preserves ? (*preserves ? "true" : "false") : "null"});
    json.add("XEmbeddedResource", schema.x_kubernetes_embedded_resource);
    json.add("XIntOrString", schema.x_kubernetes_int_or_string);
    json.add_texts("XListMapKeys", schema.x_kubernetes_list_map_keys);
    json.add_optional("XListType", schema.x_kubernetes_list_type);
    json.add_optional("XMapType", schema.x_kubernetes_map_type);
    std::string rules;
    for (const auto& rule : schema.x_kubernetes_validations) {
        rules += (rules.empty() ? "" : ",") + validation_rule_json(rule);
    }
    json.add("XValidations", rules.empty() ? "null" : "[" + rules + "]");
    return json.text();
}

std::string validation_rule_json(const api::apiextensionsv1::ValidationRule& rule) {
    GoStructJson json;
    json.add_text("Rule", rule.rule);
    json.add_text("Message", rule.message);
    json.add_text("MessageExpression", rule.messageExpression);
    json.add_optional("Reason", rule.reason);
    json.add_text("FieldPath", rule.fieldPath);
    const auto& old = rule.optionalOldSelf;
    json.add("OptionalOldSelf", std::string{old ? (*old ? "true" : "false") : "null"});
    return json.text();
}

}  // namespace wavetank::registry
