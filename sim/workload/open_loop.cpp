#include "sim/workload/open_loop.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace wavetank::sim {
namespace {

// A steady rate is one stage that lasts as long as it is told to, or longer than any run.
constexpr Duration forever = std::chrono::hours{24 * 365 * 100};

double seconds_of(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

ArrivalTimes::ArrivalTimes(const Load& load, Random random)
    : arrivals_(load.arrivals), stages_(load.stages), random_(random), stage_start_(load.start) {
    if (stages_.empty()) {
        stages_.push_back({.duration = load.duration.value_or(forever),
                           .from = load.requests_per_second,
                           .to = load.requests_per_second});
    }
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
            const double root = std::sqrt(std::max(0.0, rate * rate + 2 * slope * wanted));
            into_stage_ += 2 * wanted / (rate + root);
            return stage_start_ + Duration{static_cast<Duration::rep>(into_stage_ * 1e9)};
        }
        wanted -= available;
        stage_start_ += stage.duration;
        into_stage_ = 0;
        ++stage_;
    }
    return std::nullopt;
}

OpenLoop::OpenLoop(runtime::Executor& executor, mesh::MeshContext& mesh, mesh::ServiceStats& stats,
                   Load load, const Random& random)
    : executor_(executor),
      stats_(stats),
      load_(std::move(load)),
      draws_key_(random.fork("draws").key()),
      arrivals_(load_, random.fork("arrivals")),
      proxy_(mesh, "default", random.fork("proxy")),
      gate_(executor) {}

void OpenLoop::start() {
    schedule_next();
}

void OpenLoop::stop() {
    executor_.cancel(timer_);
}

void OpenLoop::schedule_next() {
    if (const auto time = arrivals_.next()) {
        timer_ = executor_.schedule(*time, [this, intended = *time] { arrive(intended); });
    }
}

void OpenLoop::arrive(TimePoint intended) {
    mesh::Request request = load_.request;
    request.draws = {.workload = draws_key_, .request = started_};
    ++started_;
    gate_.spawn(send(std::move(request), intended));
    schedule_next();
}

Task<> OpenLoop::send(mesh::Request request, TimePoint intended) {
    const mesh::Response response = co_await proxy_.call(load_.target, std::move(request));
    const TimePoint now = executor_.clock().now();
    stats_.record(now, response.status, now - intended);
}

}  // namespace wavetank::sim
