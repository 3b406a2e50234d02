#pragma once

/// \file
/// What a coroutine leaves behind when it waits: whom to wake, through which executor, unless
/// stopped. All awaitables of the library are made of it.

#include <wavetank/runtime/cancellation.hpp>
#include <wavetank/runtime/executor.hpp>

#include <coroutine>

namespace wavetank::runtime {

/// One suspended coroutine, which is resumed exactly once, and always by the executor.
///
/// Lifetime: lives in the coroutine's frame. When that is destroyed, nothing is left behind.
class Waiter final : private StopListener, private Wakeup {
public:
    explicit Waiter(Executor& executor) : executor_{&executor} {}
    ~Waiter();

    /// Takes note of the coroutine. Returns false, and it must go on at once, if it is called off.
    template <class Promise>
    bool suspend(std::coroutine_handle<Promise> coroutine) {
        return suspend(coroutine, coroutine.promise().stop_token());
    }
    bool suspend(std::coroutine_handle<> coroutine, StopToken token);

    /// Resumes the coroutine at `time`. Requires: it is suspended and has not been woken.
    void wake_at(TimePoint time);

    /// Resumes the coroutine now, after all that is due. Does nothing if it does not wait.
    void wake();

    /// Returns whether it waits and nobody has woken it yet.
    [[nodiscard]] bool waiting() const {
        return waiting_;
    }

    /// Ends the wait in the resumed coroutine; throws `Cancelled` if it was called off.
    void finish() const;

private:
    void on_stop() override;
    void run() override;

    Executor* executor_;
    std::coroutine_handle<> coroutine_;
    TimerId timer_ = TimerId::None;
    bool waiting_ = false;
    bool cancelled_ = false;
};

}  // namespace wavetank::runtime
