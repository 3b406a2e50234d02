#pragma once

/// \file
/// When does the next request of a load come?

#include <wavetank/base/random.hpp>
#include <wavetank/sim/workload.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace wavetank::sim {

/// Returns the last time at which somebody of a load may come; not later than in 180 years.
[[nodiscard]] TimePoint end_of(const Load& load);

/// When somebody of a load arrives: a point process whose rate is piecewise linear, or times that
/// are given.
///
/// Next arrivals come by inverting the integrated rate: the process with unit rate is drawn
/// (exponential gaps for Poisson, gaps of one for Constant) and mapped through the inverse. Bursts
/// are such stages, too, whose lengths are drawn one by one from a stream of their own.
class ArrivalTimes {
public:
    ArrivalTimes(const Load& load, Random random);

    /// Returns the next arrival, none after the last.
    [[nodiscard]] std::optional<TimePoint> next();

private:
    [[nodiscard]] std::optional<TimePoint> next_by_rate();
    [[nodiscard]] std::optional<TimePoint> next_given();
    [[nodiscard]] LoadStage draw_burst();
    void begin_next_stage();

    Arrivals arrivals_;
    std::vector<LoadStage> stages_;  // in seconds' rates; of bursts one, the current
    bool repeats_;
    Random random_;
    std::size_t stage_ = 0;
    TimePoint stage_start_;
    TimePoint end_;          // the last time that counts
    double into_stage_ = 0;  // seconds
    std::vector<BurstState> bursts_;
    std::size_t burst_ = 0;  // the state after this one
    Random stays_;
    std::vector<Duration> times_;
    std::size_t time_ = 0;
};

}  // namespace wavetank::sim
