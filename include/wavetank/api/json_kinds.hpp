#pragma once

/// \file
/// The kinds that the store keeps as JSON but that have a struct: their requests are read, given
/// defaults and checked through it.

#include <wavetank/api/apiextensionsv1/custom_resource_definition.hpp>
#include <wavetank/api/corev1/config_map.hpp>
#include <wavetank/api/corev1/endpoints.hpp>
#include <wavetank/api/corev1/limit_range.hpp>
#include <wavetank/api/corev1/resource_quota.hpp>
#include <wavetank/api/corev1/service_account.hpp>
#include <wavetank/api/networkingv1/ingress.hpp>
#include <wavetank/api/networkingv1/network_policy.hpp>

namespace wavetank::api {

/// Those kinds. They are rare, and few parts of a cluster look at them.
using JsonKinds = boost::mp11::mp_list<corev1::ConfigMap, corev1::Secret, corev1::ServiceAccount,
                                       corev1::Endpoints, corev1::LimitRange, corev1::ResourceQuota,
                                       networkingv1::Ingress, networkingv1::NetworkPolicy,
                                       apiextensionsv1::CustomResourceDefinition>;

}  // namespace wavetank::api
