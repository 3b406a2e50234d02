#pragma once

/// \file
/// What came out of one scheduling cycle, and why.

#include <wavetank/scheduler/profile.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace wavetank::scheduler {

/// Why no node did (Kubernetes' `framework.FitError` with its `Diagnosis`).
struct Diagnosis {
    std::size_t nodes_all = 0;
    std::vector<RejectedNode> rejected{};                   ///< the nodes that were looked at
    std::vector<std::shared_ptr<const Status>> statuses{};  ///< what they said, each once
    Status absent{};  ///< of nodes that were not, such as those a PreFilter plugin left out
    std::set<std::string> unschedulable_plugins{};  ///< whose events can bring the pod back
    std::string pre_filter_message{};               ///< set if PreFilter turned the pod down
    std::string post_filter_message{};

    /// Notes that a node does not do, and which plugin said so.
    void reject(const NodeInfo* node, Status status);

    /// Writes "0/3 nodes are available: 3 Insufficient cpu.".
    [[nodiscard]] std::string message() const;
};

/// The scores of one node, in the order of `Decision::score_plugins`.
struct ScoreRow {
    const NodeInfo* node = nullptr;
    std::vector<std::int64_t> raw{};     ///< what Score returned
    std::vector<std::int64_t> final_{};  ///< after normalising, times the weight
    std::int64_t total = 0;
};

/// The outcome of a cycle. Lifetime: pointers to nodes, as long as `Snapshot` says.
struct Decision {
    /// Success: `node` is chosen. A rejection: no node does. An error: a plugin failed.
    Status status{};
    const NodeInfo* node = nullptr;
    std::size_t nodes_evaluated = 0;
    std::size_t nodes_feasible = 0;
    Diagnosis diagnosis{};   ///< without reasons if a node was found from answers for its template
    CycleState state{};      ///< empty if the answers of another pod of its template served
    CyclePlugins plugins{};  ///< the same
    /// Names the class of pods to which the plugins say the same on every node, as long as the node
    /// does not change; 0: there is none, or it was not asked. Never used twice.
    std::uint64_t pod_class = 0;
    SharedDemand demand{};  ///< what the pod takes from its node, if that is known already

    std::vector<std::string> score_plugins{};  ///< with `keep_scores`: those that were not skipped
    std::vector<ScoreRow> scores{};            ///< with `keep_scores`: of feasible nodes, in order
};

}  // namespace wavetank::scheduler
