#pragma once

/// \file
/// The rules of Namespaces.

#include "registry/rules.hpp"

#include <wavetank/api/corev1/namespace.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::corev1::Namespace> : PlainRules<api::corev1::Namespace> {
    using Namespace = api::corev1::Namespace;
    static constexpr bool checks_whole_update = true;
    static constexpr NameRule name_rule = NameRule::DnsLabel;
    static void set_defaults(Cluster& cluster, Namespace& object);
    static void prepare_create(Namespace& object);
    static void prepare_update(Namespace& next, const Namespace& old);
    static void prepare_status(Namespace& next, const Namespace& old);
    static bool may_go(const Namespace& object);
    static void prepare_delete(Namespace& object);
    static FieldErrors validate(Cluster& cluster, const Namespace& object, const Namespace* old);
    static FieldErrors validate_status(const Namespace& next, const Namespace& old);
};

}  // namespace wavetank::registry
