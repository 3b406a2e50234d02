#include "scheduler/store_snapshot.hpp"

#include <string>
#include <utility>

namespace wavetank::scheduler {

using api::corev1::Node;
using api::corev1::Pod;

bool has_ended(const Pod& pod) {
    return pod.status.phase == "Succeeded" || pod.status.phase == "Failed";
}

void fill_from(const store::Store& store, const Pod* asked, Snapshot& snapshot) {
    for (auto& node : store.list<Node>()) {
        snapshot.set_node(std::move(node));
    }
    for (auto& pod : store.list<Pod>()) {
        if (has_ended(*pod) || (asked != nullptr && same_pod(*pod, *asked))) {
            continue;
        }
        const std::string node = pod->spec.nodeName;
        if (!node.empty()) {
            snapshot.add_pod(std::move(pod), node);
        } else if (const std::string nominated = *pod->status->nominatedNodeName;
                   !nominated.empty()) {
            snapshot.nominate(std::move(pod), nominated);
        }
    }
}

}  // namespace wavetank::scheduler
