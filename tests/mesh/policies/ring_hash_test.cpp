#include <wavetank/mesh/policies/ring_hash.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace wavetank::mesh {
namespace {

constexpr std::array<std::string_view, 6> keys{"127.0.0.1:90", "127.0.0.1:91", "127.0.0.1:92",
                                               "127.0.0.1:93", "127.0.0.1:94", "127.0.0.1:95"};

std::vector<NormalizedHostWeight> even_hosts(std::uint32_t count) {
    std::vector<NormalizedHostWeight> hosts;
    for (std::uint32_t i = 0; i < count; ++i) {
        hosts.push_back({.key = keys[i], .host = i, .weight = 1.0 / count});
    }
    return hosts;
}

TEST(HashRing, HasNobodyWithoutHosts) {
    EXPECT_EQ(HashRing{}.choose(7), std::nullopt);
    EXPECT_EQ((HashRing{{}, {}}.choose(7)), std::nullopt);
}

// Envoy's ring_hash_lb_test.cc, Basic.
TEST(HashRing, PlacesHostsWhereEnvoyDoes) {
    const HashRing ring{even_hosts(6), {.minimum_ring_size = 12}};

    const std::vector<HashRing::Entry> entries(ring.entries().begin(), ring.entries().end());
    EXPECT_THAT(
        entries,
        testing::ElementsAre(
            HashRing::Entry{833437586790550860U, 4}, HashRing::Entry{928266305478181108U, 2},
            HashRing::Entry{1033482794131418490U, 0}, HashRing::Entry{3551244743356806947U, 5},
            HashRing::Entry{3851675632748031481U, 3}, HashRing::Entry{5583722120771150861U, 1},
            HashRing::Entry{6311230543546372928U, 1}, HashRing::Entry{7700377290971790572U, 3},
            HashRing::Entry{13144177310400110813U, 5}, HashRing::Entry{13444792449719432967U, 2},
            HashRing::Entry{15516499411664133160U, 4}, HashRing::Entry{16117243373044804889U, 0}));
    EXPECT_EQ(ring.choose(0), 4);
    EXPECT_EQ(ring.choose(std::numeric_limits<std::uint64_t>::max()), 4);
    EXPECT_EQ(ring.choose(3551244743356806947U), 5);
    EXPECT_EQ(ring.choose(3551244743356806948U), 3);
    EXPECT_EQ(ring.choose(16117243373044804880U), 0);
    EXPECT_EQ(ring.choose(16117243373044804880U, 1), 4);
    EXPECT_EQ(ring.choose(0, 12), 4);
}

TEST(HashRing, GivesTheLightestAWholeNumberOfPlaces) {
    const std::vector<NormalizedHostWeight> hosts{{.key = "a", .host = 0, .weight = 1.0 / 6},
                                                  {.key = "b", .host = 1, .weight = 2.0 / 6},
                                                  {.key = "c", .host = 2, .weight = 3.0 / 6}};
    const HashRing ring{hosts, {.minimum_ring_size = 64}};

    EXPECT_EQ(ring.size(), 66);
    EXPECT_EQ(ring.hashes_per_host_min(), 11);
    EXPECT_EQ(ring.hashes_per_host_max(), 33);
}

// The seventh running sum is above 1000 by the last bit.
TEST(HashRing, MayHaveAnEntryMoreThanItsSize) {
    std::vector<NormalizedHostWeight> hosts;
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < 7; ++i) {
        names.push_back("10.0.0." + std::to_string(i) + ":80");
    }
    for (std::uint32_t i = 0; i < 7; ++i) {
        hosts.push_back({.key = names[i], .host = i, .weight = 1.0 / 7});
    }
    const HashRing ring{hosts, {.minimum_ring_size = 1000, .maximum_ring_size = 1000}};

    EXPECT_EQ(ring.size(), 1000);
    EXPECT_EQ(ring.entries().size(), 1001);
}

}  // namespace
}  // namespace wavetank::mesh
