#pragma once

/// \file
/// Small clusters for tests of the scheduler, in few words.

#include <wavetank/scheduler/snapshot.hpp>

#include <memory>
#include <string>
#include <utility>

namespace wavetank::test {

/// How much a node has, or a pod asks for; empty: not named.
struct Amounts {
    std::string cpu{};
    std::string memory{};
};

inline api::ResourceList resource_list(const Amounts& amounts) {
    api::ResourceList list;
    if (!amounts.cpu.empty()) {
        list["cpu"] = api::Quantity::parse(amounts.cpu).value();
    }
    if (!amounts.memory.empty()) {
        list["memory"] = api::Quantity::parse(amounts.memory).value();
    }
    return list;
}

inline api::corev1::Node make_node(const std::string& name,
                                   const Amounts& amounts = {"4", "16Gi"}) {
    api::corev1::Node node;
    node.metadata.name = name;
    node.status.allocatable = resource_list(amounts);
    node.status.allocatable["pods"] = api::Quantity::of(110);
    return node;
}

inline api::corev1::Pod make_pod(const std::string& name, const Amounts& requests = {}) {
    api::corev1::Pod pod;
    pod.metadata.namespace_ = "default";
    pod.metadata.name = name;
    pod.metadata.uid = "uid-" + name;
    auto& container = pod.spec.edit().containers.emplace_back();
    container.name = "main";
    container.image = "image";
    container.resources.requests = resource_list(requests);
    return pod;
}

inline void add_node(scheduler::Snapshot& snapshot, api::corev1::Node node) {
    snapshot.set_node(api::make_object<const api::corev1::Node>(std::move(node)));
}

inline void place_pod(scheduler::Snapshot& snapshot, api::corev1::Pod pod,
                      const std::string& node) {
    pod.spec.nodeName = node;
    snapshot.add_pod(api::make_object<const api::corev1::Pod>(std::move(pod)), node);
}

}  // namespace wavetank::test
