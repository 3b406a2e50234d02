#pragma once

/// \file
/// The life of an object of any kind: created, changed, deleted. One path for both doors.
///
/// Included where a kind is instantiated, see write_*.cpp; others see the declarations only.

#include "registry/cluster.hpp"
#include "registry/rules.hpp"

#include <wavetank/registry/registry.hpp>

#include <memory>

namespace wavetank::registry {

template <class T>
using Stored = api::Pointer<const T>;

/// Defaults, admits, validates and stores a new object.
template <class T>
[[nodiscard]] Result<Stored<T>> create_object(Cluster& cluster, T object, DryRun dry_run);

/// Replaces metadata and spec. An object whose last finalizer goes while it is being deleted is
/// removed.
template <class T>
[[nodiscard]] Result<Stored<T>> update_object(Cluster& cluster, T object, DryRun dry_run);

/// Replaces the status.
template <class T>
[[nodiscard]] Result<Stored<T>> update_object_status(Cluster& cluster, T object, DryRun dry_run);

/// What became of an object that was to be deleted.
template <class T>
struct Removal {
    Stored<T> object;   ///< its last state
    bool gone = false;  ///< false: finalizers or a grace period hold it
};

/// Deletes, or begins to.
template <class T>
[[nodiscard]] Result<Removal<T>> remove_object(Cluster& cluster, const store::Key& key,
                                               const DeleteOptions& options, DryRun dry_run);

/// Takes the finalizers off a Namespace's spec.
[[nodiscard]] Result<Stored<api::corev1::Namespace>> finalize_namespace(Cluster& cluster,
                                                                        const std::string& name);

/// Assigns a pod to a node.
[[nodiscard]] Result<Stored<api::corev1::Pod>> bind_pod(Cluster& cluster, const store::Key& key,
                                                        const std::string& node, DryRun dry_run);

}  // namespace wavetank::registry
