#include "gpu_sharing/experiment.hpp"

#include "gpu_sharing/policies.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gpu_sharing {
namespace {

using wavetank::Random;
using wavetank::Result;
using wavetank::api::Quantity;
using wavetank::api::corev1::Node;
using wavetank::api::corev1::Pod;
using wavetank::scheduler::Algorithm;
using wavetank::scheduler::NodePointer;
using wavetank::scheduler::PluginRegistry;
using wavetank::scheduler::Profile;
using wavetank::scheduler::ProfileOptions;
using wavetank::scheduler::Snapshot;
using wavetank::scheduler::TieBreak;

constexpr std::int64_t mebibyte = 1024 * 1024;
constexpr std::int64_t pods_of_node = 1001;  // as the experiment has it

NodePointer make_node(const TraceNode& from) {
    auto node = wavetank::api::make_object<Node>();
    node->metadata.name = from.name;
    auto& labels = node->metadata.labels.edit();
    labels[gpus_label] = std::to_string(from.gpus);
    labels[model_label] = from.model;
    auto& allocatable = node->status.allocatable;
    allocatable["cpu"] = Quantity::of_milli(from.milli_cpu);
    allocatable["memory"] = Quantity::of(from.memory_mib * mebibyte);
    allocatable["pods"] = Quantity::of(pods_of_node);
    return node;
}

// Pods of one shape share their spec and labels.
Pod make_template(const Shape& shape) {
    Pod pod;
    pod.metadata.namespace_ = "default";
    if (shape.gpus > 0) {
        auto& labels = pod.metadata.labels.edit();
        labels[gpus_label] = std::to_string(shape.gpus);
        labels[milli_gpu_label] = std::to_string(shape.milli_gpu);
        if (!shape.models.empty()) {
            labels[model_label] = shape.models;
        }
    }
    auto& container = pod.spec.edit().containers.emplace_back();
    container.resources.requests["cpu"] = Quantity::of_milli(shape.milli_cpu);
    container.resources.requests["memory"] = Quantity::of(shape.memory_mib * mebibyte);
    return pod;
}

// The default filters and the one of GPUs; of scores, the policy's alone.
ProfileOptions profile_with(const std::string& policy) {
    ProfileOptions options;
    options.points["filter"].enabled = {{"GpuShare"}};
    options.points["preScore"] = {.enabled = {{policy}}, .disabled = {"*"}};
    options.points["score"] = {.enabled = {{policy}}, .disabled = {"*"}};
    return options;
}

}  // namespace

struct Experiment::State {
    Trace trace;
    std::vector<NodePointer> nodes;
    std::map<Shape, Pod> templates;
    std::vector<TypicalShape> typical;
};

Experiment::Experiment(Trace trace) : state_(std::make_unique<State>()) {
    state_->trace = std::move(trace);
    for (const TraceNode& node : state_->trace.nodes) {
        state_->nodes.push_back(make_node(node));
    }
    for (const TracePod& pod : state_->trace.pods) {
        state_->templates.try_emplace(pod.shape, make_template(pod.shape));
    }
    state_->typical = typical_shapes(state_->trace);
}

Experiment::~Experiment() = default;

const Trace& Experiment::trace() const {
    return state_->trace;
}

namespace {

// The share of samples at each whole percent.
class Curve {
public:
    explicit Curve(std::int64_t gpus) : gpus_(static_cast<double>(gpus)) {}

    // Both in thousandths of a GPU.
    void add(std::int64_t asked, std::int64_t used) {
        constexpr double percent = 10;
        const auto at =
            static_cast<std::int32_t>(std::lround(static_cast<double>(asked) / gpus_ / percent));
        const double in_use = std::round(static_cast<double>(used) / gpus_ / percent * 100) / 100;
        auto& [sum, samples] = sums_[at];
        sum += in_use;
        ++samples;
    }

    [[nodiscard]] std::map<std::int32_t, double> means() const {
        std::map<std::int32_t, double> means;
        for (const auto& [at, entry] : sums_) {
            means[at] = entry.first / static_cast<double>(entry.second);
        }
        return means;
    }

private:
    double gpus_;
    std::map<std::int32_t, std::pair<double, std::size_t>> sums_;
};

}  // namespace

Result<RunResult> Experiment::run(const RunOptions& options) const {
    const Trace& trace = state_->trace;
    Random random{options.seed};
    const auto coming = arrivals(trace, options.load, random);

    GpuLedger ledger;
    const GpuChoice choice = gpu_choice_of(options.policy);
    if (choice == GpuChoice::LeastFragmentation) {
        ledger.fragmentation = std::make_unique<Fragmentation>(state_->typical);
    }
    Snapshot snapshot;
    for (std::size_t i = 0; i < state_->nodes.size(); ++i) {
        snapshot.set_node(state_->nodes[i]);
        const TraceNode& from = trace.nodes[i];
        GpuNode& node = ledger.nodes.emplace_back();
        node.gpus = std::min(from.gpus, static_cast<std::int32_t>(gpus_max));
        node.model = from.model;
        std::fill_n(node.left.begin(), node.gpus, whole_gpu);
        if (ledger.fragmentation) {
            node.fragmentation =
                ledger.fragmentation->of(from.milli_cpu, node.all_left(), node.model);
        }
    }
    PluginRegistry registry = PluginRegistry::defaults();
    add_plugins(registry, ledger);
    const auto profile =
        Profile::make(profile_with(options.policy), registry, {.snapshot = &snapshot});
    if (!profile) {
        return profile.error();
    }
    const bool draws = choice == GpuChoice::Random;
    Algorithm algorithm{*profile,
                        random.fork("ties"),
                        {.percentage_of_nodes_to_score = 100,
                         .tie_break = draws ? TieBreak::Random : options.tie_break,
                         .fast_path = options.fast_path}};

    RunResult result{.pods = coming.size()};
    Curve curve{trace.gpus()};
    std::int64_t asked = 0;
    std::int64_t used = 0;
    for (std::size_t i = 0; i < coming.size(); ++i) {
        const Shape& shape = coming[i]->shape;
        auto pod = wavetank::api::make_object<Pod>(state_->templates.at(shape));
        pod->metadata.name = "pod-" + std::to_string(i);
        auto decision = algorithm.schedule(*pod, snapshot);
        asked += shape.milli_gpu_all();
        if (decision.node != nullptr) {
            const auto figures = decision.node->figures();
            ledger.take(decision.node->position(), shape,
                        figures.milli_cpu - figures.milli_cpu_requested, choice, random);
            snapshot.add_pod(std::move(pod), *decision.node, std::move(decision.demand));
            used += shape.milli_gpu_all();
            ++result.placed;
        }
        curve.add(asked, used);
    }
    result.in_use = curve.means();
    return result;
}

}  // namespace gpu_sharing
