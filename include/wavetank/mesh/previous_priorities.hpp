#pragma once

/// \file
/// Which priorities does a retry go to? Envoy's `previous_priorities`.

#include <wavetank/mesh/host_set.hpp>
#include <wavetank/mesh/priority_load.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace wavetank::mesh {

/// Leaves out the priorities of the hosts that one request has tried.
class PreviousPriorities {
public:
    /// Requires: update_frequency > 0.
    explicit PreviousPriorities(std::uint32_t update_frequency)
        : update_frequency_(update_frequency) {}

    /// Notes that a host of this priority was tried.
    void on_host_attempted(std::uint32_t priority) {
        attempted_.push_back(priority);
    }

    /// Returns the load for the next try: `original` until `update_frequency` hosts were tried;
    /// then, each time that so many more were, without their priorities. When none is left, it
    /// begins anew.
    [[nodiscard]] PriorityLoad load_of(std::span<const Host> hosts,
                                       std::span<const HostSet> host_sets,
                                       const PriorityLoad& original);

private:
    std::uint32_t update_frequency_;
    std::vector<std::uint32_t> attempted_;
    std::vector<bool> excluded_;
    PriorityLoad load_;  // the latest
};

}  // namespace wavetank::mesh
