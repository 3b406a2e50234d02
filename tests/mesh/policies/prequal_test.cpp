#include <wavetank/mesh/policies/prequal.hpp>

#include "support/endpoint_sets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <vector>

namespace wavetank::mesh {
namespace {

using std::chrono::milliseconds;
using test::endpoints_holding;

// Neither asks nor drops anything by itself.
constexpr PrequalOptions still{.probes_per_query = 0, .removals_per_query = 0};

std::optional<std::size_t> pick(Prequal& policy, TimePoint now = {}) {
    Random random{1};
    return policy.pick(endpoints_holding({0, 0, 0, 0, 0, 0, 0, 0, 0, 0}), {.now = now}, random);
}

void add(Prequal& policy, std::size_t index, std::uint32_t rif, int latency, std::uint32_t uses = 9,
         TimePoint now = {}) {
    policy.add_probe(index, {.requests_in_flight = rif, .latency = milliseconds{latency}}, uses,
                     now);
}

// 2 / (0.84 * 3 - 1).
TEST(Prequal, UsesProbesAsOftenAsThePaperSays) {
    EXPECT_NEAR(Prequal{}.uses_per_probe(100), 1.316, 0.0005);
    EXPECT_EQ(Prequal{}.uses_per_probe(16), 1);  // not above 0 there
}

TEST(Prequal, TakesTheFastestOfThoseWithFewRequests) {
    Prequal policy{{.probes_per_query = 0, .removals_per_query = 0, .rif_quantile = 0.75}};
    add(policy, 0, 2, 30);
    add(policy, 1, 1, 20);
    add(policy, 2, 9, 10);  // hot
    add(policy, 3, 2, 40);

    EXPECT_EQ(pick(policy), 1);
}

TEST(Prequal, TakesTheFewestRequestsIfAllHaveMany) {
    Prequal policy{
        {.probes_per_query = 0, .removals_per_query = 0, .pool_size = 2, .rif_quantile = 0.1}};
    for (int i = 0; i < 20; ++i) {
        add(policy, 9, 0, 1);
    }
    add(policy, 0, 7, 10);
    add(policy, 1, 5, 90);  // both above what recent probes said

    EXPECT_EQ(pick(policy), 1);
}

TEST(Prequal, CountsTheRequestThatAProbeWasUsedFor) {
    Prequal policy{{.probes_per_query = 0, .removals_per_query = 0, .rif_quantile = 0}};
    add(policy, 0, 0, 5);
    add(policy, 1, 0, 9);

    EXPECT_EQ(pick(policy), 0);
    EXPECT_EQ(pick(policy), 1);  // the other one has one request now
}

TEST(Prequal, DropsProbesThatAreUsedUpOrTooOld) {
    Prequal policy{still};
    add(policy, 0, 0, 5, 1);
    add(policy, 1, 0, 9, 1);
    add(policy, 2, 0, 9, 1, TimePoint{milliseconds{500}});

    EXPECT_EQ(pick(policy), 0);
    EXPECT_EQ(policy.pool_size(), 2);
    static_cast<void>(pick(policy, TimePoint{milliseconds{1001}}));
    EXPECT_EQ(policy.pool_size(), 1);
}

TEST(Prequal, RemovesTheOldestAndTheWorstInTurn) {
    Prequal policy{{.probes_per_query = 0, .removals_per_query = 2, .rif_quantile = 0.5}};
    add(policy, 0, 0, 1);
    add(policy, 1, 0, 2);
    add(policy, 2, 8, 1);  // hot: the worst
    add(policy, 3, 0, 3);

    EXPECT_EQ(pick(policy), 0);
    EXPECT_EQ(policy.pool_size(), 2);
    EXPECT_EQ(pick(policy), 1);
}

TEST(Prequal, HoldsNoMoreProbesThanItsPool) {
    Prequal policy{still};
    for (std::size_t i = 0; i < 100; ++i) {
        add(policy, i % 10, 0, 1);
    }

    EXPECT_EQ(policy.pool_size(), 16);
}

class FixedProbe final : public ServerProbe {
public:
    [[nodiscard]] ServerReport ask(std::size_t index) const override {
        asked.push_back(index);
        return {.requests_in_flight = index == 3 ? 0U : 5U, .latency = milliseconds{1}};
    }

    mutable std::vector<std::size_t> asked;
};

TEST(Prequal, AsksDifferentServersForPicksToCome) {
    Prequal policy;
    Random random{1};
    const FixedProbe probe;
    const std::array<std::uint32_t, 4> counts{};
    const EndpointSet endpoints{counts, nullptr, &probe};

    static_cast<void>(policy.pick(endpoints, {}, random));

    ASSERT_EQ(probe.asked.size(), 3);
    EXPECT_NE(probe.asked[0], probe.asked[1]);
    EXPECT_NE(probe.asked[1], probe.asked[2]);
    EXPECT_NE(probe.asked[0], probe.asked[2]);
    EXPECT_EQ(policy.pool_size(), 3);
}

}  // namespace
}  // namespace wavetank::mesh
