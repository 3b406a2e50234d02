#pragma once

/// \file
/// Real time: the clock and the executor that code meets when it serves instead of being simulated.

#include <wavetank/runtime/clock.hpp>
#include <wavetank/runtime/executor.hpp>

#include <cstddef>
#include <memory>
#include <optional>

namespace boost::asio {
class io_context;  // a name only: Asio itself stays in the sources that do real input and output
}

namespace wavetank::runtime {

struct AsioRuntimeOptions {
    std::optional<WallTime> wall_epoch{};  ///< the civil time at the start; the real one if not set
};

/// A clock and an executor in real time, over Boost.Asio.
///
/// Callbacks run in the order of (time, sequence number), as in `VirtualRuntime`; a time that has
/// passed counts as now.
/// Threads: everything runs on the one that calls `run` or `step`.
/// Lifetime: callbacks that are still pending are destroyed with the runtime, in no set order.
class AsioRuntime final : public Clock, public Executor {
public:
    explicit AsioRuntime(AsioRuntimeOptions options = {});
    ~AsioRuntime() override;

    [[nodiscard]] TimePoint now() const override;
    TimerId schedule(TimePoint time, Callback callback) override;
    bool cancel(TimerId timer) override;
    [[nodiscard]] const Clock& clock() const override {
        return *this;
    }

    /// Runs until nothing is pending, neither calls nor input and output, or until `stop`.
    void run();

    /// Waits for something to happen and handles that. Returns false, at once, if nothing is
    /// pending.
    bool step();

    /// Lets `run` return once the callback that is running has ended.
    void stop();

    /// Runs `callback` when the process is asked to end (SIGTERM, SIGINT) for the first time. The
    /// second time it ends there and then. Until then, `run` does not return for want of work.
    void on_termination(Callback callback);

    /// Forgets the callback of `on_termination`.
    void ignore_termination();

    /// Returns how many calls are scheduled and not cancelled.
    [[nodiscard]] std::size_t pending() const;

    /// Returns the engine, for modules that read and write sockets.
    [[nodiscard]] boost::asio::io_context& io_context();

private:
    struct State;

    std::unique_ptr<State> state_;
};

}  // namespace wavetank::runtime
