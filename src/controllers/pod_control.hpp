#pragma once

/// \file
/// Creates and deletes the pods of a controller and reports it (upstream's `RealPodControl`).

#include "controllers/owners.hpp"
#include "controllers/pods.hpp"

#include <wavetank/controllers/reconciler.hpp>

#include <utility>
#include <vector>

namespace wavetank::controllers {

/// Creates a pod that `owner` controls. Errors: those of the creation; they are reported too,
/// unless the namespace is going away.
template <class Owner>
[[nodiscard]] Result<PodPointer> create_pod_of(const ControllerContext& context, const Owner& owner,
                                               api::corev1::Pod pod) {
    pod.metadata.ownerReferences = std::vector{controller_reference(owner)};
    auto created = context.registry.create(std::move(pod));
    if (created) {
        context.events.normal(owner, "SuccessfulCreate",
                              "Created pod: " + (*created)->metadata.name);
    } else if (!is_namespace_terminating(created.error())) {
        context.events.warning(owner, "FailedCreate", "Error creating: " + created.error().message);
    }
    return created;
}

/// Deletes a pod that `owner` controls; one that is gone already counts as deleted.
/// Errors: those of the deletion; they are reported too.
template <class Owner>
[[nodiscard]] Result<> delete_pod_of(const ControllerContext& context, const Owner& owner,
                                     const api::corev1::Pod& pod) {
    const auto removed = context.registry.template remove<api::corev1::Pod>(store::key_of(pod));
    if (removed) {
        context.events.normal(owner, "SuccessfulDelete", "Deleted pod: " + pod.metadata.name);
        return {};
    }
    if (removed.error().reason == Reason::NotFound) {
        return {};
    }
    context.events.warning(owner, "FailedDelete", "Error deleting: " + removed.error().message);
    Error error = removed.error();
    error.message = "unable to delete pods: " + error.message;
    return error;
}

}  // namespace wavetank::controllers
