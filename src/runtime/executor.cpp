#include <wavetank/runtime/executor.hpp>

#include <utility>

namespace wavetank::runtime {

TimerId Executor::post(Callback callback) {
    return schedule(clock().now(), std::move(callback));
}

TimerId Executor::schedule_after(Duration delay, Callback callback) {
    const TimePoint now = clock().now();
    const bool fits = delay <= TimePoint::max() - now;
    return schedule(fits ? now + delay : TimePoint::max(), std::move(callback));
}

}  // namespace wavetank::runtime
