#include "scheduler/plugins/owner_selectors.hpp"

#include <wavetank/api/unstructured.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::scheduler::plugins {
namespace {

using api::Unstructured;
using api::appsv1::ReplicaSet;
using api::appsv1::StatefulSet;
using api::corev1::Pod;
using api::corev1::Service;
using api::metav1::LabelSelector;
using api::metav1::OwnerReference;
using store::EventType;
using store::WatchEvent;

const api::GroupVersionKind replication_controller{"", "v1", "ReplicationController"};
const api::GroupVersionKind replica_set{"apps", "v1", "ReplicaSet"};
const api::GroupVersionKind stateful_set{"apps", "v1", "StatefulSet"};

const OwnerReference* controller_of(const Pod& pod) {
    const auto& owners = *pod.metadata.ownerReferences;
    const auto found = std::ranges::find_if(
        owners, [](const OwnerReference& owner) { return owner.controller.value_or(false); });
    return found == owners.end() ? nullptr : &*found;
}

// The `spec.selector` of a ReplicationController, which is text that nobody has checked.
api::Labels selector_in(const Unstructured& object) {
    const auto* spec = object.content.if_contains("spec");
    const auto* fields = spec == nullptr ? nullptr : spec->if_object();
    const auto* selector = fields == nullptr ? nullptr : fields->if_contains("selector");
    api::Labels labels;
    if (selector == nullptr || !selector->is_object()) {
        return labels;
    }
    for (const auto& [key, value] : selector->get_object()) {
        if (value.is_string()) {
            labels[std::string{key}] = std::string{value.get_string()};
        }
    }
    return labels;
}

template <class T>
bool selects_otherwise(const WatchEvent<T>& event) {
    return event.type != EventType::Modified ||
           !(event.previous->spec.selector == event.object->spec.selector);
}

void append(std::vector<api::Requirement>& all, const api::Boxed<LabelSelector>& selector) {
    if (const auto compiled = api::Selector::from(selector)) {
        const auto requirements = compiled->requirements();
        all.insert(all.end(), requirements.begin(), requirements.end());
    }
}

}  // namespace

OwnerSelectors::OwnerSelectors(store::Store* store) : store_(store) {
    if (store == nullptr) {
        return;
    }
    subscriptions_.push_back(store->watch<Service>([this](const WatchEvent<Service>& event) {
        if (event.type != EventType::Modified ||
            event.previous->spec.selector != event.object->spec.selector) {
            services_.erase(event.object->metadata.namespace_);
            ++version_;
        }
    }));
    subscriptions_.push_back(store->watch<ReplicaSet>([this](const WatchEvent<ReplicaSet>& event) {
        version_ += selects_otherwise(event) ? 1 : 0;
    }));
    subscriptions_.push_back(
        store->watch<StatefulSet>([this](const WatchEvent<StatefulSet>& event) {
            version_ += selects_otherwise(event) ? 1 : 0;
        }));
    subscriptions_.push_back(
        store->watch<Unstructured>([this](const WatchEvent<Unstructured>& event) {
            version_ += event.object->gvk == replication_controller ? 1 : 0;
        }));
}

const OwnerSelectors::Services& OwnerSelectors::services_in(const std::string& space) const {
    const auto [entry, fresh] = services_.try_emplace(space);
    auto& [selectors, index] = entry->second;
    if (fresh && store_ != nullptr) {
        for (const auto& service : store_->list<Service>(space)) {
            const api::Labels& labels = service->spec.selector;
            if (!labels.empty()) {
                index.add(labels, selectors.size());
                selectors.push_back(labels);
            }
        }
    }
    return entry->second;
}

void OwnerSelectors::add_controller(const Pod& pod, const OwnerReference& controller,
                                    api::Labels& labels,
                                    std::vector<api::Requirement>& more) const {
    const auto kind = api::GroupVersionKind::from(controller.apiVersion, controller.kind);
    const store::Key key{.namespace_ = pod.metadata.namespace_, .name = controller.name};
    if (kind == replica_set) {
        if (const auto owner = store_->get<ReplicaSet>(key)) {
            append(more, owner->spec.selector);
        }
    } else if (kind == stateful_set) {
        if (const auto owner = store_->get<StatefulSet>(key)) {
            append(more, owner->spec.selector);
        }
    } else if (kind == replication_controller) {
        if (const auto owner = store_->get<Unstructured>(store::unstructured_key(kind, key))) {
            for (auto& [label, value] : selector_in(*owner)) {
                labels.insert_or_assign(label, value);
            }
        }
    }
}

api::Selector OwnerSelectors::of(const Pod& pod) const {
    if (store_ == nullptr) {
        return {};
    }
    api::Labels labels;
    const Services& services = services_in(pod.metadata.namespace_);
    for (const std::size_t number : services.index.matches(*pod.metadata.labels)) {
        for (const auto& [label, value] : services.selectors[number]) {
            labels.insert_or_assign(label, value);
        }
    }
    std::vector<api::Requirement> requirements;
    if (const OwnerReference* controller = controller_of(pod)) {
        add_controller(pod, *controller, labels, requirements);
    }
    for (const auto& [label, value] : labels) {
        requirements.push_back(api::Requirement::equals(label, value));
    }
    return api::Selector{std::move(requirements)};
}

}  // namespace wavetank::scheduler::plugins
