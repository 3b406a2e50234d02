#pragma once

/// \file
/// The rules of objects that are kept as JSON: those of their kind, if it has any, else those of
/// metadata.

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
    static void set_defaults(Cluster& cluster, Unstructured& object);
    static Result<> admit(Cluster& cluster, Unstructured& object, DryRun dry_run);
    static Result<> review(Cluster& cluster, const Unstructured& object);
    static Result<> admit_update(Cluster& cluster, Unstructured& next, const Unstructured& old,
                                 DryRun dry_run);
    static void release(Cluster& cluster, const Unstructured& object);
    static void prepare_create(Unstructured& object);
    static void prepare_update(Unstructured& next, const Unstructured& old);
    static void prepare_status(Unstructured& next, const Unstructured& old);
    static FieldErrors validate(Cluster& cluster, const Unstructured& object,
                                const Unstructured* old);
    static FieldErrors validate_status(const Unstructured& next, const Unstructured& old);
    static std::vector<std::string> warnings(const Unstructured& object);
    static std::vector<std::string> update_warnings(const Unstructured& next,
                                                    const Unstructured& old);
};

/// Tells whether an update must say which version it was made from.
[[nodiscard]] bool update_needs_version(const api::Unstructured& object);

/// Does what the API server's own controllers do right after a creation.
void follow_creation(Cluster& cluster, const api::Unstructured& object);

/// Notes that a namespace has a quota or a range, if that is what the object is.
void note_limits(Cluster& cluster, const api::Unstructured& object);

/// Returns the kind that a key of the store's table of unstructured objects names.
[[nodiscard]] api::GroupVersionKind gvk_of_key(const store::Key& key);

}  // namespace wavetank::registry
