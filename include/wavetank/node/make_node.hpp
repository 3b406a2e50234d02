#pragma once

/// \file
/// Node objects from a few words: so many CPUs, so much memory, in that zone.

#include <wavetank/api/corev1/node.hpp>

#include <cstdint>
#include <string>

namespace wavetank::node {

/// How big a node is and where it stands.
struct NodeShape {
    api::Quantity cpu = api::Quantity::of(4);
    api::Quantity memory = api::Quantity::of(std::int64_t{16} << 30, api::QuantityFormat::BinarySI);
    std::int64_t pods = 110;
    std::string zone{};           ///< empty: no such label
    std::string region{};         ///< empty: no such label
    std::string instance_type{};  ///< empty: no such label
    api::StringMap labels{};      ///< added to the usual ones, and stronger
};

/// Returns a node as its kubelet registers it: capacity, allocatable and the usual labels. What
/// else its status says is filled in by `Kubelets` once the node is in the store.
[[nodiscard]] api::corev1::Node make_node(const std::string& name, const NodeShape& shape = {});

}  // namespace wavetank::node
