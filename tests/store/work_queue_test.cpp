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

}  // namespace
}  // namespace wavetank::store
