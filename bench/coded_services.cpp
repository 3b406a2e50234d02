// Services that are code, calling each other. The reference is the same coroutines without anything
// between them.

#include <wavetank/sim/simulation.hpp>

#include "bench/figure.hpp"

#include <wavetank/runtime/gate.hpp>
#include <wavetank/runtime/sleep.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace {

using namespace std::chrono_literals;
using wavetank::Task;
using wavetank::TimePoint;
namespace actor = wavetank::actor;
namespace mesh = wavetank::mesh;
namespace sim = wavetank::sim;

constexpr int calls_each = 10;

std::string service(const std::string& name) {
    const std::string labels = "{app: " + name + "}";
    return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: " + name +
           "}, spec: {replicas: 3, selector: {matchLabels: " + labels +
           "}, template: {metadata: {labels: " + labels +
           "}, spec: {containers: [{name: main, image: " + name +
           "}]}}}}\n---\n{apiVersion: v1, kind: Service, metadata: {name: " + name +
           "}, spec: {selector: " + labels + ", ports: [{port: 80}]}}\n---\n";
}

Task<mesh::Response> ask(actor::Context context, mesh::Request /*request*/) {
    for (int i = 0; i < calls_each; ++i) {
        co_await context.get("http://back");
    }
    co_return mesh::Response::text("done");
}

Task<mesh::Response> tell(actor::Context context, mesh::Request /*request*/) {
    co_await context.compute(10us);
    co_return mesh::Response::text("7");
}

double calls_through_the_mesh() {
    sim::Simulation simulation{{.duration = 20s, .network = wavetank::Distribution{}}};
    simulation.serve("front", ask);
    simulation.serve("back", tell);
    const auto applied = simulation.apply_text(
        service("front") + service("back") +
            "{apiVersion: wavetank.dev/v1, kind: Workload, metadata: {name: users}, spec: {target: "
            "'http://front', start: 10s, users: {count: 20, think: 0s}}}",
        "bench.yaml");
    if (!applied) {
        return 0;
    }
    simulation.run_until(TimePoint{10s});
    const double start = wavetank::bench::cpu_time();
    const sim::Report report = simulation.run();
    const double seconds = (wavetank::bench::cpu_time() - start) / 1e9;
    double calls = 0;
    for (const auto& figures : report.services) {
        calls += figures.name == "default/back:80" ? static_cast<double>(figures.requests) : 0;
    }
    return calls / seconds;
}

Task<> tell_directly(wavetank::runtime::VirtualRuntime& runtime) {
    co_await wavetank::runtime::sleep_for(runtime, 10us);
}

Task<> ask_directly(wavetank::runtime::VirtualRuntime& runtime, std::uint64_t calls) {
    for (std::uint64_t i = 0; i < calls; ++i) {
        co_await tell_directly(runtime);
    }
}

double calls_by_hand() {
    constexpr std::uint64_t calls = 100'000;
    constexpr int users = 20;
    wavetank::runtime::VirtualRuntime runtime;
    wavetank::runtime::Gate gate{runtime};
    for (int i = 0; i < users; ++i) {
        gate.spawn(ask_directly(runtime, calls));
    }
    const double start = wavetank::bench::cpu_time();
    runtime.run();
    return users * calls * 1e9 / (wavetank::bench::cpu_time() - start);
}

void calls(benchmark::State& state) {
    double value = 0;
    double reference = 0;
    for ([[maybe_unused]] const auto iteration : state) {
        value = calls_through_the_mesh();
        reference = calls_by_hand();
    }
    wavetank::bench::report(state,
                            {.value = value, .unit = "/s", .reference = reference, .target = 2e6});
}

BENCHMARK(calls)->Name("actor/calls")->Iterations(1);

}  // namespace
