#include <wavetank/runtime/task.hpp>

#include <wavetank/runtime/run_task.hpp>
#include <wavetank/runtime/sleep.hpp>

#include <gtest/gtest.h>

#include <coroutine>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace wavetank::runtime {
namespace {

using namespace std::chrono_literals;

Task<int> answer() {
    co_return 42;
}

Task<std::unique_ptr<std::string>> describe(Executor* executor) {
    const int number = co_await answer();
    co_await sleep_for(*executor, 3ms);
    co_return std::make_unique<std::string>(std::to_string(number));
}

Task<int> fail() {
    throw std::runtime_error{"no answer"};
    co_return 0;
}

Task<std::string> recover() {
    try {
        const int number = co_await fail();
        co_return std::to_string(number);
    } catch (const std::runtime_error& error) {
        co_return error.what();
    }
}

Task<> count_up(int* count, int to) {
    while (*count < to) {
        *count += co_await answer() / 42;
    }
}

TEST(Task, StartsOnlyWhenItIsAwaited) {
    int count = 0;
    { const Task<> task = count_up(&count, 3); }

    EXPECT_EQ(count, 0);
}

TEST(Task, ReturnsItsValueAfterItsTime) {
    VirtualRuntime runtime;
    const auto text = run_task(runtime, describe(&runtime));

    ASSERT_TRUE(text.has_value());
    EXPECT_EQ(**text, "42");
    EXPECT_EQ(runtime.now(), TimePoint{3ms});
}

TEST(Task, ThrowsWhereItIsAwaited) {
    VirtualRuntime runtime;

    EXPECT_EQ(run_task(runtime, recover()), "no answer");
    EXPECT_THROW(static_cast<void>(run_task(runtime, fail())), std::runtime_error);
}

TEST(Task, AwaitsManyReadyTasksInALoop) {
    VirtualRuntime runtime;
    int count = 0;

    EXPECT_TRUE(run_task(runtime, count_up(&count, 1'000)));
    EXPECT_EQ(count, 1'000);
}

// A wait that ends when its waiter is woken, or has ended before.
class Wait final : public Operation<std::string> {
public:
    explicit Wait(Executor& executor, bool has_ended = false)
        : waiter_{executor}, has_ended_{has_ended} {}

    bool begin(std::coroutine_handle<> awaiting, StopToken token) override {
        return !has_ended_ && waiter_.suspend(awaiting, token);
    }
    std::string& end() override {
        waiter_.finish();
        return value;
    }
    void drop() noexcept override {
        ++times_dropped;
    }
    void wake() {
        waiter_.wake();
    }

    std::string value = "the end";
    int times_dropped = 0;

private:
    Waiter waiter_;
    bool has_ended_;
};

Task<std::string> await(Operation<std::string>* operation) {
    co_return co_await Task<std::string>{*operation};
}

TEST(Task, MayBeAWaitWithoutACoroutine) {
    VirtualRuntime runtime;
    Wait wait{runtime};
    runtime.schedule(TimePoint{2s}, [&] { wait.wake(); });

    EXPECT_EQ(run_task(runtime, await(&wait)), "the end");
    EXPECT_EQ(runtime.now(), TimePoint{2s});
    EXPECT_EQ(wait.times_dropped, 1);
}

TEST(Task, GoesOnAtOnceIfItsWaitHasEnded) {
    VirtualRuntime runtime;
    Wait wait{runtime, true};

    EXPECT_EQ(run_task(runtime, Task<std::string>{wait}), "the end");
    EXPECT_EQ(wait.times_dropped, 1);
}

TEST(Task, DropsAWaitThatNobodyAwaits) {
    VirtualRuntime runtime;
    Wait wait{runtime};
    { const Task<std::string> task{wait}; }

    EXPECT_EQ(wait.times_dropped, 1);
}

Task<> look_at_both(Operation<std::string>* operation, std::string* seen) {
    Task<std::string> wait{*operation};
    std::string& ended = co_await wait.in_place();
    Task<std::string> coroutine = recover();
    const std::string& recovered = co_await coroutine.in_place();
    *seen = ended + ", " + recovered;
    ended = "looked at";
}

TEST(Task, ShowsItsValueWhereItIs) {
    VirtualRuntime runtime;
    Wait wait{runtime, true};
    std::string seen;

    EXPECT_TRUE(run_task(runtime, look_at_both(&wait, &seen)));
    EXPECT_EQ(seen, "the end, no answer");
    EXPECT_EQ(wait.value, "looked at");
}

TEST(Task, GivesFramesBackOnAnyThread) {
    VirtualRuntime runtime;
    int count = 0;
    std::unique_ptr<Task<>> task;
    std::thread maker{[&] { task = std::make_unique<Task<>>(count_up(&count, 1)); }};
    maker.join();

    EXPECT_TRUE(run_task(runtime, std::move(*task)));
    EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace wavetank::runtime
