#include <wavetank/runtime/future.hpp>

#include <wavetank/runtime/run_task.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace wavetank::runtime {
namespace {

using namespace std::chrono_literals;

using Text = std::unique_ptr<std::string>;

Task<std::string> await_answer(VirtualRuntime* runtime, Duration delay) {
    Future<Text> future{*runtime};
    runtime->schedule_after(delay, [promise = future.promise()]() mutable {
        promise.set(std::make_unique<std::string>("answer"));
    });
    const Text text = co_await future;
    co_return *text;
}

Task<std::string> await_dropped(VirtualRuntime* runtime) {
    Future<Text> future{*runtime};
    auto promise = std::make_unique<Promise<Text>>(future.promise());
    runtime->schedule_after(1ms, [dropped = std::move(promise)]() mutable { dropped.reset(); });
    try {
        const Text text = co_await future;
        co_return *text;
    } catch (const Cancelled&) {
        co_return "dropped";
    }
}

TEST(Future, ResumesWhenTheValueIsSet) {
    VirtualRuntime runtime;

    EXPECT_EQ(run_task(runtime, await_answer(&runtime, 5ms)), "answer");
    EXPECT_EQ(runtime.now(), TimePoint{5ms});
}

TEST(Future, IsCancelledWhenItsPromiseGoes) {
    VirtualRuntime runtime;

    EXPECT_EQ(run_task(runtime, await_dropped(&runtime)), "dropped");
}

TEST(Future, LeavesItsPromiseHarmlessWhenItGoesFirst) {
    VirtualRuntime runtime;
    Gate gate{runtime};
    gate.spawn([](VirtualRuntime* executor) -> Task<> {
        static_cast<void>(co_await await_answer(executor, 1s));
    }(&runtime));
    runtime.step();
    gate.request_stop();
    runtime.run();

    EXPECT_EQ(gate.size(), 0U);
    EXPECT_EQ(runtime.now(), TimePoint{1s});
}

TEST(Future, IsReadyWhenTheValueCameFirst) {
    VirtualRuntime runtime;
    const auto early = [](VirtualRuntime* executor) -> Task<int> {
        Future<int> future{*executor};
        Promise<int> promise = future.promise();
        promise.set(7);
        EXPECT_FALSE(promise.awaited());
        EXPECT_TRUE(future.ready());
        co_return co_await future;
    };

    EXPECT_EQ(run_task(runtime, early(&runtime)), 7);
}

}  // namespace
}  // namespace wavetank::runtime
