#include <wavetank/runtime/asio_runtime.hpp>

#include <wavetank/runtime/gate.hpp>
#include <wavetank/runtime/sleep.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <string>

namespace wavetank::runtime {
namespace {

using namespace std::chrono_literals;

TEST(AsioRuntime, RunsCallsInTheOrderOfTimeAndThenOfScheduling) {
    AsioRuntime runtime;
    std::string order;

    const TimePoint soon = runtime.now() + 5ms;
    runtime.schedule(soon, [&] { order += 'c'; });
    runtime.schedule(soon, [&] { order += 'd'; });
    runtime.schedule(soon - 2ms, [&] { order += 'b'; });
    runtime.post([&] { order += 'a'; });
    EXPECT_EQ(order, "");
    runtime.run();

    EXPECT_EQ(order, "abcd");
    EXPECT_GE(runtime.now(), soon);
}

TEST(AsioRuntime, RunsWhatIsPostedFromACallbackAfterwards) {
    AsioRuntime runtime;
    std::string order;

    runtime.post([&] {
        runtime.post([&] { order += 'c'; });
        order += 'a';
    });
    runtime.post([&] { order += 'b'; });
    runtime.run();

    EXPECT_EQ(order, "abc");
}

TEST(AsioRuntime, ForgetsWhatIsCancelled) {
    AsioRuntime runtime;
    std::string order;

    const TimerId first = runtime.schedule_after(1ms, [&] { order += 'a'; });
    const TimerId far = runtime.schedule_after(std::chrono::hours{1}, [&] { order += 'z'; });
    const TimerId last = runtime.schedule_after(2ms, [&] { order += 'b'; });
    EXPECT_TRUE(runtime.cancel(first));
    EXPECT_TRUE(runtime.cancel(far));
    EXPECT_EQ(runtime.pending(), 1U);
    runtime.run();

    EXPECT_EQ(order, "b");
    EXPECT_FALSE(runtime.cancel(first));
    EXPECT_FALSE(runtime.cancel(last));
    EXPECT_FALSE(runtime.cancel(TimerId::None));
}

TEST(AsioRuntime, StopsWhenToldToAndGoesOnLater) {
    AsioRuntime runtime;
    std::string order;

    runtime.post([&] {
        order += 'a';
        runtime.stop();
    });
    runtime.post([&] { order += 'b'; });
    runtime.run();
    EXPECT_EQ(order, "a");
    runtime.run();

    EXPECT_EQ(order, "ab");
}

TEST(AsioRuntime, ResumesCoroutines) {
    AsioRuntime runtime;
    Gate gate{runtime};
    std::string order;

    const auto count = [](Executor& executor, std::string& out) -> Task<> {
        out += 'a';
        co_await sleep_for(executor, 1ms);
        out += 'b';
    };
    gate.spawn(count(runtime, order));
    runtime.run();

    EXPECT_EQ(order, "ab");
    EXPECT_EQ(gate.size(), 0U);
}

TEST(AsioRuntime, TellsOfTheSignalThatAsksTheProcessToEnd) {
    AsioRuntime runtime;
    bool told = false;

    runtime.on_termination([&] { told = true; });
    runtime.post([] { std::raise(SIGTERM); });
    runtime.run();

    EXPECT_TRUE(told);
}

TEST(AsioRuntime, StartsCivilTimeWhereItIsTold) {
    const AsioRuntime runtime{{.wall_epoch = default_wall_epoch}};

    EXPECT_GE(runtime.wall(), default_wall_epoch);
    EXPECT_LT(runtime.wall(), default_wall_epoch + std::chrono::hours{1});
}

}  // namespace
}  // namespace wavetank::runtime
