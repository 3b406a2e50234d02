#include "controllers/pods_by_node.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::controllers {

using api::corev1::Pod;

std::vector<api::Pointer<const Pod>> PodsByNode::on(const std::string& node) {
    begin();
    std::vector<api::Pointer<const Pod>> pods;
    const auto entry = keys_.find(node);
    if (entry == keys_.end()) {
        return pods;
    }
    std::ranges::sort(entry->second);
    for (const store::Key& key : entry->second) {
        if (auto pod = store_.get<Pod>(key)) {
            pods.push_back(std::move(pod));
        }
    }
    return pods;
}

void PodsByNode::begin() {
    if (std::exchange(begun_, true)) {
        return;
    }
    pods_ = store_.watch<Pod>([this](const auto& event) { on_pod(event); });
    // A selection that picks nothing need not be put in order.
    static_cast<void>(store_.select<Pod>([this](const Pod& pod) {
        add(pod);
        return false;
    }));
}

void PodsByNode::on_pod(const store::WatchEvent<Pod>& event) {
    const bool stays = event.type == store::EventType::Modified &&
                       event.previous->spec.nodeName == event.object->spec.nodeName;
    if (stays) {
        return;
    }
    if (event.previous != nullptr) {
        remove(*event.previous);
    }
    if (event.type != store::EventType::Deleted) {
        add(*event.object);
    }
}

void PodsByNode::add(const Pod& pod) {
    if (!pod.spec.nodeName.empty()) {
        keys_[pod.spec.nodeName].push_back(store::key_of(pod));
    }
}

void PodsByNode::remove(const Pod& pod) {
    const auto entry = keys_.find(pod.spec.nodeName);
    if (entry == keys_.end()) {
        return;
    }
    const auto is_pod = [&](const store::Key& key) {
        return key.name == pod.metadata.name && key.namespace_ == pod.metadata.namespace_;
    };
    const auto found = std::ranges::find_if(entry->second, is_pod);
    if (found != entry->second.end()) {
        std::swap(*found, entry->second.back());
        entry->second.pop_back();
    }
    if (entry->second.empty()) {
        keys_.erase(entry);
    }
}

}  // namespace wavetank::controllers
