#pragma once

/// \file
/// What a benchmark hands to the table of `scripts/bench`.

#include <benchmark/benchmark.h>

#include <string>

namespace wavetank::bench {

/// One line of the table. A unit that ends in "/s" means more is better, any other less is better.
///
/// The machine's clock drifts by a third, so what counts is the ratio to a reference that was
/// measured in the same run.
struct Figure {
    double value = 0;
    std::string unit;
    double reference = 0;     ///< what a usual solution needs; 0: there is none
    double target = 0;        ///< the value to reach; 0: any
    double ratio_target = 0;  ///< by which factor to beat the reference; 0: any
};

/// Hands `figure` over. A benchmark does so once and runs for one iteration (`Iterations(1)`): it
/// measures value and reference itself, in turns.
void report(benchmark::State& state, const Figure& figure);

/// Returns the CPU time of the process in nanoseconds.
[[nodiscard]] double cpu_time();

}  // namespace wavetank::bench
