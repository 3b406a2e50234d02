#include "sim/workload/arrival_times.hpp"

#include <algorithm>
#include <cmath>

namespace wavetank::sim {
namespace {

// A steady rate is one stage that lasts as long as it is told to, or longer than any run. Three
// times as long is a Duration yet.
constexpr Duration forever = std::chrono::hours{24 * 365 * 90};

double seconds_of(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

TimePoint end_of(const Load& load) {
    return std::min(load.start, TimePoint{forever}) +
           std::min(load.duration.value_or(forever), forever);
}

ArrivalTimes::ArrivalTimes(const Load& load, Random random)
    : arrivals_(load.arrivals),
      repeats_(load.repeats),
      random_(random),
      stage_start_(load.start),
      stage_end_(load.start),
      end_(end_of(load)),
      stages_(load.stages),
      bursts_(load.bursts),
      stays_(random.fork("stays")),
      times_(load.times) {
    // States that bring nobody would follow each other for ever.
    if (std::ranges::none_of(bursts_, [](const BurstState& state) {
            return state.requests_per_second > 0 && state.stay > Duration::zero();
        })) {
        bursts_.clear();
    }
    if (stages_.empty()) {
        stages_.push_back({.duration = load.duration.value_or(forever),
                           .from = load.requests_per_second,
                           .to = load.requests_per_second});
    }
    for (LoadStage& stage : stages_) {
        stage.duration = std::min(stage.duration, forever);
    }
    repeats_ = repeats_ && std::ranges::any_of(stages_, [](const LoadStage& stage) {
                   return stage.duration > Duration::zero() && (stage.from > 0 || stage.to > 0);
               });
}

void ArrivalTimes::look_ahead() {
    ahead_ = 0;
    if (!times_.empty()) {
        std::ranges::generate(known_, [this] { return next_given(); });
        return;
    }
    ManyValues gaps{};
    if (arrivals_ == Arrivals::Poisson) {
        ManyBits bits{};
        std::ranges::generate(bits, [this] { return random_.next(); });
        make_exponential(bits, gaps);
    } else {
        gaps.fill(1.0);
    }
    std::ranges::transform(gaps, known_.begin(), [this](double gap) { return after(gap); });
}

// Returns the arrival that follows the last by `gap` of the process with unit rate.
TimePoint ArrivalTimes::after(double gap) {
    do {
        const bool is_steady = current_.slope == 0;
        const double rate =
            is_steady ? current_.from : current_.from + current_.slope * into_stage_;
        const double available = (current_.length - into_stage_) * (rate + current_.to) / 2;
        if (available >= gap && gap > 0) {
            // Solves slope/2 dt^2 + rate dt = gap in the form that does not cancel.
            const double root =
                is_steady ? rate : std::sqrt(std::max(0.0, rate * rate + 2 * current_.slope * gap));
            into_stage_ += 2 * gap / (rate + root);
            return stage_start_ + Duration{static_cast<Duration::rep>(into_stage_ * 1e9)};
        }
        gap -= available;
    } while (begin_next_stage());
    return TimePoint::max();
}

TimePoint ArrivalTimes::next_given() {
    if (time_ == times_.size() || times_[time_] > end_ - stage_start_) {
        return TimePoint::max();
    }
    return stage_start_ + times_[time_++];
}

// Returns whether there is one.
bool ArrivalTimes::begin_next_stage() {
    stage_start_ = stage_end_;
    into_stage_ = 0;
    if (stage_ == stages_.size() && repeats_) {
        stage_ = 0;
    }
    const bool is_over = stage_start_ >= end_ || (bursts_.empty() && stage_ == stages_.size());
    if (is_over) {
        current_ = {};
        return false;
    }
    begin(bursts_.empty() ? stages_[stage_++] : draw_burst());
    return true;
}

void ArrivalTimes::begin(const LoadStage& stage) {
    const Duration duration = std::min(stage.duration, end_ - stage_start_);
    const double length = seconds_of(stage.duration);
    stage_end_ = stage_start_ + duration;
    current_ = {.from = stage.from,
                .slope = length > 0 ? (stage.to - stage.from) / length : 0,
                .to = stage.to,
                .length = seconds_of(duration)};
    if (duration < stage.duration) {
        current_.to = stage.from + current_.slope * current_.length;
    }
}

// The first state comes first.
LoadStage ArrivalTimes::draw_burst() {
    const BurstState& state = bursts_[burst_];
    burst_ = (burst_ + 1) % bursts_.size();
    const double stay = std::min(stays_.exponential() * static_cast<double>(state.stay.count()),
                                 static_cast<double>(forever.count()));
    return {.duration = Duration{static_cast<Duration::rep>(stay)},
            .from = state.requests_per_second,
            .to = state.requests_per_second};
}

}  // namespace wavetank::sim
