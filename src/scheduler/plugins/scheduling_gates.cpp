#include "scheduler/plugins/plugins.hpp"

namespace wavetank::scheduler::plugins {
namespace {

/// Keeps pods out of the queue until their gates are gone (kube-scheduler's `schedulinggates`).
class SchedulingGates final : public Plugin, public PreEnqueuePlugin, public EnqueueExtensions {
public:
    [[nodiscard]] std::string_view name() const override {
        return "SchedulingGates";
    }

    [[nodiscard]] Status pre_enqueue(const api::corev1::Pod& pod) const override {
        if (pod.spec->schedulingGates.empty()) {
            return {};
        }
        std::string names;
        for (const auto& gate : pod.spec->schedulingGates) {
            names += names.empty() ? gate.name : " " + gate.name;
        }
        return Status::unresolvable("waiting for scheduling gates: [" + names + "]");
    }

    [[nodiscard]] std::vector<EventRegistration> events() const override {
        return {{{EventResource::TargetPod, Action::UpdatePodSchedulingGatesEliminated}, {}}};
    }
};

}  // namespace

Made make_scheduling_gates(const boost::json::object& /*args*/, const PluginContext& /*context*/) {
    return make_plain<SchedulingGates>();
}

}  // namespace wavetank::scheduler::plugins
