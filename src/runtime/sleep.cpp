#include <wavetank/runtime/sleep.hpp>

namespace wavetank::runtime {

Sleep sleep_until(Executor& executor, TimePoint time) {
    return Sleep{executor, time};
}

Sleep sleep_for(Executor& executor, Duration duration) {
    const TimePoint now = executor.clock().now();
    return Sleep{executor, duration <= TimePoint::max() - now ? now + duration : TimePoint::max()};
}

Sleep yield(Executor& executor) {
    return Sleep{executor, executor.clock().now()};
}

}  // namespace wavetank::runtime
