#include <wavetank/runtime/token_bucket.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace wavetank::runtime {
namespace {

using namespace std::chrono_literals;

TEST(TokenBucket, LetsABurstThroughAndThenOneATick) {
    TokenBucket bucket{{.per_second = 10, .burst = 3}};

    for (const Duration wait : {0ms, 0ms, 0ms, 100ms, 200ms}) {
        EXPECT_EQ(bucket.take(TimePoint{1s}), wait);
    }
    EXPECT_EQ(bucket.take(TimePoint{1s + 250ms}), 50ms) << "two and a half have come back";
    EXPECT_EQ(bucket.take(TimePoint{60s}), 0ms);
    EXPECT_EQ(bucket.take(TimePoint{60s}), 0ms);
    EXPECT_EQ(bucket.take(TimePoint{60s}), 0ms);
    EXPECT_EQ(bucket.take(TimePoint{60s}), 100ms) << "a long rest fills it, and no more";
}

TEST(TokenBucket, WithoutARateHasNoLimit) {
    TokenBucket bucket{{}};

    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(bucket.take(TimePoint{}), 0ms);
    }
}

}  // namespace
}  // namespace wavetank::runtime
