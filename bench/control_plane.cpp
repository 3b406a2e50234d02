// The control plane from Deployments to Ready: store, registry, controllers, scheduler and kubelets
// of one cluster, every modelled latency at zero, events off. So many nodes, ten Deployments with a
// Service each. The reference is a plain loop that copies one pod object a pod four times (created,
// bound, ready, listed), which no implementation could do without.

#include "bench/figure.hpp"

#include <wavetank/controllers/controller_manager.hpp>
#include <wavetank/node/kubelets.hpp>
#include <wavetank/node/make_node.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>
#include <wavetank/scheduler/scheduler.hpp>

#include <malloc.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace {

using wavetank::Random;
using wavetank::Result;
using wavetank::api::Quantity;
using wavetank::api::appsv1::Deployment;
using wavetank::api::corev1::Pod;
using wavetank::api::corev1::Service;

constexpr std::size_t deployments = 10;

// Runs nothing: the kubelets' part is what is measured.
class NoPrograms final : public wavetank::node::ContainerRuntime {
public:
    Result<void> start(const wavetank::node::ContainerStart& /*start*/) override {
        return {};
    }
    void drain(const wavetank::store::Key& /*pod*/, const std::string& /*container*/) override {}
    void stop(const wavetank::store::Key& /*pod*/, const std::string& /*container*/) override {}
    bool idle(const wavetank::store::Key& /*pod*/,
              const std::string& /*container*/) const override {
        return true;
    }
};

Deployment deployment_of(std::size_t index, std::size_t replicas) {
    const std::string name = "app-" + std::to_string(index);
    Deployment made{.metadata = {.name = name, .namespace_ = "default"}};
    made.spec.replicas = static_cast<std::int32_t>(replicas);
    made.spec.selector.emplace().matchLabels["app"] = name;
    made.spec.template_.metadata.labels.edit()["app"] = name;
    auto& container = made.spec.template_.spec.edit().containers.emplace_back();
    container.name = "app";
    container.image = name + ":v1";
    container.ports.push_back({.containerPort = 8080});
    container.resources.requests["cpu"] =
        Quantity::of_milli(50 + static_cast<std::int64_t>(index) * 10);
    container.resources.requests["memory"] = Quantity::of(std::int64_t{64} << 20);
    return made;
}

Service service_of(std::size_t index) {
    const std::string name = "app-" + std::to_string(index);
    Service made{.metadata = {.name = name, .namespace_ = "default"}};
    made.spec.selector["app"] = name;
    made.spec.ports.push_back({.port = 80});
    return made;
}

double heap_bytes() {
    return static_cast<double>(mallinfo2().uordblks);
}

// A cluster that comes up; counts what its pods cost.
class Cluster {
public:
    explicit Cluster(std::size_t nodes) {
        for (std::size_t index = 0; index < nodes; ++index) {
            const auto made = registry_.create(wavetank::node::make_node(
                "node-" + std::to_string(index), {.cpu = Quantity::of(16)}));
            benchmark::DoNotOptimize(made.has_value());
        }
        runtime_.run_until(runtime_.now() + std::chrono::seconds{1});
    }

    // Returns the pods that became ready.
    std::size_t roll_out(std::size_t pods) {
        for (std::size_t index = 0; index < deployments; ++index) {
            const auto service = registry_.create(service_of(index));
            const auto deployment = registry_.create(deployment_of(index, pods / deployments));
            benchmark::DoNotOptimize(service.has_value() && deployment.has_value());
        }
        // Progress deadlines lie in the future; everything else happens at once.
        runtime_.run_until(runtime_.now() + std::chrono::seconds{1});
        std::size_t ready = 0;
        for (const auto& deployment : store_.list<Deployment>()) {
            ready += static_cast<std::size_t>(deployment->status.readyReplicas);
        }
        return ready;
    }

    [[nodiscard]] const wavetank::store::Store& store() const {
        return store_;
    }

private:
    wavetank::runtime::VirtualRuntime runtime_;
    wavetank::store::Store store_;
    wavetank::registry::Registry registry_{store_, runtime_, Random{1}};
    NoPrograms programs_;
    wavetank::node::Kubelets kubelets_{runtime_,
                                       registry_,
                                       programs_,
                                       Random{2},
                                       {.events = wavetank::node::EventReporting::Off,
                                        .heartbeats = wavetank::node::Heartbeats::Off}};
    std::unique_ptr<wavetank::scheduler::ClusterWriter> writer_ =
        wavetank::scheduler::make_registry_writer(registry_);
    std::unique_ptr<wavetank::scheduler::Scheduler> scheduler_ =
        wavetank::scheduler::Scheduler::make(store_, *writer_, runtime_, Random{3},
                                             {.events = wavetank::scheduler::EventRecording::Off})
            .value();
    wavetank::controllers::ControllerManager controllers_{
        registry_, runtime_, {.events = wavetank::controllers::EventPolicy::None}};
};

// Pods a second that a loop of nothing but copies of pod objects would allow.
double copies_of(const Pod& pod, std::size_t pods) {
    std::vector<std::shared_ptr<const Pod>> kept;
    kept.reserve(pods);
    const double start = wavetank::bench::cpu_time();
    for (std::size_t index = 0; index < pods; ++index) {
        for (int copy = 0; copy < 3; ++copy) {
            benchmark::DoNotOptimize(std::make_shared<const Pod>(pod));
        }
        kept.push_back(std::make_shared<const Pod>(pod));
    }
    return static_cast<double>(pods) * 1e9 / (wavetank::bench::cpu_time() - start);
}

void ready(benchmark::State& state) {
    const auto pods = static_cast<std::size_t>(state.range(0));
    for ([[maybe_unused]] const auto iteration : state) {
        Cluster cluster{5000};
        const double start = wavetank::bench::cpu_time();
        if (cluster.roll_out(pods) != pods) {
            state.SkipWithError("not all pods became ready");
            return;
        }
        const double value =
            static_cast<double>(pods) * 1e9 / (wavetank::bench::cpu_time() - start);
        wavetank::bench::report(state,
                                {.value = value,
                                 .unit = "/s",
                                 .reference = copies_of(*cluster.store().list<Pod>().front(), pods),
                                 .target = 30'000});
    }
}

void memory(benchmark::State& state) {
    const auto pods = static_cast<std::size_t>(state.range(0));
    for ([[maybe_unused]] const auto iteration : state) {
        Cluster cluster{5000};
        const double before = heap_bytes();
        if (cluster.roll_out(pods) != pods) {
            state.SkipWithError("not all pods became ready");
            return;
        }
        wavetank::bench::report(state,
                                {.value = (heap_bytes() - before) / static_cast<double>(pods),
                                 .unit = "B",
                                 .target = 2048});
    }
}

BENCHMARK(ready)->Name("control_plane/ready")->Arg(50'000)->Iterations(1);
BENCHMARK(memory)->Name("control_plane/bytes_a_pod")->Arg(50'000)->Iterations(1);

}  // namespace
