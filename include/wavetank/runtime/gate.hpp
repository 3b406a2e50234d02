#pragma once

/// \file
/// Who waits for the tasks that run side by side?

#include <wavetank/runtime/cancellation.hpp>
#include <wavetank/runtime/executor.hpp>
#include <wavetank/runtime/signal.hpp>
#include <wavetank/runtime/task.hpp>

#include <cstddef>
#include <exception>

namespace wavetank::runtime {

class GateMember;

/// Owns tasks that run on their own until someone waits for all of them or calls them off.
///
/// Lifetime: the executor must outlive it. Tasks that have not ended when it goes are destroyed
/// where they stand; none of them may be running then.
class Gate {
public:
    /// A gate whose tasks are also called off when `parent` stops.
    explicit Gate(Executor& executor, StopToken parent = {});
    ~Gate();
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    /// Starts `task` now, after all that is due; never, if the gate is stopped by then.
    void spawn(Task<> task);

    /// Calls off all tasks: each resumes with `Cancelled` where it waits. Later ones do not start.
    void request_stop() {
        stop_.request_stop();
    }

    /// Waits until no task is left. Throws what the first failed task threw, once.
    [[nodiscard]] Task<> join();

    /// Calls off all tasks, then waits as `join` does.
    [[nodiscard]] Task<> close();

    /// Returns how many tasks have not ended.
    [[nodiscard]] std::size_t size() const {
        return size_;
    }
    [[nodiscard]] StopToken stop_token() {
        return stop_.token();
    }

    /// Returns what the first failed task threw, if nobody has asked yet, and forgets it.
    [[nodiscard]] std::exception_ptr take_failure();

private:
    friend class GateMember;

    Executor* executor_;
    StopSource stop_;
    Signal idle_;
    GateMember* first_ = nullptr;
    GateMember* last_ = nullptr;
    std::size_t size_ = 0;
    std::exception_ptr failure_;
};

}  // namespace wavetank::runtime
