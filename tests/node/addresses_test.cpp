#include "node/addresses.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace wavetank::node {
namespace {

TEST(Addresses, OfNodesDoNotMeetThoseOfServices) {
    EXPECT_EQ(host_address(1), "192.168.10.11");
    EXPECT_EQ(pod_network(1), "10.244.1.0/24");
    EXPECT_EQ(pod_network(256), "10.245.0.0/24");
    EXPECT_EQ(pod_network(12 * 256), "10.128.0.0/24");

    std::set<std::string> networks;
    for (std::uint32_t node = 1; node <= 50'000; ++node) {
        const std::string network = pod_network(node);
        EXPECT_TRUE(networks.insert(network).second) << network;
        EXPECT_FALSE(network.starts_with("10.96.")) << network;
    }
}

TEST(Addresses, OfPodsAreTakenInTurn) {
    NodeAddresses addresses;
    EXPECT_EQ(addresses.take(), 2);
    EXPECT_EQ(addresses.take(), 3);

    addresses.give_back(2);

    EXPECT_EQ(addresses.take(), 4);
    for (int i = 5; i <= 254; ++i) {
        EXPECT_EQ(addresses.take(), i);
    }
    EXPECT_EQ(addresses.take(), 2);
    EXPECT_EQ(addresses.take(), 0);
}

TEST(Addresses, OfOverfullNodesComeFromASpareRange) {
    SpareAddresses spare;

    EXPECT_EQ(to_string({.spare = spare.take()}, 7), "10.97.0.2");
    EXPECT_EQ(to_string({.spare = spare.take()}, 9), "10.97.0.3");
    EXPECT_EQ(to_string({.host = 5}, 9), "10.244.9.5");
}

}  // namespace
}  // namespace wavetank::node
