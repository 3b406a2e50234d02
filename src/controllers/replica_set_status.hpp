#pragma once

/// \file
/// A ReplicaSet's status, from counts (upstream's `replica_set_utils`).

#include "controllers/pod_ledger.hpp"

#include <wavetank/api/appsv1/replica_set.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace wavetank::controllers {

/// What a status is made of.
struct ReplicaSetFacts {
    const PodCounts& counts;
    std::int32_t fully_labelled = 0;
    std::optional<std::string> failure;  ///< why pods could not be created or deleted
};

[[nodiscard]] api::appsv1::ReplicaSetStatus calculate_status(
    const api::appsv1::ReplicaSet& replica_set, const ReplicaSetFacts& facts, WallTime now);

/// Tells whether writing `status` would change nothing, as upstream sees it.
[[nodiscard]] bool is_current(const api::appsv1::ReplicaSet& replica_set,
                              const api::appsv1::ReplicaSetStatus& status);

}  // namespace wavetank::controllers
