#pragma once

/// \file
/// What do the objects of a namespace use of its ResourceQuotas?

#include <wavetank/registry/registry.hpp>

#include <string>
#include <vector>

namespace wavetank::registry {

/// Returns the names of the namespace's ResourceQuotas, in order.
[[nodiscard]] std::vector<std::string> quota_names(const store::Store& store,
                                                   const std::string& in_namespace);

/// Counts anew what the quota of that name has used, and writes its status if that differs, as
/// kube-controller-manager's `resourcequota` controller does. A quota that is gone is no error.
///
/// Counted are `pods` with their resources, `services`, `persistentvolumeclaims` and, with
/// `count/`, any kind that the store has but Events.
/// Errors: those of a write. Cost: a walk over the namespace's objects of the kinds it limits.
[[nodiscard]] Result<> sync_quota(Registry& registry, const store::Key& key);

/// Tells whether a pod is charged for more than its existence: it has not finished, and its grace
/// period is not over.
[[nodiscard]] bool is_charged(const api::corev1::Pod& pod, WallTime now);

}  // namespace wavetank::registry
