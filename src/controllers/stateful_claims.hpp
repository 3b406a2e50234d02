#pragma once

/// \file
/// The claims to storage that a StatefulSet makes for its pods, and who owns them.
///
/// Claims are kept as JSON: nothing in a simulation binds them to a volume.

#include <wavetank/api/appsv1/stateful_set.hpp>
#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/unstructured.hpp>
#include <wavetank/controllers/reconciler.hpp>

#include <memory>

namespace wavetank::controllers {

/// Makes and hands over claims (upstream's `StatefulPodControl`, as far as it is about them).
///
/// Lifetime: that of the context.
class StatefulClaims {
public:
    explicit StatefulClaims(const ControllerContext& context) : context_(context) {}

    /// Creates the claims of a pod that are not there. Errors: those of the writes, or that a claim
    /// is being deleted.
    [[nodiscard]] Result<> create_missing(const api::appsv1::StatefulSet& set,
                                          const api::corev1::Pod& pod);

    /// Tells whether the owners of the pod's claims are those that the retention policy wants.
    [[nodiscard]] bool match_policy(const api::appsv1::StatefulSet& set,
                                    const api::corev1::Pod& pod) const;

    /// Gives the pod's claims the owners that the policy wants. Errors: those of the writes.
    [[nodiscard]] Result<> apply_policy(const api::appsv1::StatefulSet& set,
                                        const api::corev1::Pod& pod);

    /// Tells whether a claim still belongs to an earlier pod of the same name, with which it goes.
    [[nodiscard]] bool is_stale(const api::appsv1::StatefulSet& set,
                                const api::corev1::Pod& pod) const;

private:
    using Claim = api::Pointer<const api::Unstructured>;

    [[nodiscard]] Claim find(const api::appsv1::StatefulSet& set,
                             const api::corev1::PersistentVolumeClaim& claim,
                             const api::corev1::Pod& pod) const;

    ControllerContext context_;
};

}  // namespace wavetank::controllers
