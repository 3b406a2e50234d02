#include "registry/crd/common_parts.hpp"

#include "registry/crd/schema_parts.hpp"

#include <wavetank/codec/json.hpp>

#include <algorithm>

namespace wavetank::registry {
namespace {

using api::apiextensionsv1::CustomResourceColumnDefinition;
using api::apiextensionsv1::CustomResourceDefinitionSpec;
using api::apiextensionsv1::CustomResourceDefinitionVersion;
using api::apiextensionsv1::CustomResourceSubresources;
using api::apiextensionsv1::CustomResourceValidation;
using api::apiextensionsv1::SelectableField;

boost::json::value json_of(const std::optional<CustomResourceValidation>& schema) {
    return schema ? codec::encode(api::type_info<CustomResourceValidation>(), &*schema)
                  : boost::json::value{};
}

std::string columns_json(const std::vector<CustomResourceColumnDefinition>& columns) {
    std::string list;
    for (const auto& each : columns) {
        list += (list.empty() ? "" : ",") + ("{\"Name\":" + api::json_quoted(each.name)) +
                ",\"Type\":" + api::json_quoted(each.type) +
                ",\"Format\":" + api::json_quoted(each.format) +
                ",\"Description\":" + api::json_quoted(each.description) +
                ",\"Priority\":" + std::to_string(each.priority) +
                ",\"JSONPath\":" + api::json_quoted(each.jsonPath) + "}";
    }
    return list.empty() ? "null" : "[" + list + "]";
}

std::string subresources_json(const std::optional<CustomResourceSubresources>& subresources) {
    if (!subresources) {
        return "null";
    }
    std::string scale = "null";
    if (const auto& held = subresources->scale) {
        scale = "{\"SpecReplicasPath\":" + api::json_quoted(held->specReplicasPath) +
                ",\"StatusReplicasPath\":" + api::json_quoted(held->statusReplicasPath) +
                ",\"LabelSelectorPath\":" +
                (held->labelSelectorPath ? api::json_quoted(*held->labelSelectorPath) : "null") +
                "}";
    }
    return "{\"Status\":" + std::string{subresources->status ? "{}" : "null"} +
           ",\"Scale\":" + scale + "}";
}

}  // namespace

CommonParts common_parts_of(const CustomResourceDefinitionSpec& spec) {
    CommonParts parts{.versions = spec.versions};
    if (spec.versions.empty()) {
        return parts;
    }
    const CustomResourceDefinitionVersion& first = spec.versions.front();
    const boost::json::value schema = json_of(first.schema);
    const auto same = [&](auto matches) { return std::ranges::all_of(spec.versions, matches); };
    if (same([&](const auto& each) { return json_of(each.schema) == schema; })) {
        parts.schema = first.schema;
        for (auto& version : parts.versions) {
            version.schema.reset();
        }
    }
    if (same([&](const auto& each) { return each.subresources == first.subresources; })) {
        parts.subresources = first.subresources;
        for (auto& version : parts.versions) {
            version.subresources.reset();
        }
    }
    if (same([&](const auto& each) {
            return each.additionalPrinterColumns == first.additionalPrinterColumns;
        })) {
        parts.columns = first.additionalPrinterColumns;
        for (auto& version : parts.versions) {
            version.additionalPrinterColumns.clear();
        }
    }
    if (same([&](const auto& each) { return each.selectableFields == first.selectableFields; })) {
        parts.selectable = first.selectableFields;
        for (auto& version : parts.versions) {
            version.selectableFields.clear();
        }
    }
    return parts;
}

std::string versions_json(const api::GivenList<CustomResourceDefinitionVersion>& versions) {
    const auto flag = [](bool value) { return value ? "true" : "false"; };
    std::string list;
    for (const auto& each : versions) {
        std::string schema = "null";
        if (each.schema) {
            schema = "{\"OpenAPIV3Schema\":" +
                     (each.schema->openAPIV3Schema ? schema_json(*each.schema->openAPIV3Schema)
                                                   : "null") +
                     "}";
        }
        std::string selectable;
        for (const SelectableField& field : each.selectableFields) {
            selectable += (selectable.empty() ? "" : ",") +
                          ("{\"JSONPath\":" + api::json_quoted(field.jsonPath) + "}");
        }
        list +=
            (list.empty() ? "" : ",") + ("{\"Name\":" + api::json_quoted(each.name)) +
            ",\"Served\":" + flag(each.served) + ",\"Storage\":" + flag(each.storage) +
            ",\"Deprecated\":" + flag(each.deprecated) + ",\"DeprecationWarning\":" +
            (each.deprecationWarning ? api::json_quoted(*each.deprecationWarning) : "null") +
            ",\"Schema\":" + schema + ",\"Subresources\":" + subresources_json(each.subresources) +
            ",\"AdditionalPrinterColumns\":" + columns_json(each.additionalPrinterColumns) +
            ",\"SelectableFields\":" + (selectable.empty() ? "null" : "[" + selectable + "]") + "}";
    }
    return list.empty() && !versions.given ? "null" : "[" + list + "]";
}

}  // namespace wavetank::registry
