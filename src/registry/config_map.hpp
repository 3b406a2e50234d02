#pragma once

/// \file
/// The rules of ConfigMaps and Secrets.

#include "registry/json_kind.hpp"

#include <wavetank/api/corev1/config_map.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::corev1::ConfigMap> : JsonRules<api::corev1::ConfigMap> {
    using ConfigMap = api::corev1::ConfigMap;
    static constexpr bool checks_whole_update = true;
    static Result<> normalize(ConfigMap& object);
    static FieldErrors validate(Cluster& cluster, const ConfigMap& object, const ConfigMap* old);
};

template <>
struct Rules<api::corev1::Secret> : JsonRules<api::corev1::Secret> {
    using Secret = api::corev1::Secret;
    static constexpr bool checks_whole_update = true;
    static Result<> normalize(Secret& object);
    static void set_defaults(Cluster& cluster, Secret& object);
    static FieldErrors validate(Cluster& cluster, const Secret& object, const Secret* old);
    static std::vector<std::string> warnings(const Secret& object);
    static std::vector<std::string> update_warnings(const Secret& next, const Secret& old);
};

}  // namespace wavetank::registry
