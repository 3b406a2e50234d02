#pragma once

/// \file
/// Who a pod is when it talks to the API.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/corev1/reference.hpp>
#include <wavetank/api/metav1.hpp>
#include <wavetank/api/scheme.hpp>

#include <optional>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' kind `ServiceAccount` of `v1`.
struct ServiceAccount {
    metav1::ObjectMeta metadata{};
    std::vector<ObjectReference> secrets{};
    std::vector<LocalObjectReference> imagePullSecrets{};
    std::optional<bool> automountServiceAccountToken{};
};
BOOST_DESCRIBE_STRUCT(ServiceAccount, (),
                      (metadata, secrets, imagePullSecrets, automountServiceAccountToken))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::ServiceAccount> = "ServiceAccount";
inline constexpr FieldFacts corev1_service_account_facts[] = {
    {.field = "secrets", .patch_key = "name", .list_keys = "name"},
    {.field = "imagePullSecrets", .patch_key = "name", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ServiceAccount>{
    corev1_service_account_facts};
template <>
inline constexpr KindInfo kind_info<corev1::ServiceAccount>{.version = "v1",
                                                            .kind = "ServiceAccount",
                                                            .plural = "serviceaccounts",
                                                            .singular = "serviceaccount",
                                                            .short_name = "sa"};

}  // namespace wavetank::api
