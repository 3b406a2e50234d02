#pragma once

/// \file
/// In which order are nodes looked at? Round robin over zones, as kube-scheduler's node tree.

#include <wavetank/api/corev1/node.hpp>

#include <map>
#include <string>
#include <vector>

namespace wavetank::scheduler {

/// Returns region and zone as one text; empty if the node has neither. Beta labels come first.
[[nodiscard]] std::string zone_key(const api::corev1::Node& node);

/// The nodes of each zone in order of entry. A zone that runs empty loses its place.
class NodeOrder {
public:
    void add(const std::string& zone, const std::string& node);
    void remove(const std::string& zone, const std::string& node);

    /// Returns the first node of every zone, then the second ones, and so on.
    [[nodiscard]] std::vector<std::string> list() const;

    /// Returns `before` if it has the same names in any order, else the list.
    [[nodiscard]] std::vector<std::string> list_like(std::vector<std::string> before) const;

private:
    std::map<std::string, std::vector<std::string>> nodes_;  // by zone; none is empty
    std::vector<std::string> zones_;                         // in order of appearance
};

}  // namespace wavetank::scheduler
