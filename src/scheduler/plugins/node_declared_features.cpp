#include "scheduler/plugins/plugins.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Pod;
using Features = std::set<std::string>;

bool restarts_all(const Pod& pod) {
    const auto has_rule = [](const auto& container) {
        return std::ranges::any_of(container.restartPolicyRules, [](const auto& rule) {
            return rule.action == "RestartAllContainers";
        });
    };
    return std::ranges::any_of(pod.spec->containers, has_rule) ||
           std::ranges::any_of(pod.spec->initContainers, has_rule);
}

bool has_bind_options(const Pod& pod) {
    const auto has_them = [](const auto& container) {
        return std::ranges::any_of(container.volumeMounts, [](const auto& mount) {
            return !mount.bindMountOptions.empty();
        });
    };
    return std::ranges::any_of(pod.spec->containers, has_them) ||
           std::ranges::any_of(pod.spec->initContainers, has_them) ||
           std::ranges::any_of(pod.spec->ephemeralContainers, has_them);
}

// What of a pod's spec only some kubelets can do (component-helpers' `nodedeclaredfeatures`, as of
// v1.37).
Features features_needed(const Pod& pod) {
    Features features;
    if (restarts_all(pod)) {
        features.insert("RestartAllContainersOnContainerExits");
    }
    if (pod.spec->hostNetwork && pod.spec->hostUsers == false) {
        features.insert("UserNamespacesHostNetworkSupport");
    }
    if (has_bind_options(pod)) {
        features.insert("VolumeBindMountOptions");
    }
    return features;
}

/// Keeps pods away from nodes whose kubelets cannot do what they need (kube-scheduler's
/// `nodedeclaredfeatures`).
class NodeDeclaredFeatures final : public Plugin,
                                   public PreFilterPlugin,
                                   public FilterPlugin,
                                   public EnqueueExtensions,
                                   public CacheablePlugin {
public:
    [[nodiscard]] std::string_view name() const override {
        return "NodeDeclaredFeatures";
    }

    [[nodiscard]] PreFilterAnswer pre_filter(CycleState& state, const Pod& pod,
                                             const Snapshot& /*snapshot*/) const override {
        Needed needed{features_needed(pod)};
        if (needed.features.empty()) {
            return {.status = Status::skip()};
        }
        state.put(std::move(needed));
        return {};
    }

    [[nodiscard]] Status filter(const CycleState& state, const Pod& /*pod*/,
                                const NodeInfo& node) const override {
        const auto& declared = node.node().status.declaredFeatures;
        const auto lacks = [&](const std::string& feature) {
            return std::ranges::find(declared, feature) == declared.end();
        };
        const auto* needed = state.find<Needed>();
        return needed != nullptr && std::ranges::any_of(needed->features, lacks)
                   ? Status::unresolvable("node(s) didn't match Pod's required features")
                   : Status{};
    }

    [[nodiscard]] std::vector<EventRegistration> events() const override {
        return {
            {{EventResource::Node, Action::Add | Action::UpdateNodeDeclaredFeature}, &after_node},
            {{EventResource::TargetPod, Action::Update}, &after_update}};
    }

    [[nodiscard]] Dependence dependence(const Pod& /*pod*/,
                                        const Snapshot& /*snapshot*/) const override {
        return Dependence::NodeObject;
    }

private:
    struct Needed {
        Features features;
    };

    static QueueingHint after_node(const Pod& /*pod*/, const ObjectChange& change) {
        return change.old_node != nullptr && change.old_node->status.declaredFeatures ==
                                                 change.new_node->status.declaredFeatures
                   ? QueueingHint::Skip
                   : QueueingHint::Queue;
    }

    static QueueingHint after_update(const Pod& /*pod*/, const ObjectChange& change) {
        return features_needed(*change.old_pod) == features_needed(*change.new_pod)
                   ? QueueingHint::Skip
                   : QueueingHint::Queue;
    }
};

}  // namespace

Made make_node_declared_features(const boost::json::object& /*args*/,
                                 const PluginContext& /*context*/) {
    return make_plain<NodeDeclaredFeatures>();
}

}  // namespace wavetank::scheduler::plugins
