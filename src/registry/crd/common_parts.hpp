#pragma once

/// \file
/// What do the versions of a CustomResourceDefinition have in common?

#include <wavetank/api/apiextensionsv1/custom_resource_definition.hpp>

#include <optional>
#include <string>
#include <vector>

namespace wavetank::registry {

/// The spec as upstream checks it: what all versions have in common stands once, above them.
struct CommonParts {
    std::optional<api::apiextensionsv1::CustomResourceValidation> schema{};
    std::optional<api::apiextensionsv1::CustomResourceSubresources> subresources{};
    std::vector<api::apiextensionsv1::CustomResourceColumnDefinition> columns{};
    std::vector<api::apiextensionsv1::SelectableField> selectable{};
    api::GivenList<api::apiextensionsv1::CustomResourceDefinitionVersion> versions{};
};

/// Takes the versions apart.
[[nodiscard]] CommonParts common_parts_of(
    const api::apiextensionsv1::CustomResourceDefinitionSpec& spec);

/// Writes versions as upstream's errors do: internal structs, in JSON.
[[nodiscard]] std::string versions_json(
    const api::GivenList<api::apiextensionsv1::CustomResourceDefinitionVersion>& versions);

}  // namespace wavetank::registry
