#pragma once

/// \file
/// Which nodes are near each other? The domains of a topology key, numbered.

#include <wavetank/scheduler/node_info.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace wavetank::scheduler::plugins {

/// The domains of one key among the nodes of a snapshot.
struct NodeTopology {
    static constexpr std::uint32_t missing = std::numeric_limits<std::uint32_t>::max();

    std::vector<std::uint32_t> domains{};  ///< by position; `missing`: the node lacks the key
    std::size_t size = 0;                  ///< how many domains there are
    bool apart = true;                     ///< no domain has two nodes, as with host names

    [[nodiscard]] static NodeTopology of(const std::string& key,
                                         std::span<const NodeInfo* const> nodes);
};

}  // namespace wavetank::scheduler::plugins
