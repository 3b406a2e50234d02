#include <wavetank/base/assert.hpp>
#include <wavetank/runtime/asio_runtime.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>

namespace wavetank::runtime {
namespace {

using RealClock = std::chrono::steady_clock;

WallTime real_wall_time() {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

struct Due {
    TimePoint time;
    std::uint64_t sequence = 0;

    auto operator<=>(const Due&) const = default;
};

}  // namespace

// One Asio timer stands for the first call of a queue of our own: timers of Asio that are due at
// the same time run in no set order.
struct AsioRuntime::State {
    // 1. `times` has an entry for each of `calls`, by its sequence number.
    // 2. Unless `draining`, the timer is set to the first of `calls`, if there is one.
    boost::asio::io_context context{1};
    boost::asio::steady_timer timer{context};
    std::optional<boost::asio::signal_set> signals;
    RealClock::time_point start = RealClock::now();
    std::map<Due, Callback> calls;
    std::unordered_map<std::uint64_t, TimePoint> times;
    std::uint64_t sequence = 0;
    bool draining = false;

    [[nodiscard]] TimePoint now() const {
        return TimePoint{std::chrono::duration_cast<Duration>(RealClock::now() - start)};
    }

    void set_timer() {
        if (calls.empty()) {
            timer.cancel();
            return;
        }
        timer.expires_at(start + std::chrono::duration_cast<RealClock::duration>(
                                     calls.begin()->first.time.time_since_epoch()));
        timer.async_wait([this](const boost::system::error_code& error) {
            if (!error) {
                drain();
            }
        });
    }

    // Runs what is due now. What it schedules waits for the next turn, so sockets get theirs.
    void drain() {
        struct Turn {
            State& state;
            explicit Turn(State& of) : state{of} {
                state.draining = true;
            }
            ~Turn() {
                state.draining = false;
                state.set_timer();
            }
        };
        const Due end{now(), sequence + 1};
        const Turn turn{*this};
        while (!calls.empty() && calls.begin()->first < end && !context.stopped()) {
            auto first = calls.extract(calls.begin());
            times.erase(first.key().sequence);
            first.mapped()();
        }
    }
};

AsioRuntime::AsioRuntime(AsioRuntimeOptions options)
    : Clock{options.wall_epoch.value_or(real_wall_time())}, state_{std::make_unique<State>()} {}

AsioRuntime::~AsioRuntime() {
    // A callback's destructor may cancel other calls, which must find the queue in order.
    while (!state_->calls.empty()) {
        const auto last = state_->calls.extract(state_->calls.begin());
        state_->times.erase(last.key().sequence);
    }
}

TimePoint AsioRuntime::now() const {
    return state_->now();
}

TimerId AsioRuntime::schedule(TimePoint time, Callback callback) {
    WAVETANK_ASSERT(static_cast<bool>(callback));
    const Due due{std::max(time, now()), ++state_->sequence};
    const auto added = state_->calls.emplace(due, std::move(callback)).first;
    state_->times.emplace(due.sequence, due.time);
    if (added == state_->calls.begin() && !state_->draining) {
        state_->set_timer();
    }
    return TimerId{due.sequence};
}

bool AsioRuntime::cancel(TimerId timer) {
    const auto known = state_->times.find(static_cast<std::uint64_t>(timer));
    if (known == state_->times.end()) {
        return false;
    }
    const Due due{known->second, known->first};
    state_->times.erase(known);
    const bool was_first = state_->calls.begin()->first == due;
    const auto cancelled = state_->calls.extract(due);
    if (was_first && !state_->draining) {
        state_->set_timer();
    }
    return true;
}

void AsioRuntime::run() {
    state_->context.restart();
    state_->context.run();
}

bool AsioRuntime::step() {
    state_->context.restart();
    return state_->context.run_one() > 0;
}

void AsioRuntime::stop() {
    state_->context.stop();
}

void AsioRuntime::on_termination(Callback callback) {
    state_->signals.emplace(state_->context, SIGTERM, SIGINT);
    state_->signals->async_wait(
        [this, call = std::move(callback)](const boost::system::error_code& error, int) mutable {
            if (!error) {
                ignore_termination();
                call();
            }
        });
}

void AsioRuntime::ignore_termination() {
    state_->signals.reset();
}

std::size_t AsioRuntime::pending() const {
    return state_->calls.size();
}

boost::asio::io_context& AsioRuntime::io_context() {
    return state_->context;
}

}  // namespace wavetank::runtime
