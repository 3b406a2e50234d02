#include "controllers/pods_by_labels.hpp"

#include <utility>

namespace wavetank::controllers {

using api::corev1::Pod;

PodsByLabels::PodsByLabels(store::Store& store) : store_{store} {
    pods_ = store_.watch<Pod>([this](const auto& event) { on_pod(event); });
    // A selection that picks nothing need not be put in order.
    static_cast<void>(store_.select<Pod>([this](const Pod& pod) {
        add(pod);
        return false;
    }));
}

void PodsByLabels::on_pod(const store::WatchEvent<Pod>& event) {
    const Pod& pod = *event.object;
    if (event.type == store::EventType::Modified &&
        event.previous->metadata.labels == pod.metadata.labels) {
        forget_pods(pod);
        return;
    }
    if (event.previous != nullptr) {
        remove(*event.previous);
    }
    if (event.type != store::EventType::Deleted) {
        add(pod);
    }
}

void PodsByLabels::add(const Pod& pod) {
    LabelSet& label_set = label_sets_[pod.metadata.namespace_][*pod.metadata.labels];
    label_set.version = ++version_;
    if (label_set.names.empty()) {
        label_sets_version_ = version_;
    }
    label_set.names.insert(pod.metadata.name);
    label_set.pods.clear();
}

void PodsByLabels::remove(const Pod& pod) {
    const auto of_namespace = label_sets_.find(pod.metadata.namespace_);
    if (of_namespace == label_sets_.end()) {
        return;
    }
    const auto label_set = of_namespace->second.find(*pod.metadata.labels);
    if (label_set == of_namespace->second.end() ||
        label_set->second.names.erase(pod.metadata.name) == 0) {
        return;
    }
    label_set->second.pods.clear();
    label_set->second.version = ++version_;
    if (label_set->second.names.empty()) {
        label_sets_version_ = version_;
        seen_ = nullptr;
        of_namespace->second.erase(label_set);
    }
}

// A pod has changed, but not its labels.
void PodsByLabels::forget_pods(const Pod& pod) {
    if (seen_ == nullptr || !labels_seen_.same_as(pod.metadata.labels) ||
        namespace_seen_ != pod.metadata.namespace_) {
        labels_seen_ = pod.metadata.labels;
        namespace_seen_ = pod.metadata.namespace_;
        seen_ = &label_sets_[namespace_seen_][*labels_seen_];
    }
    seen_->pods.clear();
    seen_->version = ++version_;
}

void PodsByLabels::look_up(const std::string& in_namespace, const LabelSet& label_set) const {
    if (label_set.pods.size() == label_set.names.size()) {
        return;
    }
    label_set.pods.clear();
    for (const std::string& name : label_set.names) {
        if (auto pod = store_.get<Pod>({in_namespace, name})) {
            label_set.pods.push_back(std::move(pod));
        }
    }
}

std::vector<api::Pointer<const Pod>> PodsByLabels::select(const std::string& in_namespace,
                                                          const api::Selector& selector) const {
    std::vector<api::Pointer<const Pod>> pods;
    const auto of_namespace = label_sets_.find(in_namespace);
    if (of_namespace == label_sets_.end()) {
        return pods;
    }
    for (const auto& [labels, label_set] : of_namespace->second) {
        if (selector.matches(labels)) {
            look_up(in_namespace, label_set);
            pods.insert(pods.end(), label_set.pods.begin(), label_set.pods.end());
        }
    }
    return pods;
}

bool PodsByLabels::has_changed(Selection& selection) const {
    bool changed = !std::exchange(selection.asked_, true);
    if (changed || selection.label_sets_as_of_ != label_sets_version_) {
        std::vector<const LabelSet*> label_sets;
        const auto of_namespace = label_sets_.find(selection.namespace_);
        if (of_namespace != label_sets_.end()) {
            for (const auto& [labels, label_set] : of_namespace->second) {
                if (selection.selector_.matches(labels)) {
                    label_sets.push_back(&label_set);
                }
            }
        }
        changed |= label_sets != selection.label_sets_;
        selection.label_sets_ = std::move(label_sets);
        selection.label_sets_as_of_ = label_sets_version_;
    }
    for (const LabelSet* const label_set : selection.label_sets_) {
        changed |= label_set->version > selection.pods_as_of_;
    }
    selection.pods_as_of_ = version_;
    return changed;
}

std::vector<api::Pointer<const Pod>> PodsByLabels::select(const Selection& selection) const {
    std::vector<api::Pointer<const Pod>> pods;
    for (const LabelSet* const label_set : selection.label_sets_) {
        look_up(selection.namespace_, *label_set);
        pods.insert(pods.end(), label_set->pods.begin(), label_set->pods.end());
    }
    return pods;
}

void PodsByLabels::each_label_set(const std::string& in_namespace, const api::Selector& selector,
                                  const std::function<void(const api::Labels&)>& visit) const {
    const auto of_namespace = label_sets_.find(in_namespace);
    if (of_namespace == label_sets_.end()) {
        return;
    }
    for (const auto& [labels, label_set] : of_namespace->second) {
        if (selector.matches(labels)) {
            visit(labels);
        }
    }
}

}  // namespace wavetank::controllers
