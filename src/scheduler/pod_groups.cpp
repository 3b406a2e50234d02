#include "scheduler/pod_groups.hpp"

#include <algorithm>

namespace wavetank::scheduler {

using api::corev1::Pod;

CountedGroup* PodGroups::find(const Pod& pod, const std::shared_ptr<const PodTerms>& terms) {
    const auto [first, last] = groups_.equal_range(pod.metadata.labels.identity());
    const auto known = std::find_if(first, last, [&](const auto& entry) {
        return entry.second.terms == terms && entry.second.in_namespace == pod.metadata.namespace_;
    });
    return known == last ? nullptr : &known->second;
}

CountedGroup& PodGroups::add(const Pod& pod, const std::shared_ptr<const PodTerms>& terms) {
    const api::Shared<api::StringMap>& labels = pod.metadata.labels;
    CountedGroup& group =
        groups_.emplace(labels.identity(), CountedGroup{{pod.metadata.namespace_, labels, terms}})
            ->second;
    for (auto& [key, by_value] : by_label_) {
        if (const auto label = labels->find(key); label != labels->end()) {
            by_value[label->second].push_back(&group);
        }
    }
    return group;
}

void PodGroups::clear() {
    groups_.clear();
    by_label_.clear();
}

PodGroups::ByValue& PodGroups::with_label(std::string_view key) {
    if (const auto known = by_label_.find(key); known != by_label_.end()) {
        return known->second;
    }
    const auto entry = by_label_.try_emplace(std::string{key}).first;
    for (const auto& [identity, group] : groups_) {
        if (const auto label = group.labels->find(entry->first); label != group.labels->end()) {
            entry->second[label->second].push_back(&group);
        }
    }
    return entry->second;
}

void PodGroups::for_each(const std::optional<RequiredLabel>& required,
                         const std::function<void(const CountedGroup&)>& look) {
    if (!required) {
        for (const auto& [identity, group] : groups_) {
            look(group);
        }
        return;
    }
    const ByValue& groups = with_label(required->key);
    if (const auto found = groups.find(std::string{required->value}); found != groups.end()) {
        for (const CountedGroup* const group : found->second) {
            look(*group);
        }
    }
}

}  // namespace wavetank::scheduler
