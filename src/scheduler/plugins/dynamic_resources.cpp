#include "scheduler/plugins/plugins.hpp"

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Pod;

/// Has nothing to say and gives every node 0, as kube-scheduler's `dynamicresources` does for pods
/// without resource claims; others are not modelled.
class DynamicResources final : public Plugin,
                               public PreEnqueuePlugin,
                               public PreFilterPlugin,
                               public FilterPlugin,
                               public PostFilterPlugin,
                               public ScorePlugin,
                               public EnqueueExtensions,
                               public CacheablePlugin {
public:
    [[nodiscard]] std::string_view name() const override {
        return "DynamicResources";
    }

    [[nodiscard]] Status pre_enqueue(const Pod& /*pod*/) const override {
        return {};
    }

    [[nodiscard]] PreFilterAnswer pre_filter(CycleState& state, const Pod& /*pod*/,
                                             const Snapshot& /*snapshot*/) const override {
        state.put(Seen{});
        return {.status = Status::skip()};
    }

    [[nodiscard]] Status filter(const CycleState& /*state*/, const Pod& /*pod*/,
                                const NodeInfo& /*node*/) const override {
        return {};
    }

    // Where another PreFilter ended the cycle before this one, upstream fails here, and so spares
    // the pod preemption.
    [[nodiscard]] PostFilterAnswer post_filter(CycleState& state,
                                               const PostFilterQuestion& /*question*/) override {
        return {.status = state.find<Seen>() == nullptr ? Status::error("not found")
                                                        : Status{.code = Code::Unschedulable}};
    }

    [[nodiscard]] std::int64_t score(const CycleState& /*state*/, const Pod& /*pod*/,
                                     const NodeInfo& /*node*/) const override {
        return 0;
    }

    [[nodiscard]] std::vector<EventRegistration> events() const override {
        return {{{EventResource::Node,
                  Action::Add | Action::UpdateNodeAllocatable | Action::UpdateNodeLabel},
                 {}},
                {{EventResource::ResourceClaim, Action::All}, {}},
                {{EventResource::TargetPod, Action::UpdatePodGeneratedResourceClaim}, {}},
                {{EventResource::DeviceClass, Action::Add | Action::Update}, {}},
                {{EventResource::ResourceSlice, Action::Add | Action::Update}, {}}};
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
    struct Seen {};
};

}  // namespace

Made make_dynamic_resources(const boost::json::object& /*args*/, const PluginContext& /*context*/) {
    return make_plain<DynamicResources>();
}

}  // namespace wavetank::scheduler::plugins
