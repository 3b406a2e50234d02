#include <wavetank/runtime/gate.hpp>
#include <wavetank/runtime/run_task.hpp>
#include <wavetank/runtime/sleep.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace wavetank::runtime {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using Log = std::vector<std::string>;

// Writes down when it goes, as a destructor in a cancelled coroutine's frame does.
class Witness {
public:
    Witness(Log* log, std::string name) : log_{log}, name_{std::move(name)} {}
    ~Witness() {
        log_->push_back("~" + name_);
    }
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;

private:
    Log* log_;
    std::string name_;
};

Task<> sleeper(Executor* executor, Duration duration, Log* log, std::string name) {
    const Witness witness{log, name};
    co_await sleep_for(*executor, duration);
    log->push_back(name);
}

Task<> nested(Executor* executor, Log* log) {
    const Witness witness{log, "outer"};
    co_await sleeper(executor, 1s, log, "inner");
    log->push_back("not reached");
}

Task<> fail_after(Executor* executor, Duration duration) {
    co_await sleep_for(*executor, duration);
    throw std::runtime_error{"out of luck"};
}

Task<> join(Gate* gate, Log* log) {
    co_await gate->join();
    log->push_back("joined");
}

Task<> close(Gate* gate, Log* log) {
    co_await gate->close();
    log->push_back("closed");
}

TEST(Gate, WaitsForAllItsTasks) {
    VirtualRuntime runtime;
    Log log;
    Gate gate{runtime};
    gate.spawn(sleeper(&runtime, 2ms, &log, "slow"));
    gate.spawn(sleeper(&runtime, 1ms, &log, "fast"));

    EXPECT_TRUE(log.empty());
    EXPECT_TRUE(run_task(runtime, join(&gate, &log)));
    EXPECT_THAT(log, ElementsAre("fast", "~fast", "slow", "~slow", "joined"));
    EXPECT_EQ(runtime.now(), TimePoint{2ms});
    EXPECT_EQ(gate.size(), 0U);
}

TEST(Gate, CallsOffWhatSleepsHoweverDeep) {
    VirtualRuntime runtime;
    Log log;
    Gate gate{runtime};
    gate.spawn(nested(&runtime, &log));
    runtime.run_until(TimePoint{10ms});

    EXPECT_TRUE(run_task(runtime, close(&gate, &log)));
    EXPECT_THAT(log, ElementsAre("~inner", "~outer", "closed"));
    EXPECT_EQ(runtime.now(), TimePoint{10ms});
    EXPECT_EQ(runtime.pending(), 0U);
}

TEST(Gate, NeverStartsATaskOnceStopped) {
    VirtualRuntime runtime;
    Log log;
    Gate gate{runtime};
    gate.spawn(sleeper(&runtime, 1ms, &log, "early"));
    gate.request_stop();
    gate.spawn(sleeper(&runtime, 1ms, &log, "late"));
    runtime.run();

    EXPECT_TRUE(log.empty());
    EXPECT_EQ(gate.size(), 0U);
}

TEST(Gate, StopsWithItsParent) {
    VirtualRuntime runtime;
    Log log;
    StopSource parent;
    Gate gate{runtime, parent.token()};
    gate.spawn(nested(&runtime, &log));
    runtime.step();
    parent.request_stop();
    runtime.run();

    EXPECT_EQ(gate.size(), 0U);
    EXPECT_EQ(runtime.now(), TimePoint{});
}

TEST(Gate, DestroysItsTasksWhereTheyStand) {
    VirtualRuntime runtime;
    Log log;
    {
        Gate gate{runtime};
        gate.spawn(nested(&runtime, &log));
        gate.spawn(sleeper(&runtime, 1ms, &log, "other"));
        runtime.step();
        runtime.step();
        gate.spawn(sleeper(&runtime, 1ms, &log, "unborn"));
    }

    EXPECT_THAT(log, ElementsAre("~inner", "~outer", "~other"));
    EXPECT_EQ(runtime.pending(), 0U);
}

TEST(Gate, HandsTheFirstFailureToTheOneWhoJoins) {
    VirtualRuntime runtime;
    Log log;
    Gate gate{runtime};
    gate.spawn(fail_after(&runtime, 1ms));
    gate.spawn(sleeper(&runtime, 2ms, &log, "other"));

    EXPECT_THROW(run_task(runtime, join(&gate, &log)), std::runtime_error);
    EXPECT_THAT(log, ElementsAre("other", "~other"));
    EXPECT_EQ(gate.take_failure(), nullptr);
}

TEST(Gate, SpawnsTenThousandTasksThatTakeTheirTurns) {
    VirtualRuntime runtime;
    Log log;
    Gate gate{runtime};
    std::int64_t sum = 0;
    const auto add = [](Executor* executor, std::int64_t value, std::int64_t* total) -> Task<> {
        co_await sleep_for(*executor, Duration{value});
        *total += value;
    };
    for (std::int64_t i = 0; i < 10'000; ++i) {
        gate.spawn(add(&runtime, i, &sum));
    }
    runtime.run();

    EXPECT_EQ(sum, 49'995'000);
    EXPECT_EQ(gate.size(), 0U);
}

}  // namespace
}  // namespace wavetank::runtime
