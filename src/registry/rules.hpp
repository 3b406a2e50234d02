#pragma once

/// \file
/// What is special about each kind?
///
/// A kind's rules are a specialisation of `Rules<T>` in the header of that kind, with these
/// members:
///
///     static constexpr NameRule name_rule;
///     static constexpr bool checks_whole_update;
///     static constexpr bool updates_need_version;
///     static Scope scope_of(const T&);
///     /// Fills in what a manifest may leave out.
///     static void set_defaults(Cluster&, T&);
///     /// Lets the cluster change or refuse a new object.
///     static Result<> admit(Cluster&, T& object, DryRun);
///     /// Lets the cluster refuse a valid new object.
///     static Result<> review(Cluster&, const T&);
///     /// What becomes of dependents unless the request says.
///     static Propagation default_propagation(const T&);
///     /// Tells whether nothing but finalizers of the metadata can hold a deleted object.
///     static bool may_go(const T&);
///     /// Notes in the object that it is being deleted.
///     static void prepare_delete(T&);
///     /// Gives back what `admit` took from the cluster for an object that is gone.
///     static void release(Cluster&, const T&);
///     /// Lets the cluster change or refuse an update, before it is checked.
///     static Result<> admit_update(Cluster&, T& next, const T& old, DryRun);
///     /// Sets what a client may not set on a new object.
///     static void prepare_create(T&);
///     /// Carries over what an update of the spec may not touch, and counts the generation.
///     static void prepare_update(T& next, const T& old);
///     /// Carries over what an update of the status may not touch.
///     static void prepare_status(T& next, const T& old);
///     /// Checks everything but the metadata; `old` is null on creation.
///     static FieldErrors validate(Cluster&, const T& object, const T* old);
///     static FieldErrors validate_status(const T& next, const T& old);
///     /// Lists what is legal but unwise.
///     static std::vector<std::string> warnings(const T&);
///     /// Lists what of it is said again when the object is updated.
///     static std::vector<std::string> update_warnings(const T& next, const T& old);

#include "registry/cluster.hpp"
#include "registry/errors.hpp"
#include "registry/field_error.hpp"
#include "registry/metadata.hpp"

#include <wavetank/base/result.hpp>
#include <wavetank/registry/registry.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace wavetank::registry {

/// Whether a request only asks what would happen.
enum class DryRun : std::uint8_t { No, Yes };

template <class T>
struct Rules;

/// The rules that a kind has nothing to say about; `Rules<T>` hides those it has.
template <class T>
struct PlainRules {
    static constexpr NameRule name_rule = NameRule::DnsSubdomain;
    /// Whether an update is checked by all the rules of a creation too.
    static constexpr bool checks_whole_update = false;
    /// Whether an update must say which version it was made from.
    static constexpr bool updates_need_version = false;
    static void set_defaults(Cluster& /*cluster*/, T& /*object*/) {}
    static Result<> admit(Cluster& /*cluster*/, T& /*object*/, DryRun /*dry_run*/) {
        return {};
    }
    static Scope scope_of(const T& /*object*/) {
        return api::kind_info<T>.namespaced ? Scope::Namespaced : Scope::Cluster;
    }
    static Resource resource_of_key(const store::Key& /*key*/) {
        return resource_of(api::kind_info<T>);
    }
    static std::string name_of_key(const store::Key& key) {
        return key.name;
    }
    static Propagation default_propagation(const T& /*object*/) {
        return Propagation::Background;
    }
    static bool may_go(const T& /*object*/) {
        return true;
    }
    static void prepare_delete(T& /*object*/) {}
    static Result<> review(Cluster& /*cluster*/, const T& /*object*/) {
        return {};
    }
    static void release(Cluster& /*cluster*/, const T& /*object*/) {}
    static Result<> admit_update(Cluster& /*cluster*/, T& /*next*/, const T& /*old*/,
                                 DryRun /*dry_run*/) {
        return {};
    }
    static FieldErrors validate_status(const T& /*next*/, const T& /*old*/) {
        return {};
    }
    static std::vector<std::string> warnings(const T& /*object*/) {
        return {};
    }
    static std::vector<std::string> update_warnings(const T& /*next*/, const T& /*old*/) {
        return {};
    }
};

/// Reports a number below zero.
inline void check_not_negative(FieldErrors& errors, const Path& path, std::int64_t value) {
    if (value < 0) {
        errors.push_back(api::invalid_value(path, value, "must be greater than or equal to 0"));
    }
}

}  // namespace wavetank::registry
