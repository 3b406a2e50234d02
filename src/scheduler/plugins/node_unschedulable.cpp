#include "scheduler/plugins/plugins.hpp"
#include "scheduler/plugins/tolerations.hpp"

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Node;
using api::corev1::Pod;

/// Keeps pods off cordoned nodes (kube-scheduler's `nodeunschedulable`).
class NodeUnschedulable final : public Plugin,
                                public FilterPlugin,
                                public EnqueueExtensions,
                                public CacheablePlugin {
public:
    [[nodiscard]] std::string_view name() const override {
        return "NodeUnschedulable";
    }

    [[nodiscard]] Status filter(const CycleState& /*state*/, const Pod& pod,
                                const NodeInfo& node) const override {
        if (node.node().spec.unschedulable && !tolerates_cordon(pod.spec->tolerations)) {
            return Status::unresolvable("node(s) were unschedulable");
        }
        return {};
    }

    [[nodiscard]] std::vector<EventRegistration> events() const override {
        return {{{EventResource::Node, Action::Add | Action::UpdateNodeTaint},
                 [](const Pod& /*pod*/, const ObjectChange& change) {
                     const Node* before = change.old_node;
                     return queue_if((before == nullptr || before->spec.unschedulable) &&
                                     !change.new_node->spec.unschedulable);
                 }},
                {{EventResource::TargetPod, Action::UpdatePodToleration},
                 [](const Pod& /*pod*/, const ObjectChange& change) {
                     return queue_if(tolerates_cordon(change.new_pod->spec->tolerations));
                 }}};
    }

    [[nodiscard]] Dependence dependence(const Pod& /*pod*/,
                                        const Snapshot& /*snapshot*/) const override {
        return Dependence::NodeObject;
    }
    [[nodiscard]] bool finds_nodes_alike(const Pod& /*pod*/,
                                         const Snapshot& snapshot) const override {
        return !snapshot.has_unschedulable_nodes();
    }
};

}  // namespace

Made make_node_unschedulable(const boost::json::object& /*args*/,
                             const PluginContext& /*context*/) {
    return make_plain<NodeUnschedulable>();
}

}  // namespace wavetank::scheduler::plugins
