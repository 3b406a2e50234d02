#include <wavetank/scheduler/filter_run.hpp>

#include <optional>
#include <utility>

namespace wavetank::scheduler {

Status FilterRun::filter_as_it_is(const CycleState& state, const NodeInfo& node) const {
    for (const auto& [plugin, point] : plugins_.filter) {
        Status status = point->filter(state, pod_, node);
        if (!status.ok()) {
            status.plugin = plugin->name();
            return status;
        }
    }
    return {};
}

Status FilterRun::filter(const CycleState& state, const NodeInfo& node) const {
    std::optional<NodeInfo> crowded;
    CycleState crowded_state;
    for (const PlacedPod& other : snapshot_.nominated(node.name())) {
        if (pod_priority(*other.pod) < pod_priority(pod_) || same_pod(*other.pod, pod_)) {
            continue;
        }
        if (!crowded) {
            crowded = node;
            crowded_state = state.clone();
        }
        if (Status status = add_pod(crowded_state, other, *crowded); !status.ok()) {
            return Status::error(status.message());
        }
    }
    if (crowded) {
        if (Status status = filter_as_it_is(crowded_state, *crowded); !status.ok()) {
            return status;
        }
    }
    return filter_as_it_is(state, node);
}

Status FilterRun::add_pod(CycleState& state, const PlacedPod& added, NodeInfo& node) const {
    node.add_pod(added);
    for (const auto& [plugin, point] : plugins_.pre_filter) {
        if (Status status = point->add_pod(state, pod_, added, node); !status.ok()) {
            return status;
        }
    }
    return {};
}

Status FilterRun::remove_pod(CycleState& state, const PlacedPod& removed, NodeInfo& node) const {
    node.remove_pod(*removed.pod);
    for (const auto& [plugin, point] : plugins_.pre_filter) {
        if (Status status = point->remove_pod(state, pod_, removed, node); !status.ok()) {
            return status;
        }
    }
    return {};
}

}  // namespace wavetank::scheduler
