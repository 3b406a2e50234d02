#pragma once

/// \file
/// Which links are between which nodes?

#include "sim/cluster/plan.hpp"

#include <wavetank/api/type_info.hpp>
#include <wavetank/sim/data_plane.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::sim {

/// The network of a cluster: what is planned for it, and what goes wrong with it.
///
/// Nodes that no rule tells apart are in one place of the data plane.
/// Cost: of a node, the number of places and rules; when something goes wrong, the number of nodes
/// and the square of that of places.
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
    [[nodiscard]] std::string kind_of(const api::StringMap& labels) const;
    void put(DataPlane& plane, NodeId node, const api::StringMap& labels);
    void put_all(DataPlane& plane);
    void set_links(DataPlane& plane, std::size_t place) const;
    [[nodiscard]] Link link(std::size_t from, std::size_t to) const;
    [[nodiscard]] Link local_link(std::size_t place) const;
    void impose_all(Link& link, const api::StringMap& from, const api::StringMap& to) const;

    PlannedNetwork planned_;
    Distribution everywhere_;
    std::vector<const PlannedLink*> troubles_;  // the latest last
    std::vector<std::pair<NodeId, api::StringMap>> nodes_;
    // By place, the labels of one of its nodes; the first is outside of all nodes.
    std::vector<api::StringMap> labels_{1};
    std::map<std::string, std::size_t> place_of_kind_;
    std::vector<PlaceId> places_{DataPlane::outside};
};

}  // namespace wavetank::sim
