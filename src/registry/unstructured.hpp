#pragma once

/// \file
/// The rules of objects that are kept as JSON: those of metadata, and no others.

#include "registry/rules.hpp"

#include <wavetank/api/unstructured.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::Unstructured> : PlainRules<api::Unstructured> {
    using Unstructured = api::Unstructured;
    static constexpr NameRule name_rule = NameRule::DnsSubdomain;
    static Scope scope_of(const Unstructured& object);
    static Resource resource_of_key(const store::Key& key);
    static std::string name_of_key(const store::Key& key);
    static void prepare_create(Unstructured& object);
    static void prepare_update(Unstructured& next, const Unstructured& old);
    static void prepare_status(Unstructured& next, const Unstructured& old);
    static FieldErrors validate(Cluster& cluster, const Unstructured& object,
                                const Unstructured* old);
};

/// Returns the kind that a key of the store's table of unstructured objects names.
[[nodiscard]] api::GroupVersionKind gvk_of_key(const store::Key& key);

}  // namespace wavetank::registry
