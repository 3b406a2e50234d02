#pragma once

/// \file
/// A node and what runs on it, summed up for plugins (Kubernetes' `framework.NodeInfo`).

#include <wavetank/api/corev1/node.hpp>
#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/pointer.hpp>
#include <wavetank/api/shared.hpp>
#include <wavetank/scheduler/resources.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::scheduler {

using PodPointer = api::Pointer<const api::corev1::Pod>;
using NodePointer = api::Pointer<const api::corev1::Node>;
using SharedDemand = api::Shared<PodDemand>;

/// Returns what tells one pod from another: its UID, or "namespace/name" before it has one.
[[nodiscard]] api::Uid pod_identity(const api::corev1::Pod& pod);

/// Tells whether both are the same pod, maybe in different states.
[[nodiscard]] bool same_pod(const api::corev1::Pod& left, const api::corev1::Pod& right);

/// Returns `spec.priority`; 0 if absent.
[[nodiscard]] std::int32_t pod_priority(const api::corev1::Pod& pod);

/// A pod on a node, with what it takes from it.
struct PlacedPod {
    PodPointer pod;
    SharedDemand demand;  ///< pods of one template share one
};

/// One image name in the cluster, counted once a node that has it.
struct ImageState {
    std::int64_t size = 0;  ///< as the first node reported it
    std::size_t nodes = 0;
};

/// What most plugins look at of a node, in one cache line.
struct alignas(64) NodeFigures {
    std::int64_t milli_cpu = 0;  ///< allocatable, and so is `memory`
    std::int64_t memory = 0;
    std::int64_t milli_cpu_requested = 0;
    std::int64_t memory_requested = 0;
    std::int64_t milli_cpu_nonzero = 0;
    std::int64_t memory_nonzero = 0;
    std::int64_t ephemeral_storage_free = 0;
    std::int32_t pods_free = 0;  ///< how many more pods the node takes
    /// How equally cpu and memory are requested, 0 to 100: 100 less half the difference of their
    /// shares in percent; 100 if the node has none of one (kube-scheduler's balanced allocation).
    std::int32_t balance = 0;
};

/// The sums of one node, kept up to date as pods come and go.
///
/// A pod may be known before its node is; then there are sums, but no node.
class alignas(64) NodeInfo {
public:
    using Images = std::map<std::string, std::shared_ptr<const ImageState>, std::less<>>;

    NodeInfo() = default;
    explicit NodeInfo(NodePointer node);

    /// Requires: `has_node()`.
    [[nodiscard]] const api::corev1::Node& node() const {
        return *node_;
    }
    [[nodiscard]] const NodePointer& node_pointer() const {
        return node_;
    }
    [[nodiscard]] bool has_node() const {
        return node_ != nullptr;
    }
    /// Requires: `has_node()`.
    [[nodiscard]] const api::Text& name() const {
        return node_->metadata.name;
    }
    [[nodiscard]] const Resources& allocatable() const {
        return allocatable_;
    }
    [[nodiscard]] const Resources& requested() const {
        return requested_;
    }
    [[nodiscard]] std::int64_t milli_cpu_nonzero() const {
        return milli_cpu_nonzero_;
    }
    [[nodiscard]] std::int64_t memory_nonzero() const {
        return memory_nonzero_;
    }
    [[nodiscard]] std::span<const HostPort> host_ports() const {
        return host_ports_;
    }
    [[nodiscard]] const Images& images() const {
        return images_;
    }
    [[nodiscard]] const std::vector<PlacedPod>& pods() const {
        return pods_;
    }
    /// Returns how many of the pods have terms on other pods.
    [[nodiscard]] std::size_t pods_with_terms() const {
        return pods_with_terms_;
    }
    /// Returns the place in the order of nodes; see `Snapshot::nodes`.
    [[nodiscard]] std::size_t position() const {
        return position_;
    }

    [[nodiscard]] NodeFigures figures() const;

    /// Returns a number that no other state of this or another node in the snapshot has had;
    /// heartbeats do not change it.
    [[nodiscard]] std::uint64_t generation() const {
        return generation_;
    }

    /// Replaces the node; null forgets it, but not its pods.
    void set_node(NodePointer node);
    void set_images(Images images) {
        images_ = std::move(images);
    }
    void set_position(std::size_t position) {
        position_ = static_cast<std::uint32_t>(position);
    }
    /// Returns what stands for it in counts: a small number that stays the same, and is its own
    /// while the snapshot knows of it or of pods on it.
    [[nodiscard]] std::uint32_t number() const {
        return number_;
    }
    void set_number(std::uint32_t number) {
        number_ = number;
    }

    void set_generation(std::uint64_t generation) {
        generation_ = generation;
    }

    void add_pod(PlacedPod placed);

    /// Replaces a pod, best known as `before`, by a later state that takes the same from the node.
    /// Returns the state that was there; null pointers if there was none.
    PlacedPod refresh_pod(const PodPointer& before, const PodPointer& after);

    /// Forgets a pod; the last pod takes its place, as upstream. Returns it; null pointers if it
    /// was not there. Cost: linear in the pods of the node.
    PlacedPod remove_pod(const api::corev1::Pod& pod);

    /// Lets what changes with a pod be fetched into the cache.
    void prefetch() const {
        const auto* const first = reinterpret_cast<const char*>(this);
        for (std::size_t offset = 0; offset < sizeof(NodeInfo); offset += 64) {
            __builtin_prefetch(first + offset, 1);
        }
    }

private:
    // What changes with a pod and what it is compared with come first.
    NodePointer node_;
    std::vector<PlacedPod> pods_;
    std::int64_t milli_cpu_nonzero_ = 0;
    std::int64_t memory_nonzero_ = 0;
    Resources requested_;
    std::size_t pods_with_terms_ = 0;
    std::uint32_t position_ = 0;
    std::uint32_t number_ = 0;
    std::uint64_t generation_ = 0;
    Resources allocatable_;
    // Each once, in no order. As upstream, a port is free when one of several pods that hold it,
    // which cannot come about by scheduling, is gone.
    std::vector<HostPort> host_ports_;
    Images images_;
};

}  // namespace wavetank::scheduler
