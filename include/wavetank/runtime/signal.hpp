#pragma once

/// \file
/// Waiting for something to have happened.

#include <wavetank/runtime/waiter.hpp>

namespace wavetank::runtime {

/// Wakes coroutines. It remembers nothing: who waits afterwards waits for the next time, so wait in
/// a loop around the condition.
///
/// Lifetime: coroutines that still wait when it goes never resume; their `Gate` destroys them.
class Signal {
public:
    explicit Signal(Executor& executor) : executor_{&executor} {}
    ~Signal();
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;

    class Wait;

    /// Waits for the next notification. Throws `Cancelled` as soon as the waiting task is called
    /// off.
    [[nodiscard]] Wait wait();

    /// Wakes everyone who waits, in the order in which they came.
    void notify_all();

    /// Wakes the one who has waited longest. Returns false if nobody waits.
    bool notify_one();

private:
    void remove(Wait& wait);

    Executor* executor_;
    Wait* first_ = nullptr;
    Wait* last_ = nullptr;
};

/// The awaitable of `Signal::wait`.
class Signal::Wait {
public:
    explicit Wait(Signal& signal) : signal_{&signal}, waiter_{*signal.executor_} {}
    ~Wait();
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

    [[nodiscard]] bool await_ready() const noexcept {
        return false;
    }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return waiter_.suspend(coroutine) && enqueue();
    }
    void await_resume() const {
        waiter_.finish();
    }

private:
    friend class Signal;
    bool enqueue();

    Signal* signal_;
    Waiter waiter_;
    Wait* previous_ = nullptr;
    Wait* next_ = nullptr;
    bool queued_ = false;
};

}  // namespace wavetank::runtime
