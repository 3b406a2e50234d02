#pragma once

/// \file
/// Waiting for time to pass.

#include <wavetank/runtime/waiter.hpp>

namespace wavetank::runtime {

/// An awaitable that resumes at a given time, or throws `Cancelled` as soon as it is called off.
class Sleep {
public:
    Sleep(Executor& executor, TimePoint until) : waiter_{executor}, until_{until} {}

    [[nodiscard]] bool await_ready() const noexcept {
        return false;
    }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        if (!waiter_.suspend(coroutine)) {
            return false;
        }
        waiter_.wake_at(until_);
        return true;
    }
    void await_resume() const {
        waiter_.finish();
    }

private:
    Waiter waiter_;
    TimePoint until_;
};

/// Waits until `time`; if that has passed, only until all that is due now has run.
[[nodiscard]] Sleep sleep_until(Executor& executor, TimePoint time);

/// Waits for `duration`.
[[nodiscard]] Sleep sleep_for(Executor& executor, Duration duration);

/// Lets all run that is due now.
[[nodiscard]] Sleep yield(Executor& executor);

}  // namespace wavetank::runtime
