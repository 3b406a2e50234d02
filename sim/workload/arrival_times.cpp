#include "sim/workload/arrival_times.hpp"

#include <algorithm>
#include <cmath>

namespace wavetank::sim {
namespace {

// A steady rate is one stage that lasts as long as it is told to, or longer than any run.
constexpr Duration forever = std::chrono::hours{24 * 365 * 100};

double seconds_of(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

ArrivalTimes::ArrivalTimes(const Load& load, Random random)
    : arrivals_(load.arrivals),
      stages_(load.stages),
      repeats_(load.repeats),
      random_(random),
      stage_start_(load.start) {
    if (stages_.empty()) {
        stages_.push_back({.duration = load.duration.value_or(forever),
                           .from = load.requests_per_second,
                           .to = load.requests_per_second});
    }
    repeats_ = repeats_ && std::ranges::any_of(stages_, [](const LoadStage& stage) {
                   return stage.duration > Duration::zero() && (stage.from > 0 || stage.to > 0);
               });
}

std::optional<TimePoint> ArrivalTimes::next() {
    double wanted = arrivals_ == Arrivals::Poisson ? random_.exponential() : 1.0;
    while (stage_ < stages_.size()) {
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
        ++stage_;
        if (stage_ == stages_.size() && repeats_) {
            stage_ = 0;
        }
    }
    return std::nullopt;
}

}  // namespace wavetank::sim
