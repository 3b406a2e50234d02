#include "gpu_sharing/policies.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace gpu_sharing {
namespace {

using wavetank::api::corev1::Pod;
using wavetank::scheduler::CacheablePlugin;
using wavetank::scheduler::CycleState;
using wavetank::scheduler::Dependence;
using wavetank::scheduler::FigureAnswers;
using wavetank::scheduler::FilterPlugin;
using wavetank::scheduler::HeldAnswers;
using wavetank::scheduler::NodeFigures;
using wavetank::scheduler::NodeInfo;
using wavetank::scheduler::NodeKind;
using wavetank::scheduler::NodeTotals;
using wavetank::scheduler::Plugin;
using wavetank::scheduler::PluginContext;
using wavetank::scheduler::PodChange;
using wavetank::scheduler::PreScorePlugin;
using wavetank::scheduler::ScorePlugin;
using wavetank::scheduler::Snapshot;
using wavetank::scheduler::Status;

// The largest node of the cluster, by which the experiment measures all of them.
constexpr double milli_cpu_max = 128'000;
constexpr double milli_gpu_max = 8'000;
constexpr std::int64_t score_max = 100;

std::int32_t number_in_label(const Pod& pod, const char* label) {
    const auto& labels = *pod.metadata.labels;
    const auto found = labels.find(label);
    std::int32_t number = 0;
    if (found != labels.end()) {
        std::from_chars(found->second.data(), found->second.data() + found->second.size(), number);
    }
    return number;
}

Shape shape_of(const Pod& pod) {
    const auto demand = wavetank::scheduler::demand_of(pod);
    const auto& labels = *pod.metadata.labels;
    const auto models = labels.find(model_label);
    return {.milli_cpu = demand.requested.milli_cpu,
            .gpus = number_in_label(pod, gpus_label),
            .milli_gpu = number_in_label(pod, milli_gpu_label),
            .models = models == labels.end() ? "" : models->second};
}

std::int64_t milli_cpu_left(const NodeFigures& node) {
    return node.milli_cpu - node.milli_cpu_requested;
}

// Keeps pods off nodes without the GPUs they ask for.
class GpuShare final : public Plugin, public FilterPlugin, public CacheablePlugin {
public:
    explicit GpuShare(const GpuLedger& ledger) : ledger_(ledger) {}

    [[nodiscard]] std::string_view name() const override {
        return "GpuShare";
    }
    [[nodiscard]] Status filter(const CycleState& /*state*/, const Pod& pod,
                                const NodeInfo& node) const override {
        return ledger_.nodes[node.position()].fits(shape_of(pod))
                   ? Status{}
                   : Status::unschedulable("node(s) didn't have enough GPU");
    }
    [[nodiscard]] Dependence dependence(const Pod& /*pod*/,
                                        const Snapshot& /*snapshot*/) const override {
        return Dependence::NodePods;
    }
    [[nodiscard]] std::shared_ptr<const FigureAnswers> answers_by_figures(
        const Pod& pod) const override {
        return std::make_shared<const Answers>(ledger_, shape_of(pod));
    }

private:
    class Answers final : public FigureAnswers {
    public:
        Answers(const GpuLedger& ledger, Shape shape) : ledger_(ledger), shape_(std::move(shape)) {}

        void filter(const NodeTotals& nodes) const override {
            for (std::size_t i = 0; i < nodes.positions.size(); ++i) {
                if (nodes.totals[i] >= 0 && !ledger_.nodes[nodes.positions[i]].fits(shape_)) {
                    nodes.totals[i] = NodeTotals::rejected;
                }
            }
        }

    private:
        const GpuLedger& ledger_;
        Shape shape_;
    };

