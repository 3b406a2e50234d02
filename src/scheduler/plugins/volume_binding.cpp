#include "scheduler/plugins/plugins.hpp"

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Pod;

/// Gives every node 0, as kube-scheduler's `volumebinding` does for pods without claims; others are
/// not modelled.
class VolumeBinding final : public Plugin, public ScorePlugin, public CacheablePlugin {
public:
    [[nodiscard]] std::string_view name() const override {
        return "VolumeBinding";
    }

    [[nodiscard]] std::int64_t score(const CycleState& /*state*/, const Pod& /*pod*/,
                                     const NodeInfo& /*node*/) const override {
        return 0;
    }

    [[nodiscard]] Dependence dependence(const Pod& /*pod*/,
                                        const Snapshot& /*snapshot*/) const override {
        return Dependence::NodeObject;
    }
};

}  // namespace

Made make_volume_binding(const boost::json::object& /*args*/, const PluginContext& /*context*/) {
    return make_plain<VolumeBinding>();
}

}  // namespace wavetank::scheduler::plugins
