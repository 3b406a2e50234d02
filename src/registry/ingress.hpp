#pragma once

/// \file
/// The rules of Ingresses.

#include "registry/json_kind.hpp"

#include <wavetank/api/networkingv1/ingress.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::networkingv1::Ingress> : JsonRules<api::networkingv1::Ingress> {
    using Ingress = api::networkingv1::Ingress;
    static constexpr bool checks_whole_update = true;
    static constexpr bool has_status = true;
    static void prepare_create(Ingress& object);
    static void prepare_update(Ingress& next, const Ingress& old);
    static void prepare_status(Ingress& next, const Ingress& old);
    static FieldErrors validate(Cluster& cluster, const Ingress& object, const Ingress* old);
    static FieldErrors validate_status(const Ingress& next, const Ingress& old);
    static std::vector<std::string> warnings(const Ingress& object);
};

}  // namespace wavetank::registry
