#pragma once

/// \file
/// How many pods does the owner of a pod want?

#include <wavetank/api/metav1.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/store/store.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace wavetank::controllers {

/// An owner and its `spec.replicas`.
struct OwnerScale {
    std::string uid;
    std::int64_t replicas = 0;
};

/// Asks the controller of a pod; the Deployment behind a ReplicaSet, if there is one. Returns
/// nothing if it is not there.
/// Errors: it is of a kind that has no scale.
[[nodiscard]] Result<std::optional<OwnerScale>> scale_of_owner(
    const store::Store& store, const api::metav1::OwnerReference& owner,
    const std::string& in_namespace);

}  // namespace wavetank::controllers
