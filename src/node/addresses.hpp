#pragma once

/// \file
/// Which IP addresses do nodes and pods get?

#include <bitset>
#include <cstdint>
#include <string>
#include <vector>

namespace wavetank::node {

/// Returns the address of the node of a number: 192.168.10.11 for 1.
[[nodiscard]] std::string host_address(std::uint32_t node);

/// Returns the addresses that the pods of a node have: 10.244.1.0/24 for 1.
///
/// After 10.244.0.0 to 10.255.255.255 come 10.128.0.0 and on, then 10.0.0.0 and on; 10.96.0.0/16 is
/// left to Services and 10.97.0.0 to 10.127.255.255 to nodes with more pods than a /24 holds.
[[nodiscard]] std::string pod_network(std::uint32_t node);

/// The addresses that a node has given to pods, taken in turn as the plugin `host-local` does.
class NodeAddresses {
public:
    /// Returns the next free last byte, from 2 to 254; 0 if there is none.
    [[nodiscard]] std::uint8_t take();
    void give_back(std::uint8_t host);

private:
    std::bitset<256> used_;
    std::uint8_t last_ = 1;
};

/// Addresses for the pods of overfull nodes.
class SpareAddresses {
public:
    [[nodiscard]] std::uint32_t take();
    void give_back(std::uint32_t number);

private:
    std::uint32_t next_ = 0;
    std::vector<std::uint32_t> free_;
};

/// The place that a pod's address comes from.
struct PodAddress {
    std::uint32_t spare = 0;  ///< with `host` 0: which of the spare ones
    std::uint8_t host = 0;    ///< the last byte within the node's network
};

/// Writes the address of a pod on the node of a number.
[[nodiscard]] std::string to_string(const PodAddress& address, std::uint32_t node);

}  // namespace wavetank::node
