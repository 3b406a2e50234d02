#pragma once

/// \file
/// The rules of NetworkPolicies.

#include "registry/json_kind.hpp"

#include <wavetank/api/networkingv1/network_policy.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::networkingv1::NetworkPolicy> : JsonRules<api::networkingv1::NetworkPolicy> {
    using NetworkPolicy = api::networkingv1::NetworkPolicy;
    static void set_defaults(Cluster& cluster, NetworkPolicy& object);
    static void prepare_create(NetworkPolicy& object);
    static void prepare_update(NetworkPolicy& next, const NetworkPolicy& old);
    static FieldErrors validate(Cluster& cluster, const NetworkPolicy& object,
                                const NetworkPolicy* old);
    static std::vector<std::string> warnings(const NetworkPolicy& object);
    static std::vector<std::string> update_warnings(const NetworkPolicy& next,
                                                    const NetworkPolicy& old);
};

}  // namespace wavetank::registry
