// Scheduling decisions: so many nodes, pods of so many templates that come in turns, each placed
// where it was decided, of all nodes. The reference asks every plugin for every node.
//
// In `owned` the pods are those of ReplicaSets behind Services, which are spread by default; in
// `spread` every template has required terms: a host of its own for each pod, or even zones and
// hosts. In `preempt` the cluster is full of less important pods; each decision finds out that no
// node does, whom to evict and where, and the victim is gone before the next.

#include "bench/figure.hpp"

#include <wavetank/scheduler/algorithm.hpp>
#include <wavetank/scheduler/preemption.hpp>
#include <wavetank/store/store.hpp>

#include <cstddef>
#include <cstdint>
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

// What the pods of a template ask of each other.
enum class Relation : std::uint8_t { None, Owned, Spread };

struct Shape {
    std::size_t templates = 10;
    Relation relation = Relation::None;
};

// A cluster of equal nodes in three zones, and the pods that come to it.
class Cluster {
public:
    Cluster(std::size_t nodes, const Shape& shape, FastPath fast_path)
        : algorithm_(
              profile_, Random{1},
              AlgorithmOptions{.percentage_of_nodes_to_score = 100, .fast_path = fast_path}) {
        for (std::size_t i = 0; i < nodes; ++i) {
            auto node = wavetank::api::make_object<Node>();
            node->metadata.name = "node-" + std::to_string(i);
            auto& labels = node->metadata.labels.edit();
            labels["kubernetes.io/hostname"] = node->metadata.name;
            labels["topology.kubernetes.io/zone"] = "zone-" + std::to_string(i % 3);
            auto& allocatable = node->status.allocatable;
            allocatable["cpu"] = Quantity::of(16);
            allocatable["memory"] = Quantity::of(65536 * mebibyte);
            allocatable["pods"] = Quantity::of(110);
            snapshot_.set_node(std::move(node));
        }
        for (std::size_t i = 0; i < shape.templates; ++i) {
            add_template(static_cast<std::int64_t>(i % 10 + 1));
            if (shape.relation == Relation::Owned) {
                let_be_owned(templates_.back());
            } else if (shape.relation == Relation::Spread) {
                spread(templates_.back(), i % 2 == 0);
            }
        }
    }

    // Returns the decisions a second of CPU time.
    double run(std::size_t pods) {
        std::vector<wavetank::api::Pointer<Pod>> coming;
        for (std::size_t i = 0; i < pods; ++i) {
            coming.push_back(wavetank::api::make_object<Pod>(templates_[i % templates_.size()]));
            coming.back()->metadata.name = "pod-" + std::to_string(placed_++);
        }
        const double start = wavetank::bench::cpu_time();
        for (auto& pod : coming) {
            auto decision = algorithm_.schedule(*pod, snapshot_);
            snapshot_.add_pod(std::move(pod), *decision.node, std::move(decision.demand));
        }
        return static_cast<double>(pods) * 1e9 / (wavetank::bench::cpu_time() - start);
    }

private:
    void add_template(std::int64_t size) {
        const std::string name = "service-" + std::to_string(templates_.size());
        Pod& pod = templates_.emplace_back();
        pod.metadata.namespace_ = "default";
        pod.metadata.labels.edit()["app"] = name;
        auto& container = pod.spec.edit().containers.emplace_back();
        container.image = name + ":v1";
        container.resources.requests["cpu"] = Quantity::of_milli(50 * size);
        container.resources.requests["memory"] = Quantity::of(100 * size * mebibyte);
    }

    void let_be_owned(Pod& pod) {
        const std::string& name = pod.metadata.labels->at("app");
        wavetank::api::corev1::Service service;
        service.metadata.namespace_ = "default";
        service.metadata.name = name;
        service.spec.selector["app"] = name;
        wavetank::api::appsv1::ReplicaSet owner;
        owner.metadata.namespace_ = "default";
        owner.metadata.name = name;
        owner.spec.selector.emplace().matchLabels["app"] = name;
        auto& reference = pod.metadata.ownerReferences.edit().emplace_back();
        reference.apiVersion = "apps/v1";
        reference.kind = "ReplicaSet";
        reference.name = name;
        reference.controller = true;
        store_.create(std::move(service)).value();
        store_.create(std::move(owner)).value();
    }

