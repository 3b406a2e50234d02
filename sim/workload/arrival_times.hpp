#pragma once

/// \file
/// When does the next request of a load come?

#include <wavetank/base/many_draws.hpp>
#include <wavetank/sim/workload.hpp>

#include <array>
#include <cstddef>
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

    /// Returns the next arrival; `TimePoint::max()` after the last.
    [[nodiscard]] TimePoint next() {
        if (ahead_ == known_.size()) [[unlikely]] {
            look_ahead();
        }
        return known_[ahead_++];
    }

private:
    // A stage as arrivals want it: in seconds, and cut off at the end.
    struct Current {
        double from = 0;
        double slope = 0;
        double to = 0;
        double length = 0;
    };

    void look_ahead();
    [[nodiscard]] TimePoint after(double gap);
    [[nodiscard]] TimePoint next_given();
    [[nodiscard]] bool begin_next_stage();
    void begin(const LoadStage& stage);
    [[nodiscard]] LoadStage draw_burst();

    Arrivals arrivals_;
    bool repeats_;
    Random random_;
    std::array<TimePoint, draws_at_once> known_{};
    std::size_t ahead_ = known_.size();  // the next of them
    Current current_;
    double into_stage_ = 0;  // seconds
    TimePoint stage_start_;
    TimePoint stage_end_;
    TimePoint end_;  // the last time that counts
    std::vector<LoadStage> stages_;
    std::size_t stage_ = 0;  // the one after this
    std::vector<BurstState> bursts_;
    std::size_t burst_ = 0;  // the one after this
    Random stays_;
    std::vector<Duration> times_;
    std::size_t time_ = 0;  // the next one
};

}  // namespace wavetank::sim
