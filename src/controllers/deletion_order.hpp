#pragma once

/// \file
/// Which pods does a ReplicaSet give up first? (Upstream's `ActivePodsWithRanks`.)

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/base/time.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace wavetank::controllers {

/// Returns for each of `pods` how many active ones of `related` run on its node.
[[nodiscard]] std::vector<std::int32_t> ranks_by_node(
    std::span<const api::Pointer<const api::corev1::Pod>> pods,
    std::span<const api::Pointer<const api::corev1::Pod>> related);

/// Sorts `pods` so that those to be deleted first come first: without a node, in an earlier phase,
/// not ready, of lower deletion cost, of higher rank, ready more recently, restarted more often,
/// created more recently. Ages count by their power of two only; in one power the UID decides.
///
/// Upstream's relation is no strict order; where it leaves the outcome open, the given order of
/// `pods` decides.
[[nodiscard]] std::vector<api::Pointer<const api::corev1::Pod>> in_deletion_order(
    std::span<const api::Pointer<const api::corev1::Pod>> pods, std::span<const std::int32_t> ranks,
    WallTime now);

}  // namespace wavetank::controllers
