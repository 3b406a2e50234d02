#include <wavetank/runtime/executor.hpp>

#include <utility>

namespace wavetank::runtime {

void Executor::wake(Wakeup& wakeup) {
    wakeup.place_ = static_cast<std::uint64_t>(post([&wakeup] {
        wakeup.place_ = 0;
        wakeup.run();
    }));
}

void Executor::withdraw(Wakeup& wakeup) {
    cancel(TimerId{std::exchange(wakeup.place_, 0)});
}

TimerId Executor::post(Callback callback) {
    return schedule(clock().now(), std::move(callback));
}

TimerId Executor::schedule_after(Duration delay, Callback callback) {
    const TimePoint now = clock().now();
    const bool fits = delay <= TimePoint::max() - now;
    return schedule(fits ? now + delay : TimePoint::max(), std::move(callback));
}

}  // namespace wavetank::runtime
