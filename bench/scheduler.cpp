// Scheduling decisions: so many nodes, pods of so many templates that come in turns, each placed
// where it was decided. The reference asks every plugin for every node.
//
// In `preempt` the cluster is full of less important pods; each decision finds out that no node
// does, whom to evict and where, and the victim is gone before the next.

#include "bench/figure.hpp"

#include <wavetank/scheduler/algorithm.hpp>
#include <wavetank/scheduler/preemption.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace {

using wavetank::Random;
using wavetank::api::Quantity;
using wavetank::api::corev1::Node;
using wavetank::api::corev1::Pod;
using wavetank::scheduler::Algorithm;
using wavetank::scheduler::AlgorithmOptions;
using wavetank::scheduler::FastPath;
using wavetank::scheduler::PluginRegistry;
using wavetank::scheduler::Profile;
using wavetank::scheduler::Snapshot;

constexpr std::int64_t mebibyte = 1024 * 1024;

// A cluster of equal nodes and the pods that come to it.
class Cluster {
public:
    Cluster(std::size_t nodes, std::size_t templates, FastPath fast_path)
        : algorithm_(
              profile_, Random{1},
              AlgorithmOptions{.percentage_of_nodes_to_score = 100, .fast_path = fast_path}) {
        for (std::size_t i = 0; i < nodes; ++i) {
            auto node = std::make_shared<Node>();
            node->metadata.name = "node-" + std::to_string(i);
            auto& allocatable = node->status.allocatable;
            allocatable["cpu"] = Quantity::of(16);
            allocatable["memory"] = Quantity::of(65536 * mebibyte);
            allocatable["pods"] = Quantity::of(110);
            snapshot_.set_node(std::move(node));
        }
        for (std::size_t i = 0; i < templates; ++i) {
            Pod& pod = templates_.emplace_back();
            pod.metadata.namespace_ = "default";
            auto& container = pod.spec.edit().containers.emplace_back();
            container.image = "service-" + std::to_string(i) + ":v1";
            const auto size = static_cast<std::int64_t>(i + 1);
            container.resources.requests["cpu"] = Quantity::of_milli(50 * size);
            container.resources.requests["memory"] = Quantity::of(100 * size * mebibyte);
        }
    }

    // Returns the decisions a second of CPU time.
    double run(std::size_t pods) {
        std::vector<std::shared_ptr<Pod>> coming;
        for (std::size_t i = 0; i < pods; ++i) {
            coming.push_back(std::make_shared<Pod>(templates_[i % templates_.size()]));
            coming.back()->metadata.name = "pod-" + std::to_string(placed_++);
        }
        const double start = wavetank::bench::cpu_time();
        for (auto& pod : coming) {
            auto decision = algorithm_.schedule(*pod, snapshot_);
            snapshot_.add_pod(std::move(pod), decision.node->name(), std::move(decision.demand));
        }
        return static_cast<double>(pods) * 1e9 / (wavetank::bench::cpu_time() - start);
    }

private:
    Snapshot snapshot_;
    Profile profile_ =
        Profile::make({}, PluginRegistry::defaults(), {.snapshot = &snapshot_}).value();
    Algorithm algorithm_;
    std::vector<Pod> templates_;
    std::size_t placed_ = 0;
};

void decisions(benchmark::State& state) {
    const auto nodes = static_cast<std::size_t>(state.range(0));
    const auto templates = static_cast<std::size_t>(state.range(1));
    for ([[maybe_unused]] const auto iteration : state) {
        Cluster plain{nodes, templates, FastPath::Off};
        const double reference = plain.run(50);
        Cluster fast{nodes, templates, FastPath::On};
        const double value = fast.run(50'000);
        wavetank::bench::report(state, {.value = value,
                                        .unit = "/s",
                                        .reference = reference,
                                        .target = 200'000,
                                        .ratio_target = 100});
    }
}

// Notes what is to be evicted.
class Victims final : public wavetank::scheduler::Preemptor {
public:
    void preempt(const Pod& /*pod*/,
                 const wavetank::scheduler::PreemptionCandidate& candidate) override {
        chosen = candidate;
    }
    [[nodiscard]] bool is_preempting(const Pod& /*pod*/) const override {
        return false;
    }

    wavetank::scheduler::PreemptionCandidate chosen;
};

// A cluster where every node has as many pods of one CPU as it can take.
class FullCluster {
public:
    FullCluster(std::size_t nodes, FastPath fast_path)
        : algorithm_(profile_, random_, AlgorithmOptions{.fast_path = fast_path}) {
        const auto resident = pod_of("resident", 0);
        for (std::size_t i = 0; i < nodes; ++i) {
            auto node = std::make_shared<Node>();
            node->metadata.name = "node-" + std::to_string(i);
            node->status.allocatable["cpu"] = Quantity::of(16);
            node->status.allocatable["pods"] = Quantity::of(110);
            snapshot_.set_node(std::move(node));
            for (int number = 0; number < 16; ++number) {
                add(resident, "node-" + std::to_string(i));
            }
        }
    }

    // Returns the decisions a second of CPU time.
    double run(std::size_t pods) {
        const auto urgent = pod_of("urgent", 100);
        const double start = wavetank::bench::cpu_time();
        for (std::size_t i = 0; i < pods; ++i) {
            auto decision = algorithm_.schedule(*urgent, snapshot_);
            const auto answer = algorithm_.post_filter(decision, *urgent, snapshot_);
            for (const auto& victim : victims_.chosen.victims) {
                snapshot_.remove_pod(*victim, *answer.nominated_node);
            }
            add(urgent, *answer.nominated_node);
        }
        return static_cast<double>(pods) * 1e9 / (wavetank::bench::cpu_time() - start);
    }

private:
    static std::shared_ptr<const Pod> pod_of(const std::string& name, std::int32_t priority) {
        auto pod = std::make_shared<Pod>();
        pod->metadata.namespace_ = "default";
        pod->metadata.name = name;
        auto& spec = pod->spec.edit();
        spec.priority = priority;
        spec.containers.emplace_back().resources.requests["cpu"] = Quantity::of(1);
        return pod;
    }

    void add(const std::shared_ptr<const Pod>& template_pod, const std::string& node) {
        auto pod = std::make_shared<Pod>(*template_pod);
        pod->metadata.name += "-" + std::to_string(placed_++);
        pod->status.startTime = wavetank::api::Time{wavetank::default_wall_epoch};
        snapshot_.add_pod(std::move(pod), node);
    }

    Snapshot snapshot_;
    Victims victims_;
    Random random_{1};
    Profile profile_ =
        Profile::make({}, PluginRegistry::defaults(),
                      {.snapshot = &snapshot_, .preemptor = &victims_, .random = &random_})
            .value();
    Algorithm algorithm_;
    std::size_t placed_ = 0;
};

void preemptions(benchmark::State& state) {
    constexpr std::size_t nodes = 5000;
    for ([[maybe_unused]] const auto iteration : state) {
        FullCluster plain{nodes, FastPath::Off};
        const double reference = plain.run(50);
        FullCluster fast{nodes, FastPath::On};
        const double value = fast.run(2'000);
        wavetank::bench::report(
            state, {.value = value, .unit = "/s", .reference = reference, .target = 20'000});
    }
}

BENCHMARK(preemptions)->Name("scheduler/5000/preempt")->Iterations(1);

BENCHMARK(decisions)->Name("scheduler")->Args({5000, 10})->Iterations(1);

}  // namespace
