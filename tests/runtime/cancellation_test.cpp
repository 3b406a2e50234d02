#include <wavetank/runtime/cancellation.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace wavetank::runtime {
namespace {

using testing::ElementsAre;

TEST(StopSource, TellsItsListenersOnceAndInOrder) {
    StopSource source;
    std::vector<int> told;
    const StopCallback first{source.token(), [&] { told.push_back(1); }};
    std::optional<StopCallback> gone;
    gone.emplace(source.token(), [&] { told.push_back(2); });
    const StopCallback third{source.token(), [&] { told.push_back(3); }};
    gone.reset();

    source.request_stop();
    source.request_stop();
    EXPECT_THAT(told, ElementsAre(1, 3));
    EXPECT_TRUE(source.token().stop_requested());
    EXPECT_FALSE(StopToken{}.stop_requested());
}

TEST(StopSource, FollowsItsParentEvenIfThatWasFirst) {
    StopSource parent;
    StopSource child{parent.token()};
    parent.request_stop();
    const StopSource late{parent.token()};

    EXPECT_TRUE(child.stop_requested());
    EXPECT_TRUE(late.stop_requested());
}

TEST(StopCallback, CallsAtOnceWhatComesTooLate) {
    StopSource source;
    source.request_stop();
    int calls = 0;
    const StopCallback callback{source.token(), [&] { ++calls; }};

    EXPECT_EQ(calls, 1);
}

TEST(StopListener, OutlivesItsSource) {
    std::optional<StopSource> source;
    source.emplace();
    int calls = 0;
    const StopCallback callback{source->token(), [&] { ++calls; }};
    source.reset();

    EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace wavetank::runtime
