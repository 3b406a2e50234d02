#pragma once

/// \file
/// Keys and values of metadata, by which subsets of hosts are found.

#include <wavetank/mesh/lb_config.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavetank::mesh {

struct LbEndpoint;

/// Returns a text that two values have in common just when they are equal as Protobuf's `Value`:
/// all numbers are doubles, members may stand in any order.
[[nodiscard]] std::string canonical_text(const boost::json::value& value);

/// Keys and canonical values, ordered by key.
struct SubsetKey {
    std::vector<std::pair<std::string, std::string>> pairs{};

    auto operator<=>(const SubsetKey&) const = default;
};

/// Returns the key of what a route asks for.
[[nodiscard]] SubsetKey subset_key_of(const boost::json::object& criteria);

/// Returns the keys of the subsets that a selector with these keys, in order, puts a host in: none
/// if it lacks one of them; with `list_as_any`, one for each combination of elements.
[[nodiscard]] std::vector<SubsetKey> subset_keys_of(const LbEndpoint& endpoint,
                                                    const std::vector<std::string>& keys,
                                                    bool list_as_any);

/// Returns whether a host has all of `wanted`; with `list_as_any`, an element of a list will do.
[[nodiscard]] bool has_metadata(const LbEndpoint& endpoint, const boost::json::object& wanted,
                                bool list_as_any);

/// Returns the members of `criteria` that `keys`, in order, name.
[[nodiscard]] boost::json::object only_keys(const boost::json::object& criteria,
                                            const std::vector<std::string>& keys);

}  // namespace wavetank::mesh
