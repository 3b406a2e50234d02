// One run of the experiment of examples/gpu_sharing: 10,600 pods on 1,213 nodes with GPUs, placed
// where they leave the fewest fragments. The reference asks every plugin for every node.

#include "bench/figure.hpp"

#include "gpu_sharing/experiment.hpp"

namespace {

double seconds_of(const gpu_sharing::Experiment& experiment,
                  wavetank::scheduler::FastPath fast_path) {
    const double start = wavetank::bench::cpu_time();
    const auto result = experiment.run({.policy = "FGD", .fast_path = fast_path}).value();
    benchmark::DoNotOptimize(result.placed);
    return (wavetank::bench::cpu_time() - start) / 1e9;
}

void run(benchmark::State& state) {
    wavetank::Random random{1};
    const gpu_sharing::Experiment experiment{gpu_sharing::made_up_trace(random)};
    for ([[maybe_unused]] const auto iteration : state) {
        const double reference = seconds_of(experiment, wavetank::scheduler::FastPath::Off);
        const double value = seconds_of(experiment, wavetank::scheduler::FastPath::On);
        wavetank::bench::report(
            state, {.value = value, .unit = "s", .reference = reference, .target = 0.2});
    }
}

BENCHMARK(run)->Name("fgd/run")->Iterations(1);

}  // namespace
