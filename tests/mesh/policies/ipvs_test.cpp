#include <wavetank/mesh/policies/ipvs.hpp>

#include "support/host_lists.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace wavetank::mesh {
namespace {

using testing::ElementsAre;

class Director {
public:
    Director(IpvsScheduler scheduler, std::initializer_list<std::uint32_t> weights)
        : policy_(scheduler),
          hosts_(test::hosts_weighing(weights)),
          connections(hosts_.size(), 0) {}

    // Makes so many connections that stay.
    std::vector<int> connect(int count) {
        std::vector<int> picks;
        for (int i = 0; i < count; ++i) {
            picks.push_back(pick());
            if (picks.back() >= 0) {
                ++connections[static_cast<std::size_t>(picks.back())];
            }
        }
        return picks;
    }
    int pick(std::optional<std::uint64_t> hash = {}) {
        const auto picked =
            policy_.pick(EndpointSet{connections, &hosts_}, {.hash = hash}, random_);
        return picked ? static_cast<int>(*picked) : -1;
    }

private:
    Ipvs policy_;
    ClusterLoadAssignment hosts_;
    Random random_{1};

public:
    std::vector<std::uint32_t> connections;
};

TEST(Ipvs, RoundRobinPassesOverServersOfWeightZero) {
    EXPECT_THAT((Director{IpvsScheduler::RoundRobin, {1, 0, 3}}.connect(5)),
                ElementsAre(0, 2, 0, 2, 0));
}

TEST(Ipvs, LeastConnectionTakesTheFirstOfEqualOnes) {
    Director director{IpvsScheduler::LeastConnection, {1, 1, 1}};
    director.connections = {2, 1, 1};

    EXPECT_THAT(director.connect(4), ElementsAre(1, 2, 0, 1));
}

// (connections + 1) / weight: 1/1 and 1/3, 1/1 and 2/3, then 1/1 and 3/3: the first one's turn.
TEST(Ipvs, ShortestExpectedDelayReckonsWithTheConnectionToCome) {
    EXPECT_THAT((Director{IpvsScheduler::ShortestExpectedDelay, {1, 3}}.connect(7)),
                ElementsAre(1, 1, 0, 1, 1, 1, 0));
}

TEST(Ipvs, NeverQueuePrefersAnIdleServerToAFastOne) {
    EXPECT_THAT((Director{IpvsScheduler::NeverQueue, {1, 100}}.connect(4)),
                ElementsAre(0, 1, 1, 1));
}

TEST(Ipvs, HashingSticksToAServer) {
    Director director{IpvsScheduler::SourceHashing, {1, 3}};
    std::map<int, int> counts;
    for (std::uint64_t address = 0; address < 4096; ++address) {
        const int server = director.pick(0x0a000000 + address);
        EXPECT_EQ(director.pick(0x0a000000 + address), server);
        ++counts[server];
    }

    EXPECT_NEAR(counts[0], 1024, 100);  // a fourth of the places, which addresses fill about evenly
}

TEST(Ipvs, PlacesOfServersOfWeightZeroAreNobodys) {
    Director director{IpvsScheduler::DestinationHashing, {1, 0}};
    int refused = 0;
    for (std::uint64_t address = 0; address < 4096; ++address) {
        refused += director.pick(0x0a000000 + address) < 0 ? 1 : 0;
    }

    EXPECT_NEAR(refused, 2048, 100);
    EXPECT_EQ((Director{IpvsScheduler::LeastConnection, {0, 0}}.pick()), -1);
}

}  // namespace
}  // namespace wavetank::mesh
