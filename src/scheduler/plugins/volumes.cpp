#include "scheduler/plugins/plugins.hpp"

#include <string>
#include <utility>

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Pod;

constexpr Action add_or_update = Action::Add | Action::Update;

QueueingHint never(const Pod& /*pod*/, const ObjectChange& /*change*/) {
    return QueueingHint::Skip;
}

/// Has nothing to say, as upstream's plugins for volumes of pods without claims and without disks
/// of clouds; others are not modelled. Wakes pods for the same events.
class VolumePlugin : public Plugin,
                     public PreFilterPlugin,
                     public FilterPlugin,
                     public EnqueueExtensions,
                     public CacheablePlugin {
public:
    VolumePlugin(std::string name, std::vector<EventRegistration> events)
        : name_(std::move(name)), events_(std::move(events)) {}

    [[nodiscard]] std::string_view name() const override {
        return name_;
    }

    [[nodiscard]] PreFilterAnswer pre_filter(CycleState& /*state*/, const Pod& /*pod*/,
                                             const Snapshot& /*snapshot*/) const override {
        return {.status = Status::skip()};
    }

    [[nodiscard]] Status filter(const CycleState& /*state*/, const Pod& /*pod*/,
                                const NodeInfo& /*node*/) const override {
        return {};
    }

    [[nodiscard]] std::vector<EventRegistration> events() const override {
        return events_;
    }

    [[nodiscard]] Dependence dependence(const Pod& /*pod*/,
                                        const Snapshot& /*snapshot*/) const override {
        return Dependence::NodeObject;
    }
    [[nodiscard]] bool finds_nodes_alike(const Pod& /*pod*/,
                                         const Snapshot& /*snapshot*/) const override {
        return true;
    }

private:
    std::string name_;
    std::vector<EventRegistration> events_;
};

/// Gives every node 0, too (kube-scheduler's `volumebinding`).
class VolumeBinding final : public VolumePlugin, public ScorePlugin {
public:
    using VolumePlugin::VolumePlugin;

    [[nodiscard]] std::int64_t score(const CycleState& /*state*/, const Pod& /*pod*/,
                                     const NodeInfo& /*node*/) const override {
        return 0;
    }
};

template <class T>
Made make_volume_plugin(std::string name, std::vector<EventRegistration> events) {
    return std::unique_ptr<Plugin>(std::make_unique<T>(std::move(name), std::move(events)));
}

}  // namespace

Made make_node_volume_limits(const boost::json::object& /*args*/,
                             const PluginContext& /*context*/) {
    return make_volume_plugin<VolumePlugin>(
        "NodeVolumeLimits", {{{EventResource::CSINode, Action::Add}, {}},
                             {{EventResource::CSINode, Action::Update}, {}},
                             {{EventResource::AssignedPod, Action::Delete}, &never},
                             {{EventResource::PersistentVolumeClaim, Action::Add}, {}},
                             {{EventResource::VolumeAttachment, Action::Delete}, {}}});
}

Made make_volume_binding(const boost::json::object& /*args*/, const PluginContext& /*context*/) {
    return make_volume_plugin<VolumeBinding>(
        "VolumeBinding", {{{EventResource::StorageClass, add_or_update}, {}},
                          {{EventResource::PersistentVolumeClaim, add_or_update}, {}},
                          {{EventResource::PersistentVolume, add_or_update}, {}},
                          {{EventResource::Node, Action::Add | Action::UpdateNodeLabel}, {}},
                          {{EventResource::CSINode, add_or_update}, {}},
                          {{EventResource::CSIDriver, Action::Update}, {}},
                          {{EventResource::CSIStorageCapacity, add_or_update}, {}}});
}

Made make_volume_restrictions(const boost::json::object& /*args*/,
                              const PluginContext& /*context*/) {
    return make_volume_plugin<VolumePlugin>(
        "VolumeRestrictions", {{{EventResource::AssignedPod, Action::Delete}, &never},
                               {{EventResource::Node, Action::Add}, {}},
                               {{EventResource::PersistentVolumeClaim, Action::Add}, {}}});
}

Made make_volume_zone(const boost::json::object& /*args*/, const PluginContext& /*context*/) {
    return make_volume_plugin<VolumePlugin>(
        "VolumeZone", {{{EventResource::StorageClass, Action::Add}, {}},
                       {{EventResource::Node, Action::Add | Action::UpdateNodeLabel}, {}},
                       {{EventResource::PersistentVolumeClaim, add_or_update}, {}},
                       {{EventResource::PersistentVolume, add_or_update}, {}}});
}

}  // namespace wavetank::scheduler::plugins
