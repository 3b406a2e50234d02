#include "scheduler/figures.hpp"

#include <wavetank/scheduler/node_info.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace wavetank::scheduler {

using api::corev1::Pod;

api::Uid pod_identity(const Pod& pod) {
    return pod.metadata.uid.empty() ? api::Uid{pod.metadata.namespace_ + "/" + pod.metadata.name}
                                    : pod.metadata.uid;
}

bool same_pod(const Pod& left, const Pod& right) {
    if (left.metadata.uid.empty() || right.metadata.uid.empty()) {
        return left.metadata.name == right.metadata.name &&
               left.metadata.namespace_ == right.metadata.namespace_;
    }
    return left.metadata.uid == right.metadata.uid;
}

std::int32_t pod_priority(const Pod& pod) {
    return pod.spec->priority.value_or(0);
}

NodeInfo::NodeInfo(NodePointer node) {
    set_node(std::move(node));
}

void NodeInfo::set_node(NodePointer node) {
    node_ = std::move(node);
    allocatable_ = node_ ? Resources::from(node_->status.allocatable) : Resources{};
}

NodeFigures NodeInfo::figures() const {
    const std::int64_t pods_free = allocatable_.pods - static_cast<std::int64_t>(pods_.size());
    return {.milli_cpu = allocatable_.milli_cpu,
            .memory = allocatable_.memory,
            .milli_cpu_requested = requested_.milli_cpu,
            .memory_requested = requested_.memory,
            .milli_cpu_nonzero = milli_cpu_nonzero_,
            .memory_nonzero = memory_nonzero_,
            .ephemeral_storage_free = allocatable_.ephemeral_storage - requested_.ephemeral_storage,
            .pods_free = static_cast<std::int32_t>(
                std::clamp<std::int64_t>(pods_free, std::numeric_limits<std::int32_t>::min(),
                                         std::numeric_limits<std::int32_t>::max())),
            .balance = balance_of(FigurePair{static_cast<double>(requested_.milli_cpu),
                                             static_cast<double>(requested_.memory)},
                                  FigurePair{static_cast<double>(allocatable_.milli_cpu),
                                             static_cast<double>(allocatable_.memory)})};
}

void NodeInfo::add_pod(PlacedPod placed) {
    const PodDemand& demand = *placed.demand;
    requested_ += demand.requested;
    milli_cpu_nonzero_ += demand.milli_cpu_nonzero;
    memory_nonzero_ += demand.memory_nonzero;
    for (const HostPort& port : demand.host_ports) {
        if (std::ranges::find(host_ports_, port) == host_ports_.end()) {
            host_ports_.push_back(port);
        }
    }
    pods_with_terms_ += demand.terms ? 1 : 0;
    if (pods_.size() == pods_.capacity()) {
        pods_.reserve(std::max<std::size_t>(8, 2 * pods_.size()));  // few nodes have fewer
    }
    pods_.push_back(std::move(placed));
}

PlacedPod NodeInfo::refresh_pod(const PodPointer& before, const PodPointer& after) {
    auto found = std::ranges::find(pods_, before, &PlacedPod::pod);
    if (found == pods_.end()) {
        found = std::ranges::find_if(
            pods_, [&](const PlacedPod& placed) { return same_pod(*placed.pod, *after); });
    }
    return found == pods_.end() ? PlacedPod{}
                                : PlacedPod{std::exchange(found->pod, after), found->demand};
}

PlacedPod NodeInfo::remove_pod(const Pod& pod) {
    // Mostly it is the very state that is known, and no other pod has to be looked at.
    auto found = std::ranges::find(pods_, &pod, [](const PlacedPod& p) { return p.pod.get(); });
    if (found == pods_.end()) {
        found = std::ranges::find_if(
            pods_, [&](const PlacedPod& placed) { return same_pod(*placed.pod, pod); });
    }
    if (found == pods_.end()) {
        return {};
    }
    PlacedPod taken = std::move(*found);
    const PodDemand& demand = *taken.demand;
    requested_ -= demand.requested;
    milli_cpu_nonzero_ -= demand.milli_cpu_nonzero;
    memory_nonzero_ -= demand.memory_nonzero;
    for (const HostPort& port : demand.host_ports) {
        if (const auto held = std::ranges::find(host_ports_, port); held != host_ports_.end()) {
            host_ports_.erase(held);
        }
    }
    pods_with_terms_ -= demand.terms ? 1 : 0;
    if (found != std::prev(pods_.end())) {
        *found = std::move(pods_.back());
    }
    pods_.pop_back();
    return taken;
}

}  // namespace wavetank::scheduler
