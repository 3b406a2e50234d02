#pragma once

/// \file
/// Where does work go that is to happen later?
///
/// Everything of one cluster runs on one executor, one call at a time, so the model has no locks.
/// Whether "later" is simulated or real is the executor's business alone.

#include <wavetank/base/time.hpp>
#include <wavetank/runtime/callback.hpp>
#include <wavetank/runtime/clock.hpp>

#include <cstdint>

namespace wavetank::runtime {

/// Names a scheduled call. Never used twice within a run.
enum class TimerId : std::uint64_t { None = 0 };

/// A call that stays where it is, so that to post it takes no memory and moves nothing.
///
/// Lifetime: whoever owns it takes it back before it goes.
class Wakeup {
public:
    Wakeup(const Wakeup&) = delete;
    Wakeup& operator=(const Wakeup&) = delete;

protected:
    Wakeup() = default;
    ~Wakeup() = default;

    [[nodiscard]] bool is_posted() const {
        return place_ != 0;
    }

private:
    friend class Executor;
    friend class VirtualRuntime;
    virtual void run() = 0;

    std::uint64_t place_ = 0;  // by which its executor finds it; 0: it is not posted
};

/// Runs callbacks one after the other, in the order of (time, sequence number).
///
/// Threads: confined to the one that runs it.
class Executor {
public:
    Executor() = default;
    virtual ~Executor() = default;
    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;

    /// Runs `callback` at `time`, or as soon as possible if `time` has passed; in either case after
    /// all that was scheduled for that time before, and never within this call.
    virtual TimerId schedule(TimePoint time, Callback callback) = 0;

    /// Forgets a call that has not begun. Returns whether there was one; `None`, past and cancelled
    /// ids are no error. The callback is destroyed here and now.
    virtual bool cancel(TimerId timer) = 0;

    /// Does the same as `post`, with a call that stays where it is. Requires: it is not posted.
    virtual void wake(Wakeup& wakeup);

    /// Takes a call back; nothing happens if it is not posted.
    virtual void withdraw(Wakeup& wakeup);

    /// Returns the clock that `schedule` goes by.
    [[nodiscard]] virtual const Clock& clock() const = 0;

    /// Runs `callback` now, after all that is already due.
    TimerId post(Callback callback);

    /// Runs `callback` when `delay` has passed.
    TimerId schedule_after(Duration delay, Callback callback);
};

}  // namespace wavetank::runtime
