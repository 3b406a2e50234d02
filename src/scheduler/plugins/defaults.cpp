#include "scheduler/plugins/plugins.hpp"

namespace wavetank::scheduler {

PluginRegistry PluginRegistry::defaults() {
    PluginRegistry registry;
    registry.add("DefaultBinder", plugins::make_default_binder);
    registry.add("DynamicResources", plugins::make_dynamic_resources);
    registry.add("ImageLocality", plugins::make_image_locality);
    registry.add("InterPodAffinity", plugins::make_inter_pod_affinity);
    registry.add("NodeAffinity", plugins::make_node_affinity);
    registry.add("NodeName", plugins::make_node_name);
    registry.add("NodePorts", plugins::make_node_ports);
    registry.add("NodeResourcesBalancedAllocation",
                 plugins::make_node_resources_balanced_allocation);
    registry.add("NodeResourcesFit", plugins::make_node_resources_fit);
    registry.add("NodeUnschedulable", plugins::make_node_unschedulable);
    registry.add("PodTopologySpread", plugins::make_pod_topology_spread);
    registry.add("PrioritySort", plugins::make_priority_sort);
    registry.add("SchedulingGates", plugins::make_scheduling_gates);
    registry.add("TaintToleration", plugins::make_taint_toleration);
    registry.add("VolumeBinding", plugins::make_volume_binding);
    return registry;
}

}  // namespace wavetank::scheduler
