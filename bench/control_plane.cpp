// The control plane from Deployments to Ready: so many pods of Deployments of a thousand, a Service
// each, thirty pods a node, until all are listed in EndpointSlices. The reference is a plain loop
// that copies one pod object a pod four times (created, bound, ready, listed), which no
// implementation could do without.

#include "bench/control_plane_cluster.hpp"
#include "bench/figure.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace {

using wavetank::api::corev1::Pod;
using wavetank::bench::ControlPlane;
using wavetank::bench::cpu_time;
using wavetank::bench::heap_bytes;

constexpr std::size_t pods_a_node = 30;

// Seconds that a loop of nothing but copies of pod objects would take.
double copies_of(const Pod& pod, std::size_t pods) {
    std::vector<wavetank::api::Pointer<const Pod>> kept;
    kept.reserve(pods);
    const double start = cpu_time();
    for (std::size_t index = 0; index < pods; ++index) {
        for (int copy = 0; copy < 3; ++copy) {
            benchmark::DoNotOptimize(wavetank::api::make_object<const Pod>(pod));
        }
        kept.push_back(wavetank::api::make_object<const Pod>(pod));
    }
    return (cpu_time() - start) / 1e9;
}

// Fifty thousand pods are ten Deployments on the nodes of a hundred and fifty thousand.
std::size_t deployments_of(std::size_t pods) {
    return pods == 50'000 ? 10 : pods / 1000;
}
std::size_t nodes_of(std::size_t pods) {
    return std::max<std::size_t>(pods / pods_a_node, 5000);
}

bool roll_out(ControlPlane& plane, std::size_t pods) {
    plane.deploy(deployments_of(pods), pods);
    return plane.pods_ready() == pods && plane.endpoints_ready() == pods;
}

void ready(benchmark::State& state, double seconds_at_most) {
    const auto pods = static_cast<std::size_t>(state.range(0));
    for ([[maybe_unused]] const auto iteration : state) {
        ControlPlane plane{{.nodes = nodes_of(pods)}};
        const double start = cpu_time();
        if (!roll_out(plane, pods)) {
            state.SkipWithError("not all pods became ready");
            return;
        }
        const double seconds = (cpu_time() - start) / 1e9;
        const double reference = copies_of(*plane.store().list<Pod>().front(), pods);
        const auto count = static_cast<double>(pods);
        wavetank::bench::report(state, {.value = count / seconds,
                                        .unit = "/s",
                                        .reference = count / reference,
                                        .target = count / seconds_at_most});
    }
}

void memory(benchmark::State& state, double bytes_at_most) {
    const auto pods = static_cast<std::size_t>(state.range(0));
    for ([[maybe_unused]] const auto iteration : state) {
        ControlPlane plane{{.nodes = nodes_of(pods)}};
        const double before = heap_bytes();
        if (!roll_out(plane, pods)) {
            state.SkipWithError("not all pods became ready");
            return;
        }
        wavetank::bench::report(state,
                                {.value = (heap_bytes() - before) / static_cast<double>(pods),
                                 .unit = "B",
                                 .target = bytes_at_most});
    }
}

BENCHMARK_CAPTURE(ready, small, 50.0 / 30)->Name("control_plane/ready")->Arg(50'000)->Iterations(1);
BENCHMARK_CAPTURE(ready, large, 3.0)->Name("control_plane/ready")->Arg(150'000)->Iterations(1);
BENCHMARK_CAPTURE(ready, huge, 40.0)->Name("control_plane/ready")->Arg(1'500'000)->Iterations(1);
BENCHMARK_CAPTURE(memory, small, 2048.0)
    ->Name("control_plane/bytes_a_pod")
    ->Arg(50'000)
    ->Iterations(1);
BENCHMARK_CAPTURE(memory, large, 600.0)
    ->Name("control_plane/bytes_a_pod")
    ->Arg(150'000)
    ->Iterations(1);
BENCHMARK_CAPTURE(memory, huge, 800.0)
    ->Name("control_plane/bytes_a_pod")
    ->Arg(1'500'000)
    ->Iterations(1);

}  // namespace
