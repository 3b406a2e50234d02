#include "scheduler/plugins/plugins.hpp"
#include "scheduler/plugins/tolerations.hpp"

#include <algorithm>
#include <cstdint>

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Node;
using api::corev1::Pod;
using api::corev1::Taint;
using api::corev1::Toleration;

constexpr std::string_view preferred = "PreferNoSchedule";

// Only tolerations of every effect or of this one count here.
bool tolerates_softly(const Pod& pod, const Taint& taint) {
    return std::ranges::any_of(pod.spec->tolerations, [&](const Toleration& toleration) {
        return (toleration.effect.empty() || toleration.effect == preferred) &&
               tolerates(toleration, taint);
    });
}

std::int64_t untolerated_soft_taints(const Pod& pod, const Node& node) {
    return std::ranges::count_if(node.spec.taints, [&](const Taint& taint) {
        return taint.effect == preferred && !tolerates_softly(pod, taint);
    });
}

/// Keeps pods off nodes whose taints they do not tolerate, and prefers those with fewer soft ones
/// (kube-scheduler's `tainttoleration`).
class TaintToleration final : public Plugin,
                              public FilterPlugin,
                              public ScorePlugin,
                              public EnqueueExtensions,
                              public CacheablePlugin {
public:
    [[nodiscard]] std::string_view name() const override {
        return "TaintToleration";
    }

    [[nodiscard]] Status filter(const CycleState& /*state*/, const Pod& pod,
                                const NodeInfo& node) const override {
        if (!tolerates_scheduling(pod.spec->tolerations, node.node().spec.taints)) {
            return Status::unresolvable("node(s) had untolerated taint(s)");
        }
        return {};
    }

    [[nodiscard]] std::int64_t score(const CycleState& /*state*/, const Pod& pod,
                                     const NodeInfo& node) const override {
        return untolerated_soft_taints(pod, node.node());
    }

    void normalize(const CycleState& /*state*/, const Pod& /*pod*/,
                   std::span<std::int64_t> scores) const override {
        normalize_scores(scores, ScoreOrder::Reversed);
    }

    [[nodiscard]] std::vector<EventRegistration> events() const override {
        return {{{EventResource::Node, Action::Add | Action::UpdateNodeTaint}, &after_node_change},
                {{EventResource::TargetPod, Action::UpdatePodToleration}, {}}};
    }

    // Where no soft taint is left over, all nodes have the highest score.
    [[nodiscard]] Dependence dependence(const Pod& pod, const Snapshot& snapshot) const override {
        const bool equal = !has_soft_taints(snapshot) ||
                           std::ranges::all_of(snapshot.nodes(), [&](const NodeInfo* node) {
                               return untolerated_soft_taints(pod, node->node()) == 0;
                           });
        return equal ? Dependence::NodeObject : Dependence::Anything;
    }
    [[nodiscard]] bool finds_nodes_alike(const Pod& /*pod*/,
                                         const Snapshot& snapshot) const override {
        return !snapshot.has_taints();
    }

private:
    // What a version of a snapshot says, for all templates of pods; its address is not looked at.
    struct Soft {
        const Snapshot* snapshot = nullptr;
        std::uint64_t version = 0;
        bool taints = false;
    };

    [[nodiscard]] bool has_soft_taints(const Snapshot& snapshot) const {
        if (!snapshot.has_taints()) {
            return false;
        }
        if (soft_.snapshot != &snapshot || soft_.version != snapshot.version()) {
            const auto is_soft = [](const Taint& taint) { return taint.effect == preferred; };
            const bool any = std::ranges::any_of(snapshot.nodes(), [&](const NodeInfo* node) {
                return std::ranges::any_of(node->node().spec.taints, is_soft);
            });
            soft_ = {.snapshot = &snapshot, .version = snapshot.version(), .taints = any};
        }
        return soft_.taints;
    }

    static QueueingHint after_node_change(const Pod& pod, const ObjectChange& change) {
        const auto& tolerations = pod.spec->tolerations;
        const Node* before = change.old_node;
        const bool repelled =
            before == nullptr || !tolerates_scheduling(tolerations, before->spec.taints);
        return repelled && tolerates_scheduling(tolerations, change.new_node->spec.taints)
                   ? QueueingHint::Queue
                   : QueueingHint::Skip;
    }

    mutable Soft soft_{};
};

}  // namespace

Made make_taint_toleration(const boost::json::object& /*args*/, const PluginContext& /*context*/) {
    return make_plain<TaintToleration>();
}

}  // namespace wavetank::scheduler::plugins
