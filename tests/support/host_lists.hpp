#pragma once

/// \file
/// Lists of hosts for tests of balancers: only what a policy looks at.

#include <wavetank/mesh/host.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace wavetank::test {

/// How many hosts of one health there are.
struct HostCount {
    std::uint32_t count = 0;
    mesh::HealthStatus health = mesh::HealthStatus::Healthy;
};

/// Makes hosts 10.0.<second>.<first..>:80 in a row.
inline std::vector<mesh::LbEndpoint> hosts_of(std::initializer_list<HostCount> counts,
                                              std::uint32_t second = 0) {
    std::vector<mesh::LbEndpoint> hosts;
    for (const HostCount& each : counts) {
        for (std::uint32_t i = 0; i < each.count; ++i) {
            hosts.push_back({.address = "10.0." + std::to_string(second) + "." +
                                        std::to_string(hosts.size() + 1),
                             .port_value = 80,
                             .health_status = each.health});
        }
    }
    return hosts;
}

/// Makes a cluster of hosts with these weights, in one locality.
inline mesh::ClusterLoadAssignment hosts_weighing(std::initializer_list<std::uint32_t> weights) {
    mesh::ClusterLoadAssignment made;
    auto& hosts = made.endpoints.emplace_back().lb_endpoints;
    for (const std::uint32_t weight : weights) {
        hosts.push_back({.address = "10.0.0." + std::to_string(hosts.size() + 1),
                         .port_value = 80,
                         .load_balancing_weight = weight});
    }
    return made;
}

}  // namespace wavetank::test