    const GpuLedger& ledger_;
};

// What a policy thinks of a node where a pod fits.
using Scoring = std::int64_t (*)(const GpuLedger& ledger, const GpuNode& node,
                                 std::int64_t milli_cpu_left, const Shape& shape);

std::int64_t score_nothing(const GpuLedger&, const GpuNode&, std::int64_t, const Shape&) {
    return 0;
}

// The smaller the product of what is left and what is asked for, the better (Tetris).
std::int64_t score_dot_product(const GpuLedger&, const GpuNode& node, std::int64_t cpu,
                               const Shape& shape) {
    double product = static_cast<double>(cpu) / milli_cpu_max *
                     (static_cast<double>(shape.milli_cpu) / milli_cpu_max);
    product += static_cast<double>(node.left_all()) / milli_gpu_max *
               (static_cast<double>(shape.milli_gpu_all()) / milli_gpu_max);
    return static_cast<std::int64_t>(static_cast<double>(score_max) * (1 - product / 2));
}

// Pods that ask for GPUs in the same way stay together.
std::int64_t score_clustering(const GpuLedger&, const GpuNode& node, std::int64_t,
                              const Shape& shape) {
    if (shape.gpus == 0) {
        return 0;
    }
    constexpr std::int64_t quarter = score_max / 4;
    const auto kinds =
        std::ranges::count_if(node.pods, [](std::uint16_t pods) { return pods > 0; });
    const bool has_same = node.pods[affinity_of(shape)] > 0;
    std::int64_t base = 0;
    if (has_same) {
        base = kinds == 1 ? 3 * quarter : 2 * quarter;
    } else if (kinds == 0) {
        base = quarter;
    }
    constexpr auto most = static_cast<std::int64_t>(milli_gpu_max);
    return base + quarter * (most - node.left_all()) / most;
}

// GPUs in use go first, then free ones of nodes in use, then free nodes.
std::int64_t score_packing(const GpuLedger&, const GpuNode& node, std::int64_t,
                           const Shape& shape) {
    if (shape.gpus == 0) {
        return 0;
    }
    const std::int64_t free = node.free();
    if (free == node.gpus) {
        return std::max(score_max / 3 - free, free);
    }
    std::array<std::int32_t, gpus_max> sorted = node.left;
    const auto left = std::span{sorted}.first(static_cast<std::size_t>(node.gpus));
    std::ranges::sort(left);
    std::int64_t wanted = shape.gpus;
    std::int64_t free_taken = 0;
    std::int64_t percent_left = 0;
    for (const std::int32_t thousandths : left) {
        if (wanted > 0 && thousandths >= shape.milli_gpu) {
            --wanted;
            free_taken += thousandths == whole_gpu ? 1 : 0;
            percent_left += thousandths * 100 / whole_gpu;
        }
    }
    return free_taken > 0 ? std::max(score_max / 2 - free_taken, score_max / 3)
                          : std::max(score_max - percent_left / 10, score_max / 2);
}

// The less is left, the better.
std::int64_t score_best_fit(const GpuLedger&, const GpuNode& node, std::int64_t cpu,
                            const Shape& shape) {
    double left = static_cast<double>(cpu - shape.milli_cpu) / milli_cpu_max * 0.5;
    left += static_cast<double>(node.left_all() - shape.milli_gpu_all()) / milli_gpu_max * 0.5;
    return static_cast<std::int64_t>((1 - left) * static_cast<double>(score_max));
}

std::int64_t score_fragmentation(const GpuLedger& ledger, const GpuNode& node, std::int64_t cpu,
                                 const Shape& shape) {
    return ledger.fragmentation->gain(node, cpu, shape).score;
}

// Stretches scores from 0 to 100.
void stretch_scores(std::span<std::int64_t> scores) {
    if (scores.empty()) {
        return;
    }
    const auto [lowest, highest] = std::ranges::minmax(scores);
    for (std::int64_t& score : scores) {
        score = highest == lowest ? 0 : (score - lowest) * score_max / (highest - lowest);
    }
}

// Whether scores count as they are, or as they compare with those of the other nodes.
enum class Scale : std::uint8_t { Absolute, Stretched };

struct Policy {
    std::string_view name;
    Scoring score;
    Scale scale = Scale::Absolute;
    GpuChoice choice = GpuChoice::BestFit;
};

constexpr Policy policies[] = {
    {"Random", &score_nothing, Scale::Absolute, GpuChoice::Random},
    {"DotProd", &score_dot_product},
    {"GpuClustering", &score_clustering},
    {"GpuPacking", &score_packing},
    {"BestFit", &score_best_fit, Scale::Stretched},
    {"FGD", &score_fragmentation, Scale::Absolute, GpuChoice::LeastFragmentation}};

// A policy as a plugin.
class GpuScore final : public Plugin,
                       public PreScorePlugin,
                       public ScorePlugin,
                       public CacheablePlugin {
public:
    GpuScore(const Policy& policy, const GpuLedger& ledger) : policy_(policy), ledger_(ledger) {}

    [[nodiscard]] std::string_view name() const override {
        return policy_.name;
    }
    [[nodiscard]] Status pre_score(CycleState& /*state*/, const Pod& /*pod*/,
                                   std::span<const NodeInfo* const> /*nodes*/) const override {
        return {};
    }
    [[nodiscard]] std::int64_t score(const CycleState& /*state*/, const Pod& pod,
                                     const NodeInfo& node) const override {
        return policy_.score(ledger_, ledger_.nodes[node.position()],
                             milli_cpu_left(node.figures()), shape_of(pod));
    }
    void normalize(const CycleState& /*state*/, const Pod& /*pod*/,
                   std::span<std::int64_t> scores) const override {
        if (policy_.scale == Scale::Stretched) {
            stretch_scores(scores);
        }
    }

    [[nodiscard]] Dependence dependence(const Pod& /*pod*/,
                                        const Snapshot& /*snapshot*/) const override {
        return policy_.scale == Scale::Absolute ? Dependence::NodePods : Dependence::Anything;
    }
    [[nodiscard]] std::unique_ptr<HeldAnswers> hold(const Pod& pod,
                                                    const Snapshot& snapshot) const override {
        return policy_.scale == Scale::Absolute
                   ? nullptr
                   : std::make_unique<StretchedScores>(policy_, ledger_, pod, snapshot);
    }
    [[nodiscard]] std::shared_ptr<const FigureAnswers> answers_by_figures(
        const Pod& pod) const override {
        return policy_.scale == Scale::Absolute
                   ? std::make_shared<const Answers>(policy_, ledger_, shape_of(pod))
                   : nullptr;
    }

private:
    class Answers final : public FigureAnswers {
    public:
        Answers(const Policy& policy, const GpuLedger& ledger, Shape shape)
            : policy_(policy), ledger_(ledger), shape_(std::move(shape)) {}

        void score(const NodeTotals& nodes, std::int32_t weight) const override {
            for (std::size_t i = 0; i < nodes.positions.size(); ++i) {
                if (nodes.totals[i] < 0) {
                    continue;
                }
                const std::uint32_t position = nodes.positions[i];
                nodes.totals[i] += weight * static_cast<std::int32_t>(policy_.score(
                                                ledger_, ledger_.nodes[position],
                                                milli_cpu_left(nodes.figures[position]), shape_));
            }
        }

    private:
        const Policy& policy_;
        const GpuLedger& ledger_;
        Shape shape_;
    };

    // Scores that count as they compare: nodes of one score are of one kind.
    class StretchedScores final : public HeldAnswers {
    public:
        StretchedScores(const Policy& policy, const GpuLedger& ledger, const Pod& pod,
                        const Snapshot& snapshot)
            : policy_(policy), ledger_(ledger), shape_(shape_of(pod)), snapshot_(snapshot) {}

        [[nodiscard]] bool still_right(const Pod& /*pod*/, const Snapshot& /*snapshot*/) override {
            return true;
        }
        [[nodiscard]] bool scores() const override {
            return true;
        }
        bool follow(const PodChange& /*change*/) override {
            return true;
        }
        [[nodiscard]] std::size_t features() const override {
            return 1;
        }
        void describe(std::size_t position, std::span<std::int32_t> features) const override {
            const GpuNode& node = ledger_.nodes[position];
            features.front() =
                node.fits(shape_)
                    ? static_cast<std::int32_t>(policy_.score(
                          ledger_, node, milli_cpu_left(snapshot_.figures()[position]), shape_))
                    : -1;
        }
        void score(std::span<const NodeKind> kinds, std::span<std::int64_t> scores) override {
            for (std::size_t i = 0; i < kinds.size(); ++i) {
                scores[i] = kinds[i].features.front();
            }
            stretch_scores(scores);
        }

    private:
        const Policy& policy_;
        const GpuLedger& ledger_;
        Shape shape_;
        const Snapshot& snapshot_;
    };

    const Policy& policy_;
    const GpuLedger& ledger_;
};

}  // namespace

