#pragma once

/// \file
/// Which nodes are near each other? The domains of a topology key, numbered.

#include <wavetank/scheduler/snapshot.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
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
    bool complete = true;                  ///< no node lacks the key
    std::uint32_t nameless = missing;      ///< the domain with an empty name, if there is one

    [[nodiscard]] static NodeTopology of(const std::string& key,
                                         std::span<const NodeInfo* const> nodes);
};

/// The topologies of a snapshot, each found once for all templates of pods.
class TopologyMemo {
public:
    /// Returns the domains of a key in the present layout of `snapshot`, always the same one.
    [[nodiscard]] std::shared_ptr<const NodeTopology> of(const std::string& key,
                                                         const Snapshot& snapshot);
    /// Returns an object that stands for a way to look at these topologies, the same one for the
    /// same name.
    [[nodiscard]] std::shared_ptr<const void> view(const std::string& name,
                                                   const Snapshot& snapshot);

private:
    void follow(const Snapshot& snapshot);

    const Snapshot* snapshot_ = nullptr;  // to which `known_` belongs; not looked at
    std::uint64_t version_ = 0;           // the same
    std::map<std::string, std::shared_ptr<const NodeTopology>> known_;  // by key
    std::map<std::string, std::shared_ptr<const void>> views_;          // by name
};

}  // namespace wavetank::scheduler::plugins
