#pragma once

/// \file
/// The factories of kube-scheduler's own plugins. Each stands in the file of its plugin's name.

#include <wavetank/scheduler/plugin_registry.hpp>

#include <memory>

namespace wavetank::scheduler::plugins {

using Made = Result<std::unique_ptr<Plugin>>;

[[nodiscard]] Made make_default_binder(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_default_preemption(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_dynamic_resources(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_image_locality(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_inter_pod_affinity(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_node_affinity(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_node_declared_features(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_node_name(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_node_ports(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_node_resources_balanced_allocation(const boost::json::object&,
                                                           const PluginContext&);
[[nodiscard]] Made make_node_resources_fit(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_node_unschedulable(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_node_volume_limits(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_pod_topology_spread(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_priority_sort(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_scheduling_gates(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_taint_toleration(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_volume_binding(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_volume_restrictions(const boost::json::object&, const PluginContext&);
[[nodiscard]] Made make_volume_zone(const boost::json::object&, const PluginContext&);

/// Makes a plugin that takes no arguments.
template <class T>
[[nodiscard]] Made make_plain() {
    return std::unique_ptr<Plugin>(std::make_unique<T>());
}

}  // namespace wavetank::scheduler::plugins
