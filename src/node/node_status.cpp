#include "node/node_status.hpp"

#include "node/addresses.hpp"

#include <algorithm>
#include <array>

namespace wavetank::node {
namespace {

using api::corev1::Node;
using api::corev1::NodeCondition;

struct Health {
    const char* type;
    const char* status;
    const char* reason;
    const char* message;
};

constexpr Health low_on_memory{"MemoryPressure", "True", "KubeletHasInsufficientMemory",
                               "kubelet has insufficient memory available"};
constexpr Health low_on_disk{"DiskPressure", "True", "KubeletHasDiskPressure",
                             "kubelet has disk pressure"};
constexpr Health low_on_pids{"PIDPressure", "True", "KubeletHasInsufficientPID",
                             "kubelet has insufficient PID available"};
constexpr Health not_ready{"Ready", "False", "KubeletNotReady", "node is shutting down"};

constexpr std::array healthy{
    Health{"MemoryPressure", "False", "KubeletHasSufficientMemory",
           "kubelet has sufficient memory available"},
    Health{"DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"},
    Health{"PIDPressure", "False", "KubeletHasSufficientPID",
           "kubelet has sufficient PID available"},
    Health{"Ready", "True", "KubeletReady", "kubelet is posting ready status"},
};

void fill(std::string& text, const std::string& value) {
    if (text.empty()) {
        text = value;
    }
}

}  // namespace

void describe_node(Node& node, std::uint32_t number, api::Time now) {
    auto& status = node.status;
    if (status.allocatable.empty()) {
        status.allocatable = status.capacity;
    }
    if (status.addresses.empty()) {
        status.addresses.push_back({.type = "InternalIP", .address = host_address(number)});
        status.addresses.push_back({.type = "Hostname", .address = node.metadata.name});
    }
    status.daemonEndpoints.kubeletEndpoint.Port = 10250;
    auto& info = status.nodeInfo;
    const std::string suffix = std::to_string(number);
    fill(info.machineID, "machine-" + suffix);
    fill(info.systemUUID, "system-" + suffix);
    fill(info.bootID, "boot-" + suffix);
    fill(info.kernelVersion, "6.12.0");
    fill(info.osImage, "Debian GNU/Linux 12 (bookworm)");
    fill(info.containerRuntimeVersion, "containerd://2.1.0");
    fill(info.kubeletVersion, "v1.37.2");
    fill(info.operatingSystem, "linux");
    fill(info.architecture, "amd64");
    beat(node, now);
}

void beat(Node& node, api::Time now, const NodeHealth& of) {
    auto& conditions = node.status.conditions;
    std::array all = healthy;
    all[0] = of.memory_pressure ? low_on_memory : all[0];
    all[1] = of.disk_pressure ? low_on_disk : all[1];
    all[2] = of.pid_pressure ? low_on_pids : all[2];
    all.back() = of.shutting_down ? not_ready : all.back();
    for (const Health& health : all) {
        auto found = std::ranges::find(conditions, health.type, &NodeCondition::type);
        if (found == conditions.end()) {
            conditions.push_back({.type = health.type});
            found = conditions.end() - 1;
        }
        if (found->status != health.status) {
            found->status = health.status;
            found->lastTransitionTime = now;
        }
        found->reason = health.reason;
        found->message = health.message;
        found->lastHeartbeatTime = now;
    }
}

void admit_pods(Node& node, std::uint32_t number) {
    std::erase_if(node.spec.taints, [](const api::corev1::Taint& taint) {
        return taint.key == "node.kubernetes.io/not-ready";
    });
    if (node.spec.podCIDR.empty()) {
        node.spec.podCIDR = pod_network(number);
        node.spec.podCIDRs = {node.spec.podCIDR};
    }
}

}  // namespace wavetank::node
