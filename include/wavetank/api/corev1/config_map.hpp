#pragma once

/// \file
/// Settings and secrets that pods read: data by key.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names. Bytes are base64, as in JSON;
/// the absent value is JSON's null.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/scheme.hpp>

#include <map>
#include <optional>
#include <string>

namespace wavetank::api::corev1 {

/// Bytes by key, as base64.
using BytesMap = std::map<std::string, std::optional<std::string>>;

/// Kubernetes' kind `ConfigMap` of `v1`.
struct ConfigMap {
    metav1::ObjectMeta metadata{};
    std::optional<bool> immutable{};
    StringMap data{};
    BytesMap binaryData{};
};
BOOST_DESCRIBE_STRUCT(ConfigMap, (), (metadata, immutable, data, binaryData))

/// Kubernetes' kind `Secret` of `v1`.
struct Secret {
    metav1::ObjectMeta metadata{};
    std::optional<bool> immutable{};
    BytesMap data{};
    StringMap stringData{};  ///< only in requests: what is stored is in `data`
    std::string type{};
};
BOOST_DESCRIBE_STRUCT(Secret, (), (metadata, immutable, data, stringData, type))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::ConfigMap> = "ConfigMap";
template <>
inline constexpr KindInfo kind_info<corev1::ConfigMap>{.version = "v1",
                                                       .kind = "ConfigMap",
                                                       .plural = "configmaps",
                                                       .singular = "configmap",
                                                       .short_name = "cm"};
template <>
inline constexpr std::string_view type_name<corev1::Secret> = "Secret";
template <>
inline constexpr KindInfo kind_info<corev1::Secret>{
    .version = "v1", .kind = "Secret", .plural = "secrets", .singular = "secret"};

}  // namespace wavetank::api
