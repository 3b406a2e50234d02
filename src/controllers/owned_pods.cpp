#include "controllers/owned_pods.hpp"

namespace wavetank::controllers {

using api::corev1::Pod;

void PodsByOwner::apply(const store::WatchEvent<Pod>& event) {
    if (event.previous != nullptr) {
        remove(*event.previous);
    }
    if (event.type != store::EventType::Deleted) {
        add(event.object);
    }
}

void PodsByOwner::add(const PodPointer& pod) {
    const auto* owner = controller_of(pod->metadata);
    if (owner == nullptr) {
        orphans_[pod->metadata.namespace_].insert(pod->metadata.name);
    } else if (owner->kind == kind_) {
        owned_[owner->uid].insert_or_assign(pod->metadata.name, pod);
    }
}

void PodsByOwner::remove(const Pod& pod) {
    const auto* owner = controller_of(pod.metadata);
    if (owner == nullptr) {
        const auto entry = orphans_.find(pod.metadata.namespace_);
        if (entry != orphans_.end() && entry->second.erase(pod.metadata.name) > 0 &&
            entry->second.empty()) {
            orphans_.erase(entry);
        }
    } else if (owner->kind == kind_) {
        const auto entry = owned_.find(owner->uid);
        if (entry != owned_.end() && entry->second.erase(pod.metadata.name) > 0 &&
            entry->second.empty()) {
            owned_.erase(entry);
        }
    }
}

std::vector<PodPointer> PodsByOwner::list(const std::string& uid) const {
    std::vector<PodPointer> pods;
    if (const auto entry = owned_.find(uid); entry != owned_.end()) {
        for (const auto& [name, pod] : entry->second) {
            pods.push_back(pod);
        }
    }
    return pods;
}

const std::set<std::string>& PodsByOwner::orphans(const std::string& in_namespace) const {
    static const std::set<std::string> none;
    const auto entry = orphans_.find(in_namespace);
    return entry == orphans_.end() ? none : entry->second;
}

}  // namespace wavetank::controllers
