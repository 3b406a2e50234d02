#pragma once

/// \file
/// How a node reads: pure functions, after the kubelet's `nodestatus` setters.

#include <wavetank/api/corev1/node.hpp>

#include <cstdint>

namespace wavetank::node {

/// What is not well with a node.
struct NodeHealth {
    bool memory_pressure = false;
    bool disk_pressure = false;
    bool pid_pressure = false;
    bool shutting_down = false;
};

/// Fills in what a kubelet knows of its node: addresses, node info and conditions, all well. Keeps
/// what is there already. `number` counts the nodes of the cluster from 1.
void describe_node(api::corev1::Node& node, std::uint32_t number, api::Time now);

/// Renews the heartbeat of all conditions; those that are not as they should be become so.
void beat(api::corev1::Node& node, api::Time now, const NodeHealth& health = {});

/// Takes the taint away that keeps pods from a node that is not ready, and sets the pods' network.
void admit_pods(api::corev1::Node& node, std::uint32_t number);

}  // namespace wavetank::node
