#include "scheduler/plugins/plugins.hpp"
#include "scheduler/plugins/scoring_strategy.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Node;
using api::corev1::Pod;

// What the filter goes by.
struct FilteredRequest {
    Resources resources;
};

// What the score goes by.
struct ScoredRequest {
    PodUsage usage;
};

/// Extended resources that the filter leaves to somebody else.
struct Ignored {
    std::set<std::string, std::less<>> resources;
    std::set<std::string, std::less<>> groups;

    [[nodiscard]] bool contains(std::string_view name) const {
        return (!resources.empty() || !groups.empty()) && is_extended_resource(name) &&
               (resources.contains(name) || groups.contains(name.substr(0, name.find('/'))));
    }
};

bool asks_for_nothing(const Resources& request) {
    return request.milli_cpu == 0 && request.memory == 0 && request.ephemeral_storage == 0 &&
           request.scalars.empty();
}

// Collects what is short; a request beyond what the whole node has cannot be helped by eviction.
class Shortage {
public:
    void check(std::string_view name, std::int64_t request, std::int64_t allocatable,
               std::int64_t requested) {
        if (request > 0 && request > allocatable - requested) {
            add("Insufficient " + std::string{name});
            if (request > allocatable) {
                status_.code = Code::UnschedulableAndUnresolvable;
            }
        }
    }

    void add(std::string reason) {
        if (status_.ok()) {
            status_.code = Code::Unschedulable;
        }
        status_.reasons.push_back(std::move(reason));
    }

    [[nodiscard]] Status take() {
        return std::move(status_);
    }

private:
    Status status_;
};

Status fit(const Resources& request, const NodeInfo& node, const Ignored& ignored) {
    const Resources& allocatable = node.allocatable();
    const Resources& requested = node.requested();
    Shortage shortage;
    if (static_cast<std::int64_t>(node.pods().size()) + 1 > allocatable.pods) {
        shortage.add("Too many pods");
    }
    if (asks_for_nothing(request)) {
        return shortage.take();
    }
    shortage.check("cpu", request.milli_cpu, allocatable.milli_cpu, requested.milli_cpu);
    shortage.check("memory", request.memory, allocatable.memory, requested.memory);
    shortage.check("ephemeral-storage", request.ephemeral_storage, allocatable.ephemeral_storage,
                   requested.ephemeral_storage);
    for (const auto& [name, amount] : request.scalars) {
        if (!ignored.contains(name)) {
            shortage.check(name, amount, allocatable.of(name).value_or(0),
                           requested.of(name).value_or(0));
        }
    }
    return shortage.take();
}

/// The same for many nodes, of a pod that asks for no scalars.
class FitByFigures final : public FigureAnswers {
public:
    FitByFigures(const Resources& request, const ScoringStrategy& strategy,
                 const CpuAndMemory& usage)
        : milli_cpu_(needed(request.milli_cpu)),
          memory_(needed(request.memory)),
          ephemeral_storage_(needed(request.ephemeral_storage)),
          strategy_(strategy),
          usage_(usage) {}

    void filter(const NodeTotals& nodes) const override {
        for (std::size_t i = 0; i < nodes.positions.size(); ++i) {
            const NodeFigures& node = nodes.figures[nodes.positions[i]];
            const bool fits = node.pods_free >= 1 &&
                              milli_cpu_ <= node.milli_cpu - node.milli_cpu_requested &&
                              memory_ <= node.memory - node.memory_requested &&
                              ephemeral_storage_ <= node.ephemeral_storage_free;
            nodes.totals[i] = fits ? nodes.totals[i] : NodeTotals::rejected;
        }
    }

    void score(const NodeTotals& nodes, std::int32_t weight) const override {
        strategy_.add_scores(nodes, usage_, weight);
    }

    [[nodiscard]] bool same_as(const FigureAnswers& other) const override {
        const auto* fit = dynamic_cast<const FitByFigures*>(&other);
        return fit != nullptr && milli_cpu_ == fit->milli_cpu_ && memory_ == fit->memory_ &&
               ephemeral_storage_ == fit->ephemeral_storage_ && &strategy_ == &fit->strategy_ &&
               usage_ == fit->usage_;
    }

private:
    // What is not asked for is there even on a node that has less than none to spare.
    static std::int64_t needed(std::int64_t request) {
        return request > 0 ? request : std::numeric_limits<std::int64_t>::min();
    }

    std::int64_t milli_cpu_;
    std::int64_t memory_;
    std::int64_t ephemeral_storage_;
    const ScoringStrategy& strategy_;
    CpuAndMemory usage_;
};

bool more_of_what_is_asked(const Resources& request, const Resources& before,
                           const Resources& after) {
    if (after.pods > before.pods) {
        return true;
    }
    return (request.milli_cpu > 0 && after.milli_cpu > before.milli_cpu) ||
           (request.memory > 0 && after.memory > before.memory) ||
           (request.ephemeral_storage > 0 && after.ephemeral_storage > before.ephemeral_storage) ||
           std::ranges::any_of(request.scalars, [&](const auto& scalar) {
               return scalar.second != 0 &&
                      after.of(scalar.first).value_or(0) > before.of(scalar.first).value_or(0);
           });
}

