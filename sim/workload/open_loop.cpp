#include "sim/workload/open_loop.hpp"

#include <utility>

namespace wavetank::sim {
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
