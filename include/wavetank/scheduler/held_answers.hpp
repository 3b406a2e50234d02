#pragma once

/// \file
/// How can a plugin's answers for one pod serve the others of its template?
///
/// Three ways, the cheapest first: they depend on the figures of a node alone, and many nodes are
/// answered at a time (`FigureAnswers`); they depend on a node and its pods (`Dependence`); they
/// depend on other nodes, too, but tell only few kinds of nodes apart (`HeldAnswers`).

#include <wavetank/scheduler/snapshot.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace wavetank::scheduler {

/// What a plugin's filter and final score on a node depend on, beside the pod's spec.
enum class Dependence : std::uint8_t {
    NodeObject,  ///< the node's object, and what `Snapshot::layout_version` counts
    NodePods,    ///< that, and the pods of this node
    Anything,    ///< more than that, such as other nodes' pods or scores
};

/// Nodes that a plugin does not tell apart.
struct NodeKind {
    std::span<const std::int32_t> features;  ///< what they have in common: see `HeldAnswers`
    std::size_t feasible = 0;                ///< how many of them are feasible
};

/// What a plugin keeps for one template of pods, so that its answers can be held although they
/// depend on more than a node and its pods. One that says nothing only watches over them.
///
/// It sums up a node in a few numbers, its features. All nodes with the same features get the same
/// answers, so that a decision has to look at each kind of nodes, not at each node.
class HeldAnswers {
public:
    virtual ~HeldAnswers() = default;

    /// Tells whether the plugin's answers for `pod` still rest on what they did when they were
    /// first held, as far as `Snapshot::version` does not count it. If not, they are dropped.
    [[nodiscard]] virtual bool still_right(const api::corev1::Pod& pod,
                                           const Snapshot& snapshot) = 0;

    /// Tells whether changes of nodes that `Snapshot::layout_version` does not count leave what
    /// it says of nodes with the same features as it is. If not, the default, each drops the
    /// answers.
    [[nodiscard]] virtual bool outlasts_nodes() const;

    /// Tells whether answers can be held for these pods at all. True by default.
    [[nodiscard]] virtual bool allows() const;

    /// Tells whether `passes` is to be asked, in place of the plugin's own filter.
    [[nodiscard]] virtual bool filters() const;
    /// Tells whether `score` is to be asked, in place of the plugin's own scores.
    [[nodiscard]] virtual bool scores() const;

    /// Counts the pods of all nodes, as they are now.
    virtual void recount(const Snapshot& snapshot);
    /// Takes note of a change since then. Returns whether the features of its node may have
    /// changed; those of others may not.
    virtual bool follow(const PodChange& change);

    /// Returns how many features a node has.
    [[nodiscard]] virtual std::size_t features() const;
    /// Writes the features of the node at a position.
    virtual void describe(std::size_t position, std::span<std::int32_t> features) const;

    /// Is called before nodes are judged for a decision.
    virtual void prepare();
    /// Tells whether the plugin's filter passes nodes with these features.
    [[nodiscard]] virtual bool passes(std::span<const std::int32_t> features) const;
    /// Writes the normalised scores of all kinds that have feasible nodes.
    virtual void score(std::span<const NodeKind> kinds, std::span<std::int64_t> scores);
};

/// Totals of some nodes under way, given by position.
struct NodeTotals {
    /// Stands for a node that does not do. Low enough to stay negative whatever is added.
    static constexpr std::int32_t rejected = -1'000'000'000;

    std::span<const NodeFigures> figures;      ///< of all nodes, by position
    std::span<const std::uint32_t> positions;  ///< of those that are asked for
    std::span<std::int32_t> totals;            ///< of these
};

/// Answers for one template of pods that depend on the figures of a node alone.
class FigureAnswers {
public:
    virtual ~FigureAnswers() = default;

    /// Rejects the nodes where the plugin's filter does; none by default.
    virtual void filter(const NodeTotals& nodes) const;
    /// Adds the plugin's final scores times `weight`; nothing by default.
    virtual void score(const NodeTotals& nodes, std::int32_t weight) const;

    /// Tells whether the other always answers the same. Templates for which all plugins do
    /// share their totals. False by default.
    [[nodiscard]] virtual bool same_as(const FigureAnswers& other) const;
};

/// Lets answers for one pod serve others of its template. Optional: a plugin without it is asked
/// again for every pod.
class CacheablePlugin {
public:
    virtual ~CacheablePlugin() = default;

    /// Says what this plugin's answers depend on for `pod` and others with its spec, namespace and
    /// labels; asked anew when `snapshot` has another version. PreFilter and PreScore are then
    /// called with no nodes, and `normalize` for one.
    [[nodiscard]] virtual Dependence dependence(const api::corev1::Pod& pod,
                                                const Snapshot& snapshot) const = 0;

    /// Tells whether Filter, and Score with its normalisation, say the same of all nodes as
    /// `snapshot` is now, so that one is asked for all. False by default, which is always right.
    [[nodiscard]] virtual bool finds_nodes_alike(const api::corev1::Pod& pod,
                                                 const Snapshot& snapshot) const;

    /// Returns what to keep for pods like `pod` in this version of `snapshot`; null, the default,
    /// for nothing. Of what it answers itself, `dependence` is not asked.
    [[nodiscard]] virtual std::unique_ptr<HeldAnswers> hold(const api::corev1::Pod& pod,
                                                            const Snapshot& snapshot) const;

    /// Returns the same answers as Filter and Score for pods like `pod`, if the figures of a node
    /// are all they depend on; null, the default, if not.
    [[nodiscard]] virtual std::shared_ptr<const FigureAnswers> answers_by_figures(
        const api::corev1::Pod& pod) const;
};

}  // namespace wavetank::scheduler
