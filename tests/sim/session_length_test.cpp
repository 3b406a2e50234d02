#include <wavetank/sim/session_length.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace wavetank::sim {
namespace {

using testing::HasSubstr;

std::uint32_t drawn(const SessionLength& length, std::uint64_t number) {
    CounterRandom random{{.request = number}};
    return length.sample(random);
}

TEST(SessionLength, IsOneUnlessSomethingElseIsSaid) {
    EXPECT_EQ(drawn({}, 1), 1U);
    EXPECT_EQ(SessionLength{}.mean(), 1);
}

TEST(SessionLength, ReadsWhatAManifestSpells) {
    EXPECT_EQ(SessionLength::parse("5")->mean(), 5);
    EXPECT_EQ(SessionLength::parse(" uniform( 1 , 9 ) ")->mean(), 5);
    EXPECT_EQ(SessionLength::parse("geometric(2.5)")->mean(), 2.5);
}

TEST(SessionLength, SaysWhatIsAllowed) {
    for (const char* text : {"", "0", "-1", "1.5", "1000001", "uniform(2)", "uniform(3,2)",
                             "uniform(0,2)", "uniform(1,2,3)", "geometric(0.5)", "geometric(nan)",
                             "geometric(inf)", "geometric 5", "poisson(5)", "geometric(", "5 6"}) {
        const auto length = SessionLength::parse(text);
        ASSERT_FALSE(length) << text;
        EXPECT_THAT(length.error().message, HasSubstr("geometric(MEAN)")) << text;
    }
}

TEST(SessionLength, DrawsEveryLengthBetweenItsBounds) {
    const SessionLength length = SessionLength::uniform(3, 5);
    std::set<std::uint32_t> seen;
    for (std::uint64_t i = 0; i < 100; ++i) {
        seen.insert(drawn(length, i));
    }

    EXPECT_EQ(seen, (std::set<std::uint32_t>{3, 4, 5}));
}

// The part that is longer than k is (1 - 1/mean)^k; of n draws it varies by sqrt(p (1 - p) / n).
TEST(SessionLength, GeometricLeavesAfterEachRequestWithTheSameProbability) {
    constexpr int draws = 100'000;
    const SessionLength length = SessionLength::geometric(4);
    for (std::uint32_t k = 0; k < 12; ++k) {
        int longer = 0;
        for (std::uint64_t i = 0; i < draws; ++i) {
            longer += drawn(length, i) > k ? 1 : 0;
        }
        const double part = std::pow(0.75, k);
        EXPECT_NEAR(static_cast<double>(longer) / draws, part,
                    3 * std::sqrt(part * (1 - part) / draws));
    }
    EXPECT_EQ(drawn(SessionLength::geometric(1), 1), 1U);
}

}  // namespace
}  // namespace wavetank::sim
