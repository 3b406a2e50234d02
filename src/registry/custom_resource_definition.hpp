#pragma once

/// \file
/// The rules of CustomResourceDefinitions.

#include "registry/json_kind.hpp"

#include <wavetank/api/apiextensionsv1/custom_resource_definition.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::apiextensionsv1::CustomResourceDefinition>
    : JsonRules<api::apiextensionsv1::CustomResourceDefinition> {
    using CustomResourceDefinition = api::apiextensionsv1::CustomResourceDefinition;
    static constexpr bool updates_need_version = true;
    static constexpr bool has_status = true;
    static Result<> normalize(CustomResourceDefinition& object);
    static void set_defaults(Cluster& cluster, CustomResourceDefinition& object);
    static void prepare_create(CustomResourceDefinition& object);
    static void prepare_update(CustomResourceDefinition& next, const CustomResourceDefinition& old);
    static void prepare_status(CustomResourceDefinition& next, const CustomResourceDefinition& old);
    static FieldErrors validate(Cluster& cluster, const CustomResourceDefinition& object,
                                const CustomResourceDefinition* old);
    static FieldErrors validate_status(const CustomResourceDefinition& next,
                                       const CustomResourceDefinition& old);
    static std::vector<std::string> warnings(const CustomResourceDefinition& object);
    static std::vector<std::string> update_warnings(const CustomResourceDefinition& next,
                                                    const CustomResourceDefinition& old);
};

/// Accepts the names of a stored definition and has it served, as the API server's own controllers
/// do right after its creation. Those of another one are never taken to conflict.
void establish(api::apiextensionsv1::CustomResourceDefinition& object, api::Time now);

}  // namespace wavetank::registry
