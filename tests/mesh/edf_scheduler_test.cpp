#include <wavetank/mesh/edf_scheduler.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace wavetank::mesh {
namespace {

std::string picks_of(EdfScheduler& scheduler, const std::vector<double>& weights, int count) {
    std::string picks;
    for (int i = 0; i < count; ++i) {
        picks.push_back(static_cast<char>(
            'A' + scheduler.pick([&](std::uint32_t entry) { return weights[entry]; })));
    }
    return picks;
}

std::string picks_of(const std::vector<double>& weights, int count) {
    EdfScheduler scheduler;
    for (std::uint32_t i = 0; i < weights.size(); ++i) {
        scheduler.add(weights[i], i);
    }
    return picks_of(scheduler, weights, count);
}

TEST(EdfScheduler, TakesTheEarliestDeadlineThenTheFirstPutBack) {
    EXPECT_EQ(picks_of({1, 2}, 9), "BABBABBAB");
    EXPECT_EQ(picks_of({3, 1}, 8), "AABAAAAB");
    EXPECT_EQ(picks_of({1, 2, 5}, 16), "CCBCCABCCCBCCCAB");
    EXPECT_EQ(picks_of({1, 1, 1}, 6), "ABCABC");
}

TEST(EdfScheduler, GivesEachItsWeightInAnyStretchOfAllWeights) {
    const std::vector<double> weights{9, 8, 7, 6, 5};
    EdfScheduler scheduler = EdfScheduler::with_picks(
        std::array<std::uint32_t, 5>{0, 1, 2, 3, 4},
        [&](std::uint32_t entry) { return weights[entry]; }, 123456);

    const std::string picks = picks_of(scheduler, weights, 35 * 4);

    for (std::size_t from = 0; from + 35 <= picks.size(); ++from) {
        const std::string stretch = picks.substr(from, 35);
        EXPECT_EQ(std::count(stretch.begin(), stretch.end(), 'A'), 9);
        EXPECT_EQ(std::count(stretch.begin(), stretch.end(), 'E'), 5);
    }
}

// Weights of which no two deadlines coincide, so that the last bit does not matter.
TEST(EdfScheduler, BeginsAsIfTurnsHadBeenGiven) {
    const std::vector<double> weights{1, 1.37, 2.71};
    const auto weight_of = [&](std::uint32_t entry) { return weights[entry]; };
    const std::string all = picks_of(weights, 200);

    for (const std::uint32_t picks : {0U, 1U, 2U, 17U, 100U}) {
        EdfScheduler scheduler =
            EdfScheduler::with_picks(std::array<std::uint32_t, 3>{0, 1, 2}, weight_of, picks);
        EXPECT_EQ(picks_of(scheduler, weights, 50), all.substr(picks, 50)) << picks;
    }
}

TEST(EdfScheduler, FollowsWeightsThatChange) {
    std::vector<double> weights{1, 1};
    EdfScheduler scheduler;
    scheduler.add(1, 0);
    scheduler.add(1, 1);

    weights[0] = 3;

    EXPECT_EQ(picks_of(scheduler, weights, 8), "ABAAABAA");
}

}  // namespace
}  // namespace wavetank::mesh
