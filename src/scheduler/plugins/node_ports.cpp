#include "scheduler/plugins/plugins.hpp"

#include <algorithm>
#include <span>

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Pod;

struct WantedPorts {
    std::vector<HostPort> ports;
};

bool fits(std::span<const HostPort> wanted, std::span<const HostPort> taken) {
    return std::ranges::none_of(wanted, [&](const HostPort& port) {
        return std::ranges::any_of(taken,
                                   [&](const HostPort& other) { return conflicts(port, other); });
    });
}

/// Keeps two pods from taking one port of a node (kube-scheduler's `nodeports`).
class NodePorts final : public Plugin,
                        public PreFilterPlugin,
                        public FilterPlugin,
                        public EnqueueExtensions,
                        public CacheablePlugin {
public:
    [[nodiscard]] std::string_view name() const override {
        return "NodePorts";
    }

    [[nodiscard]] PreFilterAnswer pre_filter(CycleState& state, const Pod& pod,
                                             const Snapshot& /*snapshot*/) const override {
        WantedPorts wanted{host_ports_of(pod)};
        if (wanted.ports.empty()) {
            return {.status = Status::skip()};
        }
        state.put(std::move(wanted));
        return {};
    }

    [[nodiscard]] Status filter(const CycleState& state, const Pod& /*pod*/,
                                const NodeInfo& node) const override {
        const auto* wanted = state.find<WantedPorts>();
        if (wanted == nullptr) {
            return Status::error("reading \"PreFilterNodePorts\" from cycleState: not found");
        }
        if (!fits(wanted->ports, node.host_ports())) {
            return Status::unschedulable(
                "node(s) didn't have free ports for the requested pod ports");
        }
        return {};
    }

    [[nodiscard]] std::vector<EventRegistration> events() const override {
        return {{{EventResource::AssignedPod, Action::Delete}, &after_pod_deletion},
                {{EventResource::Node, Action::Add}, {}}};
    }

    [[nodiscard]] Dependence dependence(const Pod& pod,
                                        const Snapshot& /*snapshot*/) const override {
        return host_ports_of(pod).empty() ? Dependence::NodeObject : Dependence::NodePods;
    }

private:
    static QueueingHint after_pod_deletion(const Pod& pod, const ObjectChange& change) {
        const Pod& deleted = *change.old_pod;
        if (deleted.spec.nodeName.empty() && deleted.status->nominatedNodeName->empty()) {
            return QueueingHint::Skip;
        }
        return fits(host_ports_of(pod), host_ports_of(deleted)) ? QueueingHint::Skip
                                                                : QueueingHint::Queue;
    }
};

}  // namespace

Made make_node_ports(const boost::json::object& /*args*/, const PluginContext& /*context*/) {
    return make_plain<NodePorts>();
}

}  // namespace wavetank::scheduler::plugins
