#pragma once

/// \file
/// The cluster as one scheduling cycle sees it: the nodes, their order, what runs on them and what
/// is promised them.

#include <wavetank/scheduler/node_info.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::scheduler {

/// The pods of one namespace that have the same labels, and the same terms on other pods.
struct PodGroup {
    std::string in_namespace;
    api::Shared<api::StringMap> labels;
    std::shared_ptr<const PodTerms> terms{};  ///< null: none
};

/// A label that pods must have, with its value.
struct RequiredLabel {
    std::string_view key;
    std::string_view value;
};

/// A change of the pods of a node.
struct PodChange {
    std::uint32_t position = 0;       ///< of the node
    std::int32_t amount = 0;          ///< by which the group grew here
    std::int32_t amount_lasting = 0;  ///< the same, pods that are being deleted left out
    const PodGroup* group = nullptr;
};

/// The nodes and their pods, by name and in the order in which they are looked at.
///
/// Unlike upstream's there is no copy for each cycle: nothing changes while a cycle runs.
///
/// Determinism: the order goes round the zones, in order of their first node, then of entry.
/// Lifetime: pointers to a NodeInfo hold until its node and all its pods are gone.
class Snapshot {
public:
    Snapshot();
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    /// Returns the nodes in the order of kube-scheduler's node tree.
    [[nodiscard]] std::span<const NodeInfo* const> nodes() const;
    /// Returns the figures of the nodes, in the same order. Lifetime: until the snapshot changes.
    [[nodiscard]] std::span<const NodeFigures> figures() const;

    /// Lets what a pod changes that is put on a node be fetched into the cache, where it mostly is
    /// not. Requires: `nodes()` has the position, and nothing has changed since it was called.
    void prefetch(std::size_t position) const;

    /// Returns the node; null if there is none of that name.
    [[nodiscard]] const NodeInfo* find(std::string_view name) const;

    /// Tells whether any node has taints, or is marked unschedulable.
    [[nodiscard]] bool has_taints() const;
    [[nodiscard]] bool has_unschedulable_nodes() const;
    /// Tells whether any node has an image of this name.
    [[nodiscard]] bool has_image(std::string_view name) const;

    /// Adds a node, or replaces the one of that name. Plugins may look at metadata, spec, and of
    /// the status at allocatable, images and declaredFeatures: other changes do not count in
    /// `version`.
    void set_node(NodePointer node);
    void remove_node(const std::string& name);

    /// Puts a pod on a node, known or not. `demand` spares the computation of what pods of one
    /// template have in common. Requires: it is not there yet.
    void add_pod(PodPointer pod, const std::string& node, SharedDemand demand = {});
    /// Does the same, without looking the node up. Requires: `node` is one of this snapshot's.
    void add_pod(PodPointer pod, const NodeInfo& node, SharedDemand demand = {});
    /// Takes a pod off a node. No error if it is not there.
    void remove_pod(const api::corev1::Pod& pod, const std::string& node);
    /// Replaces a pod by its later state. Labels and deletion count as a change of pods, a new spec
    /// as a pod that left and came.
    void update_pod(const PodPointer& before, PodPointer after, const std::string& node);
    /// Does the same, without looking the node up. Requires: `node` is one of this snapshot's.
    void update_pod(const PodPointer& before, PodPointer after, const NodeInfo& node);

    /// Returns what one placed pod of each spec and namespace takes, of those with terms on other
    /// pods, in order of their first arrival; also of pods whose node is not known.
    [[nodiscard]] std::span<const SharedDemand> demands_with_terms() const;
    /// Counts the changes of that list.
    [[nodiscard]] std::uint64_t terms_version() const;

    /// Calls `take` with how many pods of a group a node has, those that are being deleted left
    /// out, for each group that `wanted` picks and each node of `nodes()` that has some. In no
    /// order; a group may come in parts, whose sum is what counts. Where a label is required, only
    /// groups that have it are asked about. Cost: a call of `wanted` a group, a call of `take` a
    /// node with its pods; the first time that a key is required, a look at all groups.
    void count_pods(const std::optional<RequiredLabel>& required,
                    const std::function<bool(const PodGroup&)>& wanted,
                    const std::function<void(const NodeInfo& node, std::int32_t pods)>& take) const;

    /// Promises a pod to a node; other pods of no higher priority then leave room for it.
    void nominate(PodPointer pod, const std::string& node);
    void withdraw_nomination(const api::corev1::Pod& pod);
    [[nodiscard]] std::span<const PlacedPod> nominated(std::string_view node) const;
    /// Returns the node a pod is promised to; null if there is none.
    [[nodiscard]] const std::string* nomination_of(const api::corev1::Pod& pod) const;
    [[nodiscard]] bool has_nominations() const;

    /// Counts all changes but those of pods: nodes, their order, their images.
    [[nodiscard]] std::uint64_t version() const;
    /// Returns the version of the last change other than of one node's taints, unschedulable mark
    /// or allocatable resources: since then the nodes, their order, labels and images are the same.
    [[nodiscard]] std::uint64_t layout_version() const;
    /// Returns the positions of the nodes that have changed since a version, oldest first; some
    /// may come twice. Requires: `keeps_node_changes`. Lifetime: until the snapshot changes.
    [[nodiscard]] std::span<const std::uint32_t> nodes_changed_since(std::uint64_t version) const;
    /// Tells whether nothing else has changed since, and the list reaches back that far.
    [[nodiscard]] bool keeps_node_changes(std::uint64_t since) const;

    /// Counts the changes of pods on nodes.
    [[nodiscard]] std::uint64_t pod_changes() const;

    /// Returns the changes after `since`, oldest first. Empty, too, if they are no longer kept: see
    /// `keeps_changes`. Lifetime: until the snapshot changes.
    [[nodiscard]] std::span<const PodChange> changed_since(std::uint64_t since) const;
    [[nodiscard]] bool keeps_changes(std::uint64_t since) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace wavetank::scheduler
