#pragma once

/// \file
/// When does the next request of a load come?

#include <wavetank/base/random.hpp>
#include <wavetank/sim/workload.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace wavetank::sim {

/// When the requests of a load arrive: a point process whose rate is piecewise linear.
///
/// Next arrivals come by inverting the integrated rate: the process with unit rate is drawn
/// (exponential gaps for Poisson, gaps of one for Constant) and mapped through the inverse.
class ArrivalTimes {
public:
    ArrivalTimes(const Load& load, Random random);

    /// Returns the next arrival, none after the last.
    [[nodiscard]] std::optional<TimePoint> next();

private:
    Arrivals arrivals_;
    std::vector<LoadStage> stages_;  // in seconds' rates; at least one
    bool repeats_;
    Random random_;
    std::size_t stage_ = 0;
    TimePoint stage_start_;
    double into_stage_ = 0;  // seconds
};

}  // namespace wavetank::sim
