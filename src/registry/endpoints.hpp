#pragma once

/// \file
/// The rules of Endpoints.

#include "registry/json_kind.hpp"

#include <wavetank/api/corev1/endpoints.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::corev1::Endpoints> : JsonRules<api::corev1::Endpoints> {
    using Endpoints = api::corev1::Endpoints;
    static constexpr bool checks_whole_update = true;
    static constexpr bool created_by_put = true;
    static constexpr bool warns_of_age = true;
    static void set_defaults(Cluster& cluster, Endpoints& object);
    static FieldErrors validate(Cluster& cluster, const Endpoints& object, const Endpoints* old);
    static std::vector<std::string> warnings(const Endpoints& object);
    static std::vector<std::string> update_warnings(const Endpoints& next, const Endpoints& old);
};

}  // namespace wavetank::registry
