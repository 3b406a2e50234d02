#pragma once

/// \file
/// What people do to a cluster through its API: apply, scale, delete.

#include <wavetank/api/wavetankv1/scenario.hpp>
#include <wavetank/codec/manifest.hpp>
#include <wavetank/registry/registry.hpp>

#include <boost/json.hpp>

#include <optional>
#include <string>

namespace wavetank::sim {

/// Creates an object, or replaces the one of its name. Returns what the API server says if it
/// refuses.
[[nodiscard]] std::optional<Error> apply_object(registry::Registry& registry,
                                                const boost::json::object& object);

/// Creates the namespace of an object unless it is there. Returns whether it did so: manifests are
/// often written for a namespace that somebody else has made.
bool assume_namespace(registry::Registry& registry, const codec::ManifestObject& object);

/// Sets the replicas of a Deployment or ReplicaSet through its scale subresource.
/// Errors: as the API server's.
[[nodiscard]] Result<void> scale_workload(registry::Registry& registry, const std::string& kind,
                                          const store::Key& key, std::int32_t replicas);

/// Does what an action of a Scenario says. Errors: as the API server's.
[[nodiscard]] Result<void> perform(registry::Registry& registry,
                                   const api::wavetankv1::Action& action);

}  // namespace wavetank::sim
