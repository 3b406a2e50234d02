#include "scheduler/plugins/plugins.hpp"

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Pod;

/// Gives every node 0, as kube-scheduler's `dynamicresources` does for pods without resource
/// claims; others are not modelled.
class DynamicResources final : public Plugin, public ScorePlugin, public CacheablePlugin {
public:
    [[nodiscard]] std::string_view name() const override {
        return "DynamicResources";
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

Made make_dynamic_resources(const boost::json::object& /*args*/, const PluginContext& /*context*/) {
    return make_plain<DynamicResources>();
}

}  // namespace wavetank::scheduler::plugins
