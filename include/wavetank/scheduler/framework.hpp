#pragma once

/// \file
/// Where can a plugin take part in scheduling? One interface an extension point of kube-scheduler's
/// framework.
///
/// A plugin is one class that derives from `Plugin` and from the interfaces of its extension
/// points. Within a cycle it keeps what it wants to remember in the `CycleState`, never in itself.

#include <wavetank/base/time.hpp>
#include <wavetank/scheduler/cycle_state.hpp>
#include <wavetank/scheduler/event.hpp>
#include <wavetank/scheduler/held_answers.hpp>
#include <wavetank/scheduler/snapshot.hpp>
#include <wavetank/scheduler/status.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavetank::scheduler {

class FilterRun;

inline constexpr std::int64_t node_score_max = 100;

/// Anything that takes part in scheduling.
class Plugin {
public:
    Plugin() = default;
    virtual ~Plugin() = default;
    Plugin(const Plugin&) = delete;
    Plugin& operator=(const Plugin&) = delete;

    /// Returns the name that configurations use.
    [[nodiscard]] virtual std::string_view name() const = 0;
};

/// Keeps pods out of the queue that are not ready to be scheduled.
class PreEnqueuePlugin {
public:
    virtual ~PreEnqueuePlugin() = default;

    [[nodiscard]] virtual Status pre_enqueue(const api::corev1::Pod& pod) const = 0;
};

/// A pod in the queue, as far as its order goes.
struct QueuedPod {
    PodPointer pod;
    TimePoint entered{};  ///< when it came into the queue, or came back after an attempt
};

/// Orders the pods that are ready.
class QueueSortPlugin {
public:
    virtual ~QueueSortPlugin() = default;

    [[nodiscard]] virtual bool less(const QueuedPod& left, const QueuedPod& right) const = 0;
};

/// Says what could make a pod schedulable that this plugin turned down.
class EnqueueExtensions {
public:
    virtual ~EnqueueExtensions() = default;

    [[nodiscard]] virtual std::vector<EventRegistration> events() const = 0;
};

/// What PreFilter found: the only nodes that can do, if it knows them.
struct PreFilterAnswer {
    Status status{};
    std::optional<std::set<std::string, std::less<>>> node_names{};
};

/// Looks at the pod once before nodes are filtered.
class PreFilterPlugin {
public:
    virtual ~PreFilterPlugin() = default;

    /// `Skip` leaves out the plugin's Filter, too.
    [[nodiscard]] virtual PreFilterAnswer pre_filter(CycleState& state, const api::corev1::Pod& pod,
                                                     const Snapshot& snapshot) const = 0;

    /// Accounts for a pod that is put on a node, or taken off, to see what would be.
    [[nodiscard]] virtual Status add_pod(CycleState& state, const api::corev1::Pod& pod,
                                         const PlacedPod& added, const NodeInfo& node) const;
    [[nodiscard]] virtual Status remove_pod(CycleState& state, const api::corev1::Pod& pod,
                                            const PlacedPod& removed, const NodeInfo& node) const;
};

/// Says on which nodes a pod can run at all.
class FilterPlugin {
public:
    virtual ~FilterPlugin() = default;

    [[nodiscard]] virtual Status filter(const CycleState& state, const api::corev1::Pod& pod,
                                        const NodeInfo& node) const = 0;
};

/// A node that was looked at and does not do, with the reasons. Lifetime: many nodes share one
/// status, which the diagnosis owns.
struct RejectedNode {
    const NodeInfo* node = nullptr;
    const Status* status = nullptr;
};

/// A pod that fits nowhere, as PostFilter sees it.
struct PostFilterQuestion {
    const FilterRun& filters;                ///< of the cycle that failed, with its pod
    std::span<const RejectedNode> rejected;  ///< the nodes that were looked at
    const Status& absent;                    ///< of the others; success: not known
};

/// What PostFilter did; with success, `nominated_node` is where the pod may go soon.
struct PostFilterAnswer {
    Status status{};
    std::optional<std::string> nominated_node{};  ///< empty text: the nomination is withdrawn
};

/// Is asked when no node did; preemption is one.
class PostFilterPlugin {
public:
    virtual ~PostFilterPlugin() = default;

    [[nodiscard]] virtual PostFilterAnswer post_filter(CycleState& state,
                                                       const PostFilterQuestion& question) = 0;
};

/// Looks at the pod once before nodes are scored.
class PreScorePlugin {
public:
    virtual ~PreScorePlugin() = default;

    /// `Skip` leaves out the plugin's Score, too. `nodes` are those that passed all filters.
    [[nodiscard]] virtual Status pre_score(CycleState& state, const api::corev1::Pod& pod,
                                           std::span<const NodeInfo* const> nodes) const = 0;
};

/// Ranks the nodes that are left.
class ScorePlugin {
public:
    virtual ~ScorePlugin() = default;

    [[nodiscard]] virtual std::int64_t score(const CycleState& state, const api::corev1::Pod& pod,
                                             const NodeInfo& node) const = 0;

    /// Brings the scores of all nodes to 0 .. `node_score_max`. Does nothing by default.
    virtual void normalize(const CycleState& state, const api::corev1::Pod& pod,
                           std::span<std::int64_t> scores) const;
};

/// Books what a pod takes beside the node's sums, once its node is chosen.
class ReservePlugin {
public:
    virtual ~ReservePlugin() = default;

    [[nodiscard]] virtual Status reserve(CycleState& state, const api::corev1::Pod& pod,
                                         const std::string& node) = 0;
    virtual void unreserve(CycleState& state, const api::corev1::Pod& pod,
                           const std::string& node) = 0;
};

/// Allows or denies the binding. `Wait` is not modelled and counts as a denial.
class PermitPlugin {
public:
    virtual ~PermitPlugin() = default;

    [[nodiscard]] virtual Status permit(CycleState& state, const api::corev1::Pod& pod,
                                        const std::string& node) = 0;
};

class PreBindPlugin {
public:
    virtual ~PreBindPlugin() = default;

    [[nodiscard]] virtual Status pre_bind(CycleState& state, const api::corev1::Pod& pod,
                                          const std::string& node) = 0;
};

/// Binds a pod to its node. The first that does not answer `Skip` has done it.
class BindPlugin {
public:
    virtual ~BindPlugin() = default;

    [[nodiscard]] virtual Status bind(CycleState& state, const api::corev1::Pod& pod,
                                      const std::string& node) = 0;
};

class PostBindPlugin {
public:
    virtual ~PostBindPlugin() = default;

    virtual void post_bind(CycleState& state, const api::corev1::Pod& pod,
                           const std::string& node) = 0;
};

/// Which way normalised scores go.
enum class ScoreOrder : std::uint8_t { Normal, Reversed };

/// Scales scores so that the highest becomes `node_score_max`; reversed, subtracts the result from
/// that. All 0 stay 0, or all become `node_score_max` if reversed.
void normalize_scores(std::span<std::int64_t> scores, ScoreOrder order);

}  // namespace wavetank::scheduler
