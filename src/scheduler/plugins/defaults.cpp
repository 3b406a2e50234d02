#include "scheduler/plugins/plugins.hpp"

namespace wavetank::scheduler {

PluginRegistry PluginRegistry::defaults() {
    PluginRegistry registry;
    registry.add("DefaultBinder", plugins::make_default_binder);
    registry.add("DefaultPreemption", plugins::make_default_preemption);
    registry.add("DynamicResources", plugins::make_dynamic_resources);
    registry.add("ImageLocality", plugins::make_image_locality);
    registry.add("InterPodAffinity", plugins::make_inter_pod_affinity);
    registry.add("NodeAffinity", plugins::make_node_affinity);
    registry.add("NodeDeclaredFeatures", plugins::make_node_declared_features);
    registry.add("NodeName", plugins::make_node_name);
    registry.add("NodePorts", plugins::make_node_ports);
    registry.add("NodeResourcesBalancedAllocation",
                 plugins::make_node_resources_balanced_allocation);
    registry.add("NodeResourcesFit", plugins::make_node_resources_fit);
    registry.add("NodeUnschedulable", plugins::make_node_unschedulable);
    registry.add("NodeVolumeLimits", plugins::make_node_volume_limits);
    registry.add("PodTopologySpread", plugins::make_pod_topology_spread);
    registry.add("PrioritySort", plugins::make_priority_sort);
    registry.add("SchedulingGates", plugins::make_scheduling_gates);
    registry.add("TaintToleration", plugins::make_taint_toleration);
    registry.add("VolumeBinding", plugins::make_volume_binding);
    registry.add("VolumeRestrictions", plugins::make_volume_restrictions);
    registry.add("VolumeZone", plugins::make_volume_zone);
    return registry;
}

}  // namespace wavetank::scheduler
