#include "node/pull_queue.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace wavetank::node {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t megabyte = 1'000'000;

/// Runs until nothing is left, and tells which image came when, and how long its pull took.
std::string story(PullQueue& queue) {
    std::string text;
    while (const auto end = queue.next_end()) {
        for (const auto& done : queue.take_done(*end)) {
            text += std::to_string(done.image) + " at " +
                    wavetank::to_string(end->time_since_epoch()) + " in " +
                    wavetank::to_string(*end - done.began) + "; ";
        }
    }
    return text;
}

TEST(PullQueue, PullsOneAfterTheOther) {
    PullQueue queue{{.bytes_per_second = 10 * megabyte}};
    queue.add(TimePoint{}, {.image = 1, .latency = 500ms, .bytes = 20 * megabyte});
    queue.add(TimePoint{1s}, {.image = 2, .latency = 500ms, .bytes = 10 * megabyte});

    EXPECT_EQ(story(queue), "1 at 2.5s in 2.5s; 2 at 4s in 1.5s; ");
}

TEST(PullQueue, SharesTheLineAmongParallelPulls) {
    PullQueue queue{{.bytes_per_second = 10 * megabyte, .order = PullOrder::Parallel}};
    queue.add(TimePoint{}, {.image = 1, .bytes = 20 * megabyte});
    queue.add(TimePoint{1s}, {.image = 2, .bytes = 30 * megabyte});

    EXPECT_EQ(story(queue), "1 at 3s in 3s; 2 at 5s in 4s; ")
        << "ten megabytes each in two seconds, then the second has twenty left";
}

TEST(PullQueue, HasNoMoreUnderWayThanAllowed) {
    PullQueue queue{
        {.bytes_per_second = 10 * megabyte, .order = PullOrder::Parallel, .parallel_max = 2}};
    for (const std::uint32_t image : {1U, 2U, 3U}) {
        queue.add(TimePoint{}, {.image = image, .bytes = 10 * megabyte});
    }

    EXPECT_EQ(story(queue), "1 at 2s in 2s; 2 at 2s in 2s; 3 at 3s in 1s; ");
}

TEST(PullQueue, TakesNoTimeWhereNothingDoes) {
    PullQueue queue{{}};
    queue.add(TimePoint{2s}, {.image = 1, .bytes = megabyte});
    queue.add(TimePoint{2s}, {.image = 2, .latency = 3s, .bytes = megabyte});

    EXPECT_EQ(story(queue), "1 at 2s in 0s; 2 at 5s in 3s; ");
    EXPECT_EQ(queue.next_end(), std::nullopt);
}

}  // namespace
}  // namespace wavetank::node
