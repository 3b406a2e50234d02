#include "scheduler/figures.hpp"
#include "scheduler/plugins/plugins.hpp"
#include "scheduler/plugins/resource_usage.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Pod;

struct BalancedRequest {
    PodUsage usage;
};

// 100 less a hundred times the deviation of the resources' fractions.
template <class Amount>
std::int64_t balance(std::span<const Usage> usages, Amount amount) {
    boost::container::small_vector<double, 4> fractions;
    double sum = 0;
    for (const Usage& usage : usages) {
        fractions.push_back(std::min(
            static_cast<double>(amount(usage)) / static_cast<double>(usage.capacity), 1.0));
        sum += fractions.back();
    }
    double deviation = 0;
    if (fractions.size() == 2) {
        deviation = std::abs((fractions[0] - fractions[1]) / 2);
    } else if (fractions.size() > 2) {
        const auto count = static_cast<double>(fractions.size());
        const double mean = sum / count;
        double squares = 0;
        for (const double fraction : fractions) {
            squares += (fraction - mean) * (fraction - mean);
        }
        deviation = std::sqrt(squares / count);
    }
    return static_cast<std::int64_t>((1 - deviation) * static_cast<double>(node_score_max));
}

std::int64_t balance_score(std::span<const Usage> usages) {
    const std::int64_t with = balance(usages, [](const Usage& usage) { return usage.after; });
    const std::int64_t without = balance(usages, [](const Usage& usage) { return usage.before; });
    return node_score_max / 2 + (node_score_max / 2 + with - without) / 2;
}

/// The scores of many nodes for a pod if cpu and memory are what counts.
class BalanceByFigures final : public FigureAnswers {
public:
    explicit BalanceByFigures(const CpuAndMemory& usage) : usage_(usage) {}

    void score(const NodeTotals& nodes, std::int32_t weight) const override {
        for (std::size_t i = 0; i < nodes.positions.size(); ++i) {
            nodes.totals[i] += weight * score_on(nodes.figures[nodes.positions[i]]);
        }
    }

    [[nodiscard]] bool same_as(const FigureAnswers& other) const override {
        const auto* balance = dynamic_cast<const BalanceByFigures*>(&other);
        return balance != nullptr && usage_ == balance->usage_;
    }

private:
    [[nodiscard]] std::int32_t score_on(const NodeFigures& node) const {
        const std::int32_t with = balance_of(
            FigurePair{static_cast<double>(node.milli_cpu_requested + usage_.milli_cpu),
                       static_cast<double>(node.memory_requested + usage_.memory)},
            FigurePair{static_cast<double>(node.milli_cpu), static_cast<double>(node.memory)});
        constexpr auto half = static_cast<std::int32_t>(node_score_max / 2);
        return half + (half + with - node.balance) / 2;
    }

    CpuAndMemory usage_;
};

/// Prefers nodes whose resources the pod brings closer to an equal fill (kube-scheduler's
/// `noderesources`, balanced allocation).
class NodeResourcesBalancedAllocation final : public Plugin,
                                              public PreScorePlugin,
                                              public ScorePlugin,
                                              public CacheablePlugin {
public:
    explicit NodeResourcesBalancedAllocation(std::vector<WeightedResource> resources)
        : resources_(std::move(resources)) {}

    [[nodiscard]] std::string_view name() const override {
        return "NodeResourcesBalancedAllocation";
    }

    [[nodiscard]] Status pre_score(CycleState& state, const Pod& pod,
                                   std::span<const NodeInfo* const> /*nodes*/) const override {
        BalancedRequest request{PodUsage{pod_requests(pod), resources_}};
        if (request.usage.empty()) {
            return Status::skip();
        }
        state.put(std::move(request));
        return {};
    }

    [[nodiscard]] std::int64_t score(const CycleState& state, const Pod& pod,
                                     const NodeInfo& node) const override {
        const auto* request = state.find<BalancedRequest>();
        if (request == nullptr) {
            const PodUsage usage{pod_requests(pod), resources_};
            return usage.empty() ? 0 : balance_score(usage.on(node, Counted::Requested));
        }
        return balance_score(request->usage.on(node, Counted::Requested));
    }

    [[nodiscard]] Dependence dependence(const Pod& /*pod*/,
                                        const Snapshot& /*snapshot*/) const override {
        return Dependence::NodePods;
    }

    [[nodiscard]] std::shared_ptr<const FigureAnswers> answers_by_figures(
        const Pod& pod) const override {
        const auto usage = PodUsage{pod_requests(pod), resources_}.cpu_and_memory();
        return usage ? std::make_shared<const BalanceByFigures>(*usage) : nullptr;
    }

private:
    std::vector<WeightedResource> resources_;
};

}  // namespace

Made make_node_resources_balanced_allocation(const boost::json::object& args,
                                             const PluginContext& /*context*/) {
    auto resources = weighted_resources(args);
    if (!resources) {
        return resources.error();
    }
    return std::unique_ptr<Plugin>(
        std::make_unique<NodeResourcesBalancedAllocation>(std::move(*resources)));
}

}  // namespace wavetank::scheduler::plugins
