#include "controllers/event_correlator.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace wavetank::controllers {
namespace {

using namespace std::chrono_literals;

const EventCorrelator::Series created{"uid", "Normal", "SuccessfulCreate"};

TEST(EventCorrelator, CountsAnEventThatComesAgain) {
    EventCorrelator correlator;

    const auto first = correlator.decide(created, "Created pod: a", default_wall_epoch);
    ASSERT_NE(first.remember, nullptr);
    *first.remember = {"default", "web.1"};
    const auto second = correlator.decide(created, "Created pod: a", default_wall_epoch);

    ASSERT_NE(second.known, nullptr);
    EXPECT_EQ(second.known->name, "web.1");
}

TEST(EventCorrelator, CombinesSimilarEventsBeyondTen) {
    EventCorrelator correlator;
    for (int i = 0; i < 10; ++i) {
        EXPECT_FALSE(correlator.decide(created, std::to_string(i), default_wall_epoch).combined);
    }

    EXPECT_TRUE(correlator.decide(created, "10", default_wall_epoch).combined);
}

TEST(EventCorrelator, DropsWhatComesTooOftenForOneObject) {
    EventCorrelator correlator;
    int kept = 0;
    for (int i = 0; i < 100; ++i) {
        kept += correlator.decide(created, std::to_string(i), default_wall_epoch).drop ? 0 : 1;
    }

    EXPECT_EQ(kept, 25);
    EXPECT_FALSE(correlator.decide(created, "later", default_wall_epoch + 300s).drop);
}

}  // namespace
}  // namespace wavetank::controllers
