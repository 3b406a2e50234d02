#include <wavetank/actor/host.hpp>

#include <wavetank/base/assert.hpp>
#include <wavetank/runtime/sleep.hpp>

#include <algorithm>

namespace wavetank::actor {

OwnCpus::OwnCpus(runtime::Executor& executor, std::uint32_t count)
    : executor_(executor), free_at_(count) {
    WAVETANK_ASSERT(count > 0);
}

Task<> OwnCpus::compute(Duration time) {
    TimePoint& free_at = *std::ranges::min_element(free_at_);
    free_at = std::max(free_at, executor_.clock().now()) + time;
    const TimePoint done = free_at;
    co_await runtime::sleep_until(executor_, done);
}

}  // namespace wavetank::actor
