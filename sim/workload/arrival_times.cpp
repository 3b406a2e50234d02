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
      stages_(load.stages),
      repeats_(load.repeats),
      random_(random),
      stage_start_(load.start),
      end_(end_of(load)),
      bursts_(load.bursts),
      stays_(random.fork("stays")),
      times_(load.times) {
    for (LoadStage& stage : stages_) {
        stage.duration = std::min(stage.duration, forever);
    }
    // States that bring nobody would follow each other for ever.
    if (std::ranges::none_of(bursts_, [](const BurstState& state) {
            return state.requests_per_second > 0 && state.stay > Duration::zero();
        })) {
        bursts_.clear();
    }
    if (!bursts_.empty()) {
        stages_ = {draw_burst()};
    } else if (stages_.empty()) {
        stages_.push_back({.duration = std::min(load.duration.value_or(forever), forever),
                           .from = load.requests_per_second,
                           .to = load.requests_per_second});
    }
    repeats_ = repeats_ && std::ranges::any_of(stages_, [](const LoadStage& stage) {
                   return stage.duration > Duration::zero() && (stage.from > 0 || stage.to > 0);
               });
}

std::optional<TimePoint> ArrivalTimes::next() {
    const auto time = times_.empty() ? next_by_rate() : next_given();
    return time && *time <= end_ ? time : std::nullopt;
}

std::optional<TimePoint> ArrivalTimes::next_given() {
    if (time_ == times_.size()) {
        return std::nullopt;
    }
    return stage_start_ + times_[time_++];
}

std::optional<TimePoint> ArrivalTimes::next_by_rate() {
    double wanted = arrivals_ == Arrivals::Poisson ? random_.exponential() : 1.0;
    while (stage_ < stages_.size() && stage_start_ <= end_) {
        const LoadStage& stage = stages_[stage_];
        const double length = seconds_of(stage.duration);
        const double slope = length > 0 ? (stage.to - stage.from) / length : 0;
        const double rate = stage.from + slope * into_stage_;
        const double left = length - into_stage_;
        const double available = left * (rate + stage.to) / 2;
        if (available >= wanted && wanted > 0) {
            // Solves slope/2 dt^2 + rate dt = wanted in the form that does not cancel.
            const double root =
                slope == 0 ? rate : std::sqrt(std::max(0.0, rate * rate + 2 * slope * wanted));
            into_stage_ += 2 * wanted / (rate + root);
            return stage_start_ + Duration{static_cast<Duration::rep>(into_stage_ * 1e9)};
        }
        wanted -= available;
        stage_start_ += stage.duration;
        into_stage_ = 0;
        begin_next_stage();
    }
    return std::nullopt;
}

void ArrivalTimes::begin_next_stage() {
    if (!bursts_.empty()) {
        stages_[0] = draw_burst();
        return;
    }
    ++stage_;
    if (stage_ == stages_.size() && repeats_) {
        stage_ = 0;
    }
}

// The first state comes first.
LoadStage ArrivalTimes::draw_burst() {
    const BurstState& state = bursts_[burst_];
    burst_ = (burst_ + 1) % bursts_.size();
    const double stay = stays_.exponential() * static_cast<double>(state.stay.count());
    return {.duration = Duration{static_cast<Duration::rep>(
                std::min(stay, static_cast<double>(forever.count())))},
            .from = state.requests_per_second,
            .to = state.requests_per_second};
}

}  // namespace wavetank::sim