/// Keeps pods off nodes that lack the resources they ask for, and prefers nodes by how full they
/// are (kube-scheduler's `noderesources`, fit).
class NodeResourcesFit final : public Plugin,
                               public PreFilterPlugin,
                               public FilterPlugin,
                               public PreScorePlugin,
                               public ScorePlugin,
                               public EnqueueExtensions,
                               public CacheablePlugin {
public:
    NodeResourcesFit(ScoringStrategy strategy, Ignored ignored)
        : strategy_(std::move(strategy)), ignored_(std::move(ignored)) {}

    [[nodiscard]] std::string_view name() const override {
        return "NodeResourcesFit";
    }

    [[nodiscard]] PreFilterAnswer pre_filter(CycleState& state, const Pod& pod,
                                             const Snapshot& /*snapshot*/) const override {
        state.put(FilteredRequest{Resources::from(pod_requests(pod))});
        return {};
    }

    [[nodiscard]] Status filter(const CycleState& state, const Pod& /*pod*/,
                                const NodeInfo& node) const override {
        const auto* request = state.find<FilteredRequest>();
        if (request == nullptr) {
            return Status::error(
                "error reading \"PreFilterNodeResourcesFit\" from cycleState: not found");
        }
        return fit(request->resources, node, ignored_);
    }

    [[nodiscard]] Status pre_score(CycleState& state, const Pod& pod,
                                   std::span<const NodeInfo* const> /*nodes*/) const override {
        state.put(ScoredRequest{usage_of(pod)});
        return {};
    }

    [[nodiscard]] std::int64_t score(const CycleState& state, const Pod& pod,
                                     const NodeInfo& node) const override {
        const auto* request = state.find<ScoredRequest>();
        return strategy_.score(request != nullptr ? request->usage.on(node, Counted::NonZero)
                                                  : usage_of(pod).on(node, Counted::NonZero));
    }

    [[nodiscard]] std::vector<EventRegistration> events() const override {
        return {{{EventResource::AssignedPod, Action::Delete}, &after_pod_deletion},
                {{EventResource::Node, Action::Add | Action::UpdateNodeAllocatable},
                 &after_node_change},
                {{EventResource::DeviceClass, Action::Add | Action::Update}, {}},
                {{EventResource::AssignedPod, Action::UpdatePodScaleDown}, &after_scale_down},
                {{EventResource::TargetPod, Action::UpdatePodScaleDown}, {}}};
    }

    [[nodiscard]] Dependence dependence(const Pod& /*pod*/,
                                        const Snapshot& /*snapshot*/) const override {
        return Dependence::NodePods;
    }
    [[nodiscard]] std::shared_ptr<const FigureAnswers> answers_by_figures(
        const Pod& pod) const override {
        const Resources request = Resources::from(pod_requests(pod));
        const auto usage = usage_of(pod).cpu_and_memory();
        if (!request.scalars.empty() || !usage) {
            return nullptr;
        }
        return std::make_shared<const FitByFigures>(request, strategy_, *usage);
    }

private:
    // As upstream, whose scorer inside this plugin never learns of pod-level resources.
    [[nodiscard]] PodUsage usage_of(const Pod& pod) const {
        return {pod_requests(pod, {.container_defaults = nonzero_defaults(), .pod_level = false}),
                strategy_.resources()};
    }

    static QueueingHint after_pod_deletion(const Pod& /*pod*/, const ObjectChange& change) {
        const Pod& deleted = *change.old_pod;
        return deleted.spec.nodeName.empty() && deleted.status->nominatedNodeName->empty()
                   ? QueueingHint::Skip
                   : QueueingHint::Queue;
    }

    static QueueingHint after_node_change(const Pod& pod, const ObjectChange& change) {
        const Resources request = Resources::from(pod_requests(pod));
        const Resources after = Resources::from(change.new_node->status.allocatable);
        NodeInfo empty;
        empty.set_node(api::make_object<const Node>(*change.new_node));
        if (!fit(request, empty, {}).ok()) {
            return QueueingHint::Skip;
        }
        if (change.old_node == nullptr) {
            return QueueingHint::Queue;
        }
        const Resources before = Resources::from(change.old_node->status.allocatable);
        return more_of_what_is_asked(request, before, after) ? QueueingHint::Queue
                                                             : QueueingHint::Skip;
    }

    static QueueingHint after_scale_down(const Pod& pod, const ObjectChange& change) {
        if (change.new_pod->spec.nodeName.empty()) {
            return QueueingHint::Skip;
        }
        const Resources before = Resources::from(pod_requests(*change.old_pod));
        const Resources after = Resources::from(pod_requests(*change.new_pod));
        const bool freed = std::ranges::any_of(pod_requests(pod), [&](const auto& request) {
            return !request.second.is_zero() &&
                   before.of(request.first).value_or(0) > after.of(request.first).value_or(0);
        });
        return queue_if(freed);
    }

    ScoringStrategy strategy_;
    Ignored ignored_;
};

std::set<std::string, std::less<>> texts_in(const boost::json::object& args, const char* key) {
    std::set<std::string, std::less<>> texts;
    if (const auto* list = args.if_contains(key); list != nullptr && list->is_array()) {
        for (const auto& text : list->get_array()) {
            if (text.is_string()) {
                texts.emplace(text.get_string());
            }
        }
    }
    return texts;
}

}  // namespace

Made make_node_resources_fit(const boost::json::object& args, const PluginContext& /*context*/) {
    auto strategy = ScoringStrategy::from(args);
    if (!strategy) {
        return strategy.error();
    }
    return std::unique_ptr<Plugin>(std::make_unique<NodeResourcesFit>(
        std::move(*strategy),
        Ignored{texts_in(args, "ignoredResources"), texts_in(args, "ignoredResourceGroups")}));
}

}  // namespace wavetank::scheduler::plugins