std::size_t GpuLedger::choose_share(const GpuNode& node, const Shape& shape,
                                    std::int64_t milli_cpu_left, GpuChoice choice,
                                    wavetank::Random& random) const {
    if (choice == GpuChoice::LeastFragmentation) {
        return fragmentation->gain(node, milli_cpu_left, shape).gpu;
    }
    const auto left = node.all_left();
    std::size_t chosen = left.size();
    std::uint64_t fitting = 0;
    for (std::size_t gpu = 0; gpu < left.size(); ++gpu) {
        if (left[gpu] < shape.milli_gpu) {
            continue;
        }
        ++fitting;
        const bool better = choice == GpuChoice::Random
                                ? random.below(fitting) == 0
                                : chosen == left.size() || left[gpu] < left[chosen];
        chosen = better ? gpu : chosen;
    }
    return chosen;
}

void GpuLedger::take(std::size_t node_index, const Shape& shape, std::int64_t milli_cpu_left,
                     GpuChoice choice, wavetank::Random& random) {
    GpuNode& node = nodes[node_index];
    if (shape.shares()) {
        node.left[choose_share(node, shape, milli_cpu_left, choice, random)] -= shape.milli_gpu;
    } else {
        std::int32_t wanted = shape.gpus;
        for (std::int32_t& thousandths : node.left) {
            if (wanted > 0 && thousandths == whole_gpu) {
                thousandths = 0;
                --wanted;
            }
        }
    }
    if (shape.gpus > 0) {
        ++node.pods[affinity_of(shape)];
    }
    if (fragmentation) {
        node.fragmentation =
            fragmentation->of(milli_cpu_left - shape.milli_cpu, node.all_left(), node.model);
    }
}

void add_plugins(wavetank::scheduler::PluginRegistry& registry, const GpuLedger& ledger) {
    using Made = wavetank::Result<std::unique_ptr<Plugin>>;
    registry.add("GpuShare", [&ledger](const boost::json::object&, const PluginContext&) {
        return Made{std::make_unique<GpuShare>(ledger)};
    });
    for (const Policy& policy : policies) {
        registry.add(std::string{policy.name},
                     [&ledger, &policy](const boost::json::object&, const PluginContext&) {
                         return Made{std::make_unique<GpuScore>(policy, ledger)};
                     });
    }
}

GpuChoice gpu_choice_of(std::string_view policy) {
    const auto found = std::ranges::find(policies, policy, &Policy::name);
    return found == std::end(policies) ? GpuChoice::BestFit : found->choice;
}

}  // namespace gpu_sharing
