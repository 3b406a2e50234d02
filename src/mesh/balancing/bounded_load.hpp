#pragma once

/// \file
/// Who takes a request whose own host has more than its share? Consistent hashing with bounded
/// loads (Mirrokni et al., 2016), with the random jumps of Chen et al. (2019), as Envoy has it.

#include "mesh/balancing/chooser.hpp"

#include <wavetank/mesh/host_weight.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace wavetank::mesh {

/// Holds each host to `factor` percent of its part of the requests in flight.
class BoundedLoad {
public:
    /// Requires: factor > 0.
    BoundedLoad(std::span<const NormalizedHostWeight> hosts, std::uint32_t factor);

    /// Returns `chosen` if it has room, else the first that has, in an order that depends on the
    /// hash alone; if nobody has, the least overloaded. Cost: that of the number of hosts.
    [[nodiscard]] std::uint32_t choose(std::uint64_t hash, std::uint32_t chosen,
                                       const ChoiceContext& context) const;

private:
    struct Member {
        std::uint32_t host = 0;
        double weight = 0;
    };

    [[nodiscard]] double overload(const Member& member, std::uint32_t requests_in_all,
                                  const ChoiceContext& context) const;

    std::uint32_t factor_;
    std::vector<Member> members_;
};

}  // namespace wavetank::mesh
