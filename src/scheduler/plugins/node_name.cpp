#include "scheduler/plugins/plugins.hpp"

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Pod;

/// Holds a pod to the node that its spec names (kube-scheduler's `nodename`).
class NodeName final : public Plugin,
                       public PreFilterPlugin,
                       public FilterPlugin,
                       public EnqueueExtensions,
                       public CacheablePlugin {
public:
    [[nodiscard]] std::string_view name() const override {
        return "NodeName";
    }

    [[nodiscard]] PreFilterAnswer pre_filter(CycleState& /*state*/, const Pod& pod,
                                             const Snapshot& /*snapshot*/) const override {
        PreFilterAnswer answer;
        if (!pod.spec.nodeName.empty()) {
            answer.node_names.emplace().insert(pod.spec.nodeName);
        }
        return answer;
    }

    [[nodiscard]] Status filter(const CycleState& /*state*/, const Pod& pod,
                                const NodeInfo& node) const override {
        if (!pod.spec.nodeName.empty() && pod.spec.nodeName != node.name()) {
            return Status::unresolvable("node(s) didn't match the requested node name");
        }
        return {};
    }

    [[nodiscard]] std::vector<EventRegistration> events() const override {
        return {{{EventResource::Node, Action::Add}, {}}};
    }

    [[nodiscard]] Dependence dependence(const Pod& /*pod*/,
                                        const Snapshot& /*snapshot*/) const override {
        return Dependence::NodeObject;
    }
    [[nodiscard]] bool finds_nodes_alike(const Pod& pod,
                                         const Snapshot& /*snapshot*/) const override {
        return pod.spec.nodeName.empty();
    }
};

}  // namespace

Made make_node_name(const boost::json::object& /*args*/, const PluginContext& /*context*/) {
    return make_plain<NodeName>();
}

}  // namespace wavetank::scheduler::plugins
