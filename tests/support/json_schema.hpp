#pragma once

/// \file
/// As much of JSON Schema as the report's schema uses, for tests.

#include <boost/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace wavetank::test {

/// Collects what of `value` does not follow `schema`, each with its path. Knows type, properties,
/// required, additionalProperties, items, enum, minimum and $ref into $defs.
class SchemaCheck {
public:
    explicit SchemaCheck(const boost::json::object& root) : root_(root) {}

    std::vector<std::string> complaints(const boost::json::value& value) {
        check(root_, value, "$");
        return complaints_;
    }

private:
    using Object = boost::json::object;
    using Value = boost::json::value;

    static std::string text_of(const Value& value) {
        return boost::json::value_to<std::string>(value);
    }

    void check(const Object& schema, const Value& value, const std::string& path) {
        if (const Value* reference = schema.if_contains("$ref")) {
            const std::string name = text_of(*reference).substr(sizeof("#/$defs/") - 1);
            check(root_.at("$defs").as_object().at(name).as_object(), value, path);
            return;
        }
        const std::string type = text_of(schema.at("type"));
        if (!has_type(value, type)) {
            complaints_.push_back(path + " is no " + type);
            return;
        }
        if (const Value* allowed = schema.if_contains("enum")) {
            const auto& values = allowed->as_array();
            if (std::find(values.begin(), values.end(), value) == values.end()) {
                complaints_.push_back(path + " is none of the allowed values");
            }
        }
        if (schema.contains("minimum") && value.is_int64() && value.as_int64() < 0) {
            complaints_.push_back(path + " is negative");
        }
        if (value.is_object()) {
            check_members(schema, value.as_object(), path);
        }
        if (value.is_array()) {
            std::size_t index = 0;
            for (const Value& item : value.as_array()) {
                check(schema.at("items").as_object(), item,
                      path + "[" + std::to_string(index++) + "]");
            }
        }
    }

    void check_members(const Object& schema, const Object& object, const std::string& path) {
        if (const Object* of_each = schema.at("additionalProperties").if_object()) {
            for (const auto& [name, member] : object) {
                check(*of_each, member, path + "." + std::string{name});
            }
            return;
        }
        const Object& properties = schema.at("properties").as_object();
        for (const Value& name : schema.at("required").as_array()) {
            if (!object.contains(name.as_string())) {
                complaints_.push_back(path + " lacks " + text_of(name));
            }
        }
        for (const auto& [name, member] : object) {
            if (const Value* known = properties.if_contains(name)) {
                check(known->as_object(), member, path + "." + std::string{name});
            } else {
                complaints_.push_back(path + " has the unknown " + std::string{name});
            }
        }
    }

    static bool has_type(const Value& value, const std::string& type) {
        return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
               (type == "string" && value.is_string()) || (type == "boolean" && value.is_bool()) ||
               (type == "number" && value.is_number()) ||
               (type == "integer" && (value.is_int64() || value.is_uint64()));
    }

    const Object& root_;
    std::vector<std::string> complaints_;
};

}  // namespace wavetank::test
