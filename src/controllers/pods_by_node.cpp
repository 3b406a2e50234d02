#include "controllers/pods_by_node.hpp"

#include <utility>

namespace wavetank::controllers {

using api::corev1::Pod;

std::vector<std::shared_ptr<const Pod>> PodsByNode::on(const std::string& node) {
    begin();
    std::vector<std::shared_ptr<const Pod>> pods;
    const auto entry = keys_.find(node);
    if (entry == keys_.end()) {
        return pods;
    }
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
        keys_[pod.spec.nodeName].insert(store::key_of(pod));
    }
}

void PodsByNode::remove(const Pod& pod) {
    const auto entry = keys_.find(pod.spec.nodeName);
    if (entry != keys_.end() && entry->second.erase(store::key_of(pod)) > 0 &&
        entry->second.empty()) {
        keys_.erase(entry);
    }
}

}  // namespace wavetank::controllers
