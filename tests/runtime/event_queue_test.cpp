#include <wavetank/runtime/event_queue.hpp>

#include <wavetank/base/random.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <queue>
#include <string>
#include <vector>

namespace wavetank::runtime {
namespace {

using namespace std::chrono_literals;

struct After {
    bool operator()(const Event& left, const Event& right) const {
        return is_before(right, left);
    }
};
using Model = std::priority_queue<Event, std::vector<Event>, After>;

// Draws how far behind the present the next event lies.
using Delay = std::function<Duration(Random&)>;

struct Pattern {
    std::string name;
    Delay delay;
};

Duration draw(Random& random, std::uint64_t bound) {
    return Duration{static_cast<Duration::rep>(random.below(bound))};
}

std::vector<Pattern> patterns() {
    return {
        {"dense", [](Random& random) { return draw(random, 1'000'000); }},
        {"all at once", [](Random&) { return Duration{0}; }},
        {"few distinct times", [](Random& random) { return draw(random, 4); }},
        {"equal steps", [](Random&) { return Duration{1000}; }},
        {"huge gaps",
         [](Random& random) { return Duration{Duration::rep{1} << random.below(40)}; }},
        {"two scales",
         [](Random& random) {
             return random.below(100) == 0 ? draw(random, 3'600'000'000'000) : draw(random, 1000);
         }},
        {"one far away", [](Random& random) { return draw(random, 50'000); }},
    };
}

Event far_event() {
    return {TimePoint::max(), 0};
}

class EventQueueTest : public testing::TestWithParam<Pattern> {};

// Grows to `peak`, holds there, then drains, beside std::priority_queue.
void compare_with_model(const Pattern& pattern, std::size_t peak, std::size_t holds) {
    Random random{peak};
    EventQueue queue;
    Model model;
    std::uint64_t key = 0;
    const auto push = [&](TimePoint now) {
        const Event event{now + pattern.delay(random), ++key};
        queue.push(event);
        model.push(event);
    };
    const auto pop = [&] {
        const Event expected = model.top();
        model.pop();
        EXPECT_EQ(queue.front(), expected);
        EXPECT_EQ(queue.pop(), expected);
        return expected.time;
    };
    if (pattern.name == "one far away") {
        queue.push(far_event());
        model.push(far_event());
    }
    for (std::size_t i = 0; i < peak; ++i) {
        push(TimePoint{});
    }
    for (std::size_t i = 0; i < holds && !testing::Test::HasFailure(); ++i) {
        const TimePoint now = pop();
        if (now == TimePoint::max()) {
            break;
        }
        for (std::uint64_t pushes = random.below(3); pushes > 0; --pushes) {
            push(now);
        }
        if (model.empty()) {
            push(now);
        }
    }
    ASSERT_EQ(queue.size(), model.size());
    while (!model.empty() && !testing::Test::HasFailure()) {
        pop();
    }
    EXPECT_TRUE(queue.empty());
}

TEST_P(EventQueueTest, AgreesWithAPriorityQueue) {
    for (const std::size_t peak : {1U, 30U, 120U, 3'000U, 20'000U}) {
        compare_with_model(GetParam(), peak, 10'000);
    }
}

INSTANTIATE_TEST_SUITE_P(Patterns, EventQueueTest, testing::ValuesIn(patterns()),
                         [](const testing::TestParamInfo<Pattern>& pattern) {
                             std::string name = pattern.param.name;
                             for (char& letter : name) {
                                 letter = letter == ' ' ? '_' : letter;
                             }
                             return name;
                         });

TEST(EventQueue, TakesEventsBeforeThoseItHasGivenOut) {
    EventQueue queue;
    for (std::uint64_t i = 0; i < 200; ++i) {
        queue.push({TimePoint{Duration{static_cast<Duration::rep>(1000 + i)}}, i});
    }
    EXPECT_EQ(queue.pop().key, 0U);
    queue.push({TimePoint{5ns}, 7});

    EXPECT_EQ(queue.pop(), (Event{TimePoint{5ns}, 7}));
    EXPECT_EQ(queue.pop().key, 1U);
}

TEST(EventQueue, KnowsAheadWhatItGivesOutNext) {
    EventQueue queue;
    for (std::uint64_t i = 0; i < 200; ++i) {
        queue.push({TimePoint{Duration{static_cast<Duration::rep>(1000 + i)}}, i});
    }
    EXPECT_EQ(queue.known_ahead(), 0U);
    EXPECT_EQ(queue.pop().key, 0U);

    ASSERT_GT(queue.known_ahead(), 2U);
    EXPECT_EQ(queue.ahead(0).key, 1U);
    EXPECT_EQ(queue.ahead(2).key, 3U);
}

TEST(EventQueue, OrdersTheEndsOfTime) {
    EventQueue queue;
    for (std::uint64_t i = 0; i < 100; ++i) {
        queue.push({TimePoint::max(), i});
        queue.push({TimePoint{}, 100 + i});
        queue.push({TimePoint::max() - 1ns, 200 + i});
    }

    std::vector<std::uint64_t> keys;
    while (!queue.empty()) {
        keys.push_back(queue.pop().key);
    }
    for (std::uint64_t i = 0; i < 100; ++i) {
        EXPECT_EQ(keys[i], 100 + i);
        EXPECT_EQ(keys[100 + i], 200 + i);
        EXPECT_EQ(keys[200 + i], i);
    }
}

}  // namespace
}  // namespace wavetank::runtime
