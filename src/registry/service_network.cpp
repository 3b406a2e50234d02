#include "registry/service_network.hpp"

#include "registry/ip.hpp"

#include <optional>

namespace wavetank::registry {
namespace {

constexpr std::uint32_t network = (10U << 24U) | (96U << 16U);
constexpr std::uint32_t network_size = 1U << 16U;

// Upstream reserves min(max(16, size / 16), 256) addresses, and the first 86 node ports.
constexpr std::uint32_t first_dynamic_address = 256;
constexpr std::int32_t first_port = 30000;
constexpr std::int32_t first_dynamic_port = first_port + 86;
constexpr std::int32_t last_port = 32767;

std::optional<std::uint32_t> offset_of(std::string_view address) {
    const auto ip = parse_ip(address);
    if (!ip || !ip->v4()) {
        return {};
    }
    const std::uint32_t offset = ip->v4_value() - network;
    return offset > 0 && offset < network_size - 1 ? std::optional{offset} : std::nullopt;
}

/// Returns the least number in [first, last] that is not in `taken`, else `none`.
template <class Number>
Number lowest_free(const std::set<Number>& taken, Number first, Number last, Number none) {
    auto next = taken.lower_bound(first);
    Number candidate = first;
    while (next != taken.end() && *next == candidate) {
        ++next;
        ++candidate;
    }
    return candidate <= last ? candidate : none;
}

}  // namespace

std::string ServiceNetwork::take_address() {
    std::uint32_t offset =
        lowest_free(addresses_, first_dynamic_address, network_size - 2, std::uint32_t{0});
    if (offset == 0) {
        offset = lowest_free(addresses_, 1U, first_dynamic_address - 1, std::uint32_t{0});
    }
    if (offset == 0) {
        return {};
    }
    addresses_.insert(offset);
    return "10.96." + std::to_string(offset >> 8U) + "." + std::to_string(offset & 0xFFU);
}

bool ServiceNetwork::take_address(std::string_view address) {
    const auto offset = offset_of(address);
    return offset && addresses_.insert(*offset).second;
}

void ServiceNetwork::free_address(std::string_view address) {
    if (const auto offset = offset_of(address)) {
        addresses_.erase(*offset);
    }
}

std::int32_t ServiceNetwork::take_port() {
    std::int32_t port = lowest_free(ports_, first_dynamic_port, last_port, 0);
    if (port == 0) {
        port = lowest_free(ports_, first_port, first_dynamic_port - 1, 0);
    }
    if (port != 0) {
        ports_.insert(port);
    }
    return port;
}

bool ServiceNetwork::take_port(std::int32_t port) {
    return ports_.insert(port).second;
}

void ServiceNetwork::free_port(std::int32_t port) {
    ports_.erase(port);
}

}  // namespace wavetank::registry
