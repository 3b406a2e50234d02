#pragma once

/// \file
/// The rules for what all objects have in common: names, labels, owners, finalizers, identity.

#include "registry/cluster.hpp"
#include "registry/field_error.hpp"

#include <wavetank/api/metav1.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace wavetank::registry {

/// What names of a kind look like.
enum class NameRule : std::uint8_t { DnsSubdomain, DnsLabel, PathSegment };

/// Whether objects of a kind live in a namespace.
enum class Scope : std::uint8_t { Namespaced, Cluster };

/// Gives a new object its name (if generated), UID and time of creation, and takes away what only
/// the server may set.
void begin_metadata(Cluster& cluster, api::metav1::ObjectMeta& metadata);

/// Returns `prefix`, cut to 58 characters, with five random ones after it.
[[nodiscard]] std::string generate_name(Random& random, std::string_view prefix);

/// Tells whether the name is one that was generated from the prefix.
[[nodiscard]] bool is_generated_name(std::string_view name, std::string_view prefix);

/// Returns a random (version 4) UUID.
[[nodiscard]] api::Uid generate_uid(Random& random);

/// Checks the metadata of a new object.
[[nodiscard]] FieldErrors validate_metadata(Cluster& cluster,
                                            const api::metav1::ObjectMeta& metadata, NameRule rule,
                                            Scope scope);

/// Carries over what an update cannot change, and gives defaults to what it left out.
void begin_update(api::metav1::ObjectMeta& next, const api::metav1::ObjectMeta& old);

/// Checks the metadata of an update.
[[nodiscard]] FieldErrors validate_metadata_update(Cluster& cluster,
                                                   const api::metav1::ObjectMeta& next,
                                                   const api::metav1::ObjectMeta& old);

/// Checks one finalizer of the kinds that Kubernetes itself defines.
[[nodiscard]] FieldErrors validate_finalizer(std::string_view name, const Path& path);

/// Returns the message of each problem of a name.
[[nodiscard]] api::NameProblems check_name(NameRule rule, std::string_view name,
                                           api::NameForm form);

}  // namespace wavetank::registry