    static void spread(Pod& pod, bool apart) {
        auto& spec = pod.spec.edit();
        if (apart) {
            auto& term = spec.affinity.emplace()
                             .podAntiAffinity.emplace()
                             .requiredDuringSchedulingIgnoredDuringExecution.emplace_back();
            term.topologyKey = "kubernetes.io/hostname";
            term.labelSelector.emplace().matchLabels = *pod.metadata.labels;
            return;
        }
        for (const char* key : {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}) {
            auto& constraint = spec.topologySpreadConstraints.emplace_back();
            constraint.maxSkew = 1;
            constraint.topologyKey = key;
            constraint.whenUnsatisfiable = "DoNotSchedule";
            constraint.labelSelector.emplace().matchLabels = *pod.metadata.labels;
        }
    }

    Snapshot snapshot_;
    wavetank::store::Store store_;
    Profile profile_ =
        Profile::make({}, PluginRegistry::defaults(), {.snapshot = &snapshot_, .store = &store_})
            .value();
    Algorithm algorithm_;
    std::vector<Pod> templates_;
    std::size_t placed_ = 0;
};

// What is measured, and what is wanted.
struct Goal {
    Shape shape;
    std::size_t pods = 50'000;
    double target = 0;
};

void decisions(benchmark::State& state, const Goal& goal) {
    constexpr std::size_t nodes = 5000;
    for ([[maybe_unused]] const auto iteration : state) {
        Cluster plain{nodes, goal.shape, FastPath::Off};
        const double reference = plain.run(30);
        Cluster fast{nodes, goal.shape, FastPath::On};
        const double value = fast.run(goal.pods);
        wavetank::bench::report(state, {.value = value,
                                        .unit = "/s",
                                        .reference = reference,
                                        .target = goal.target,
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
            auto node = wavetank::api::make_object<Node>();
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
    static wavetank::api::Pointer<const Pod> pod_of(const std::string& name,
                                                    std::int32_t priority) {
        auto pod = wavetank::api::make_object<Pod>();
        pod->metadata.namespace_ = "default";
        pod->metadata.name = name;
        auto& spec = pod->spec.edit();
        spec.priority = priority;
        spec.containers.emplace_back().resources.requests["cpu"] = Quantity::of(1);
        return pod;
    }

    void add(const wavetank::api::Pointer<const Pod>& template_pod, const std::string& node) {
        auto pod = wavetank::api::make_object<Pod>(*template_pod);
        pod->metadata.name = pod->metadata.name + "-" + std::to_string(placed_++);
        pod->status.edit().startTime = wavetank::api::Time{wavetank::default_wall_epoch};
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

void ten_templates(benchmark::State& state) {
    decisions(state, {.shape = {.templates = 10}, .target = 1'000'000});
}
void hundred_templates(benchmark::State& state) {
    decisions(state, {.shape = {.templates = 100}, .target = 400'000});
}
void owned(benchmark::State& state) {
    decisions(state, {.shape = {.relation = Relation::Owned}, .target = 150'000});
}
// No more pods than there are hosts for each template.
void spread(benchmark::State& state) {
    decisions(state, {.shape = {.relation = Relation::Spread}, .pods = 40'000, .target = 100'000});
}

BENCHMARK(ten_templates)->Name("scheduler/5000/10")->Iterations(1);
BENCHMARK(hundred_templates)->Name("scheduler/5000/100")->Iterations(1);
BENCHMARK(owned)->Name("scheduler/5000/owned")->Iterations(1);
BENCHMARK(spread)->Name("scheduler/5000/spread")->Iterations(1);

}  // namespace
