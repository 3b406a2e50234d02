#include "controllers/pods_by_labels.hpp"

namespace wavetank::controllers {

using api::corev1::Pod;

PodsByLabels::PodsByLabels(store::Store& store) : store_{store} {
    pods_ = store_.watch<Pod>([this](const auto& event) { on_pod(event); });
    for (const auto& pod : store_.list<Pod>()) {
        on_pod({store::EventType::Added, pod, nullptr, 0});
    }
}

void PodsByLabels::on_pod(const store::WatchEvent<Pod>& event) {
    const Pod& pod = *event.object;
    if (event.type == store::EventType::Modified &&
        event.previous->metadata.labels == pod.metadata.labels) {
        return;
    }
    if (event.previous != nullptr) {
        remove(*event.previous);
    }
    if (event.type != store::EventType::Deleted) {
        names_[pod.metadata.namespace_][*pod.metadata.labels].insert(pod.metadata.name);
    }
}

void PodsByLabels::remove(const Pod& pod) {
    const auto label_sets = names_.find(pod.metadata.namespace_);
    if (label_sets == names_.end()) {
        return;
    }
    const auto names = label_sets->second.find(*pod.metadata.labels);
    if (names != label_sets->second.end() && names->second.erase(pod.metadata.name) > 0 &&
        names->second.empty()) {
        label_sets->second.erase(names);
    }
}

std::vector<std::shared_ptr<const Pod>> PodsByLabels::select(const std::string& in_namespace,
                                                             const api::Selector& selector) const {
    std::vector<std::shared_ptr<const Pod>> pods;
    const auto label_sets = names_.find(in_namespace);
    if (label_sets == names_.end()) {
        return pods;
    }
    for (const auto& [labels, names] : label_sets->second) {
        if (!selector.matches(labels)) {
            continue;
        }
        for (const std::string& name : names) {
            if (auto pod = store_.get<Pod>({in_namespace, name})) {
                pods.push_back(std::move(pod));
            }
        }
    }
    return pods;
}

void PodsByLabels::each_label_set(const std::string& in_namespace, const api::Selector& selector,
                                  const std::function<void(const api::Labels&)>& visit) const {
    const auto label_sets = names_.find(in_namespace);
    if (label_sets == names_.end()) {
        return;
    }
    for (const auto& [labels, names] : label_sets->second) {
        if (selector.matches(labels)) {
            visit(labels);
        }
    }
}

}  // namespace wavetank::controllers
