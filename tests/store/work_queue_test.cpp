#include <wavetank/store/work_queue.hpp>

#include <wavetank/runtime/virtual_runtime.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace wavetank::store {
namespace {

using namespace std::chrono_literals;
using Outcome = WorkQueue::Outcome;
using testing::ElementsAre;

TEST(WorkQueue, HandsOutAKeyOnceHoweverOftenItIsAdded) {
    runtime::VirtualRuntime runtime;
    std::vector<std::string> seen;
    WorkQueue queue{runtime, [&](const Key& key) {
                        seen.push_back(key.name);
                        return Outcome::Done;
                    }};

    queue.add({"", "b"});
    queue.add({"", "a"});
    queue.add({"", "b"});
    EXPECT_FALSE(queue.idle());
    runtime.run();

    EXPECT_THAT(seen, ElementsAre("b", "a"));
    EXPECT_TRUE(queue.idle());
}

TEST(WorkQueue, LooksAgainAtAKeyAddedDuringItsTurn) {
    runtime::VirtualRuntime runtime;
    int turns = 0;
    WorkQueue* self = nullptr;
    WorkQueue queue{runtime, [&](const Key& key) {
                        if (++turns == 1) {
                            self->add(key);
                        }
                        return Outcome::Done;
                    }};
    self = &queue;

    queue.add({"", "a"});
    runtime.run();

    EXPECT_EQ(turns, 2);
}

TEST(WorkQueue, KeepsTheEarliestOfSeveralDelays) {
    runtime::VirtualRuntime runtime;
    std::vector<TimePoint> seen;
    WorkQueue queue{runtime, [&](const Key&) {
                        seen.push_back(runtime.now());
                        return Outcome::Done;
                    }};

    queue.add_after({"", "a"}, 5s);
    queue.add_after({"", "a"}, 2s);
    queue.add_after({"", "a"}, 9s);
    runtime.run();

    EXPECT_THAT(seen, ElementsAre(TimePoint{2s}));
}

TEST(WorkQueue, DoublesTheDelayOfAKeyThatFailsUntilItSucceeds) {
    runtime::VirtualRuntime runtime;
    std::vector<TimePoint> seen;
    WorkQueue queue{runtime,
                    [&](const Key&) {
                        seen.push_back(runtime.now());
                        return seen.size() == 4 || seen.size() == 6 ? Outcome::Done
                                                                    : Outcome::Retry;
                    },
                    {.backoff = {.initial = 1s, .limit = 3s}}};

    queue.add({"", "a"});
    runtime.run();
    queue.add({"", "a"});
    runtime.run();

    EXPECT_THAT(seen, ElementsAre(TimePoint{0s}, TimePoint{1s}, TimePoint{3s}, TimePoint{6s},
                                  TimePoint{6s}, TimePoint{7s}));
}

TEST(WorkQueue, LetsOthersGoFirstAfterEachKeyIfToldTo) {
    runtime::VirtualRuntime runtime;
    std::vector<std::string> seen;
    WorkQueue queue{runtime,
                    [&](const Key& key) {
                        seen.push_back(key.name);
                        runtime.post([&] { seen.emplace_back("other"); });
                        return Outcome::Done;
                    },
                    {.turn = Turn::One}};

    queue.add({"", "a"});
    queue.add({"", "b"});
    runtime.run();

    EXPECT_THAT(seen, ElementsAre("a", "other", "b", "other"));
}

TEST(WorkQueue, WaitsWhileMoreIsSaidAtTheSameInstant) {
    runtime::VirtualRuntime runtime;
    std::vector<std::string> seen;
    WorkQueue queue{runtime, [&](const Key& key) {
                        seen.push_back(key.name);
                        return Outcome::Done;
                    }};
    int pods_left = 3;
    const std::function<void()> one_more = [&] {
        seen.emplace_back("pod");
        queue.add({"", "owner"});
        if (--pods_left > 0) {
            runtime.post(one_more);
        }
    };

    one_more();
    runtime.schedule(TimePoint{1s}, [&] { queue.add({"", "owner"}); });
    runtime.run();

    EXPECT_THAT(seen, ElementsAre("pod", "pod", "pod", "owner", "owner"));
}

TEST(WorkQueue, ForgetsItsKeysWhenDestroyed) {
    runtime::VirtualRuntime runtime;
    int turns = 0;
    {
        WorkQueue queue{runtime, [&](const Key&) {
                            ++turns;
                            return Outcome::Done;
                        }};
        queue.add({"", "a"});
        queue.add_after({"", "b"}, 1s);
    }
    runtime.run();

    EXPECT_EQ(turns, 0);
}

TEST(WorkQueue, HearsOfChangesAsLateAsAnInformer) {
    runtime::VirtualRuntime runtime;
    std::vector<TimePoint> seen;
    WorkQueue queue{runtime,
                    [&](const Key&) {
                        seen.push_back(runtime.now());
                        return Outcome::Done;
                    },
                    {.notice = 5ms}};

    queue.add({"", "a"});
    queue.add({"", "a"});
    runtime.run_until(TimePoint{3ms});
    queue.add({"", "a"});
    runtime.run();

    EXPECT_THAT(seen, ElementsAre(TimePoint{5ms}, TimePoint{8ms}));
}

TEST(WorkQueue, MakesNoMoreRequestsThanItsClientLets) {
    runtime::VirtualRuntime runtime;
    std::vector<TimePoint> seen;
    WorkQueue* self = nullptr;
    WorkQueue queue{runtime,
                    [&](const Key&) {
                        seen.push_back(runtime.now());
                        self->charge(20);
                        return Outcome::Done;
                    },
                    {.requests = {.per_second = 20, .burst = 30}}};
    self = &queue;

    for (const char* name : {"a", "b", "c", "d"}) {
        queue.add({"", name});
    }
    runtime.run();

    EXPECT_THAT(seen,
                ElementsAre(TimePoint{0s}, TimePoint{0s}, TimePoint{500ms}, TimePoint{1500ms}))
        << "forty of thirty take ten ticks of 50 ms, the next twenty a second";
}

TEST(WorkQueue, RetriesNoMoreThanTenKeysASecondAfterAHundred) {
    runtime::VirtualRuntime runtime;
    std::vector<TimePoint> again;
    std::size_t turns = 0;
    WorkQueue queue{runtime, [&](const Key&) {
                        if (++turns <= 102) {
                            return Outcome::Retry;
                        }
                        again.push_back(runtime.now());
                        return Outcome::Done;
                    }};

    for (int i = 0; i < 102; ++i) {
        queue.add({"", std::to_string(i)});
    }
    runtime.run();

    ASSERT_EQ(again.size(), 102U);
    EXPECT_EQ(again[99], TimePoint{5ms});
    EXPECT_EQ(again[100], TimePoint{100ms});
    EXPECT_EQ(again[101], TimePoint{200ms});
}

}  // namespace
}  // namespace wavetank::store
