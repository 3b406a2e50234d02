#include "node/addresses.hpp"

namespace wavetank::node {
namespace {

constexpr std::uint32_t first_host = 2;  // 1 is the gateway
constexpr std::uint32_t last_host = 254;

std::string dotted(std::uint32_t second, std::uint32_t third, std::uint32_t fourth) {
    return "10." + std::to_string(second) + '.' + std::to_string(third) + '.' +
           std::to_string(fourth);
}

// The second byte of the networks of the nodes of a block of 256.
std::uint32_t second_byte(std::uint32_t block) {
    constexpr std::uint32_t first_blocks = 256 - 244;
    constexpr std::uint32_t second_blocks = 244 - 128;
    constexpr std::uint32_t third_blocks = 96;
    block %= first_blocks + second_blocks + third_blocks;
    if (block < first_blocks) {
        return 244 + block;
    }
    block -= first_blocks;
    return block < second_blocks ? 128 + block : block - second_blocks;
}

}  // namespace

std::string host_address(std::uint32_t node) {
    const std::uint32_t number = node + 10;
    return "192.168." + std::to_string((10 + (number >> 8)) & 255U) + '.' +
           std::to_string(number & 255U);
}

std::string pod_network(std::uint32_t node) {
    return dotted(second_byte(node >> 8), node & 255U, 0) + "/24";
}

std::uint8_t NodeAddresses::take() {
    std::uint32_t host = last_;
    for (std::uint32_t tries = first_host; tries <= last_host; ++tries) {
        host = host >= last_host ? first_host : host + 1;
        if (!used_[host]) {
            used_.set(host);
            last_ = static_cast<std::uint8_t>(host);
            return last_;
        }
    }
    return 0;
}

void NodeAddresses::give_back(std::uint8_t host) {
    used_.reset(host);
}

std::uint32_t SpareAddresses::take() {
    if (free_.empty()) {
        return next_++;
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    return number;
}

void SpareAddresses::give_back(std::uint32_t number) {
    free_.push_back(number);
}

std::string to_string(const PodAddress& address, std::uint32_t node) {
    if (address.host != 0) {
        return dotted(second_byte(node >> 8), node & 255U, address.host);
    }
    // 31 networks of 65,536, without their very first and last addresses.
    const std::uint32_t number = address.spare + first_host;
    return dotted(97 + ((number >> 16) % 31), (number >> 8) & 255U, number & 255U);
}

}  // namespace wavetank::node
