#pragma once

/// \file
/// Which links are between which nodes?

#include "sim/cluster/plan.hpp"

#include <wavetank/api/type_info.hpp>
#include <wavetank/sim/data_plane.hpp>

#include <optional>
#include <vector>

namespace wavetank::sim {

/// The network of a cluster: what is planned for it, and what goes wrong with it.
class NetworkRules {
public:
    /// `everywhere`: the latency where nothing else is said.
    NetworkRules(PlannedNetwork planned, Distribution everywhere);

    /// Adds a node, and its links to those that are there.
    void add_node(DataPlane& plane, NodeId node, const api::StringMap& labels);

    /// Lets a link be so until it is ended. Lifetime: `link` lives till then.
    void begin(DataPlane& plane, const PlannedLink& link);
    void end(DataPlane& plane, const PlannedLink& link);

private:
    // No node: all that is outside of the nodes.
    struct Place {
        std::optional<NodeId> node{};
        api::StringMap labels;
    };

    void set_all(DataPlane& plane) const;
    void set(DataPlane& plane, const Place& from, const Place& to) const;
    [[nodiscard]] Link link(const Place& from, const Place& to) const;

    PlannedNetwork planned_;
    Distribution everywhere_;
    std::vector<Place> places_{1};
    std::vector<const PlannedLink*> troubles_;  // the latest last
};

}  // namespace wavetank::sim
