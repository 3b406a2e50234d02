#pragma once

/// \file
/// Why does a pod go where it goes, or nowhere? Every plugin's word on every node, to be read by
/// people.

#include <wavetank/base/result.hpp>
#include <wavetank/scheduler/profile.hpp>
#include <wavetank/scheduler/status.hpp>
#include <wavetank/store/store.hpp>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace wavetank::scheduler {

/// What a plugin gave a node, step by step.
struct PluginScore {
    std::string plugin;
    std::int64_t raw = 0;         ///< by Score
    std::int64_t normalised = 0;  ///< brought to 0 .. `node_score_max`
    std::int64_t weight = 1;
    std::int64_t weighted = 0;  ///< what counts
};

/// One node, as the pod sees it.
struct NodeVerdict {
    std::string node;
    Status status{};                    ///< success, or which plugin rejects it and why
    std::vector<PluginScore> scores{};  ///< empty if it is the only node that fits
    std::int64_t total = 0;
};

/// The whole decision.
struct Explanation {
    store::Key pod;
    std::string bound_node{};          ///< where it runs already; empty: nowhere
    std::string chosen_node{};         ///< where it would go now; empty: nowhere
    std::vector<NodeVerdict> nodes{};  ///< those that fit, the best first, then the others by name
    std::string message{};             ///< if it fits nowhere: what its condition says
};

/// Decides on a pod of `store` as kube-scheduler would now if it looked at all nodes, and keeps the
/// reasons. A pod that has a node is explained as if it had none; nothing is changed.
///
/// Errors: `NotFound` if there is no such pod; `Invalid` for a bad profile.
/// Determinism: of equally good nodes the one with the smallest name is chosen.
[[nodiscard]] Result<Explanation> explain(store::Store& store, const store::Key& pod,
                                          ProfileOptions options = {});

/// Prints the explanation in lines that fit a terminal of 80 columns, names and messages
/// permitting.
std::ostream& operator<<(std::ostream& out, const Explanation& explanation);

}  // namespace wavetank::scheduler
