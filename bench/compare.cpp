// Comparing scaling policies on two cores: a simulation a thread. The reference is one thread.

#include "bench/figure.hpp"

#include <wavetank/sim/compare.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace {

using wavetank::sim::Simulation;

constexpr const char* base = WAVETANK_SOURCE_DIR "/examples/scaling/base";
constexpr std::size_t seeds = 4;

// Runs a second of real time, not of CPU time: that is what threads save.
double runs_a_second(std::size_t threads) {
    const auto variants = wavetank::sim::make_variants({"replicas=3", "replicas=5"}, {base});
    const auto start = std::chrono::steady_clock::now();
    const auto comparison = wavetank::sim::compare(
        [](Simulation& simulation) { return simulation.apply_file(base); }, *variants,
        {.seeds = seeds, .threads = threads, .duration = std::chrono::minutes{20}});
    benchmark::DoNotOptimize(comparison);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    return static_cast<double>(2 * seeds) / passed.count();
}

void scaling(benchmark::State& state) {
    double one = 0;
    double two = 0;
    for ([[maybe_unused]] const auto iteration : state) {
        for (int round = 0; round < 3; ++round) {
            one = std::max(one, runs_a_second(1));
            two = std::max(two, runs_a_second(2));
        }
    }
    wavetank::bench::report(state,
                            {.value = two, .unit = "/s", .reference = one, .ratio_target = 1.8});
}

BENCHMARK(scaling)->Name("compare/scaling")->Iterations(1);

}  // namespace
