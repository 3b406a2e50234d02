#pragma once

/// \file
/// The cluster of a store as a scheduling cycle sees it, for those who only look.

#include <wavetank/scheduler/snapshot.hpp>
#include <wavetank/store/store.hpp>

namespace wavetank::scheduler {

/// Fills an empty snapshot with nodes, pods on nodes that have not ended, and nominations. `asked`,
/// if there is such a pod, is left out.
void fill_from(const store::Store& store, const api::corev1::Pod* asked, Snapshot& snapshot);

/// Tells whether a pod has ended, which frees what it took.
[[nodiscard]] bool has_ended(const api::corev1::Pod& pod);

}  // namespace wavetank::scheduler
