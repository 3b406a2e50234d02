#include <wavetank/mesh/policies/maglev.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace wavetank::mesh {
namespace {

constexpr std::array<std::string_view, 6> keys{"127.0.0.1:90", "127.0.0.1:91", "127.0.0.1:92",
                                               "127.0.0.1:93", "127.0.0.1:94", "127.0.0.1:95"};

std::vector<NormalizedHostWeight> hosts_by(const std::vector<double>& weights) {
    std::vector<NormalizedHostWeight> hosts;
    for (std::uint32_t i = 0; i < weights.size(); ++i) {
        hosts.push_back({.key = keys[i], .host = i, .weight = weights[i]});
    }
    return hosts;
}

std::vector<std::uint32_t> places_of(const MaglevTable& table) {
    return {table.places().begin(), table.places().end()};
}

TEST(MaglevTable, HasNobodyWithoutHosts) {
    EXPECT_EQ(MaglevTable{}.choose(7), std::nullopt);
    EXPECT_EQ((MaglevTable{{}, 7}.choose(7)), std::nullopt);
}

// Envoy's maglev_lb_test.cc, Basic and BasicWithRetryHostPredicate.
TEST(MaglevTable, FillsPlacesAsEnvoyDoes) {
    const MaglevTable table{hosts_by(std::vector<double>(6, 1.0 / 6)), 7};

    EXPECT_THAT(places_of(table), testing::ElementsAre(2, 4, 0, 1, 5, 0, 3));
    EXPECT_EQ(table.entries_per_host_min(), 1);
    EXPECT_EQ(table.entries_per_host_max(), 2);
    EXPECT_EQ(table.choose(10), 1);
    EXPECT_EQ(table.choose(10, 1), 0);
    EXPECT_EQ(table.choose(10, 2), 5);
}

TEST(MaglevTable, GivesPlacesByWeight) {
    const MaglevTable small{hosts_by({1.0 / 3, 2.0 / 3}), 17};
    const MaglevTable large{hosts_by({1.0 / 3, 2.0 / 3}), 65537};

    EXPECT_THAT(places_of(small),
                testing::ElementsAre(1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1));
    EXPECT_EQ(large.entries_per_host_min(), 21846);
    EXPECT_EQ(large.entries_per_host_max(), 43691);
}

// What the paper promises: nearly all places stay when a host goes. The numbers are those of an
// independent restatement.
TEST(MaglevTable, MovesFewPlacesWhenAHostGoes) {
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < 10; ++i) {
        names.push_back("10.0.0." + std::to_string(i) + ":6379");
    }
    std::vector<NormalizedHostWeight> all;
    std::vector<NormalizedHostWeight> fewer;
    for (std::uint32_t i = 0; i < 10; ++i) {
        all.push_back({.key = names[i], .host = i, .weight = 1.0 / 10});
        if (i != 5) {
            fewer.push_back({.key = names[i], .host = i, .weight = 1.0 / 9});
        }
    }
    const MaglevTable before{all, 65537};
    const MaglevTable after{fewer, 65537};

    int moved = 0;
    for (std::size_t i = 0; i < 65537; ++i) {
        const bool changed = before.places()[i] != after.places()[i];
        moved += changed && before.places()[i] != 5 ? 1 : 0;
    }
    EXPECT_LT(moved, 65537 / 100);
    EXPECT_EQ(before.entries_per_host_min(), 6553);
    EXPECT_EQ(before.entries_per_host_max(), 6554);
}

}  // namespace
}  // namespace wavetank::mesh
