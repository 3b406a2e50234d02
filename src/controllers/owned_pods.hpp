#pragma once

/// \file
/// The pods of the objects of one kind: who has which, who hears of a change, who adopts what.
///
/// StatefulSets, DaemonSets and Jobs look at their pods one by one, and have few compared to
/// ReplicaSets, which have a ledger of their own.

#include "controllers/owners.hpp"
#include "controllers/pods.hpp"

#include <wavetank/store/store.hpp>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavetank::controllers {

/// Pods by the UID of their controller, and those that have none.
class PodsByOwner {
public:
    explicit PodsByOwner(std::string_view kind) : kind_(kind) {}

    void apply(const store::WatchEvent<api::corev1::Pod>& event);

    /// Returns an owner's pods in order of their names.
    [[nodiscard]] std::vector<PodPointer> list(const std::string& uid) const;

    /// Returns the names of the pods in a namespace that nobody controls.
    [[nodiscard]] const std::set<std::string>& orphans(const std::string& in_namespace) const;

private:
    void add(const PodPointer& pod);
    void remove(const api::corev1::Pod& pod);

    std::string_view kind_;
    std::map<std::string, std::map<std::string, PodPointer>> owned_;
    std::map<std::string, std::set<std::string>> orphans_;
};

/// The pods of all owners of kind `Owner`.
///
/// Lifetime: the registry must outlive it.
template <class Owner>
class OwnedPods {
public:
    using Pod = api::corev1::Pod;
    using Event = store::WatchEvent<Pod>;
    /// Hears of an event about a pod of `owner`, or about one that it may adopt.
    using Wake = std::function<void(const Owner& owner, const Event& event)>;

    /// `finalizer` is put on adopted pods and taken off released ones; empty: there is none.
    OwnedPods(registry::Registry& registry, Wake wake, std::string_view finalizer = {})
        : registry_(registry),
          wake_(std::move(wake)),
          finalizer_(finalizer),
          pods_(api::kind_info<Owner>.kind) {
        for (auto& pod : registry_.store().template list<Pod>()) {
            on_pod({store::EventType::Added, pod, nullptr, 0});
        }
        watch_ =
            registry_.store().template watch<Pod>([this](const Event& event) { on_pod(event); });
    }

    /// Returns the owner's pods, with those that it could adopt and without those it lets go.
    /// `wanted` narrows down what the selector picks. Errors: those of the writes.
    [[nodiscard]] Result<std::vector<PodPointer>> claim(
        const Owner& owner, const api::Selector& selector,
        const std::function<bool(const Pod&)>& wanted = {}) {
        std::vector<PodPointer> candidates = pods_.list(owner.metadata.uid);
        for (const std::string& name : pods_.orphans(owner.metadata.namespace_)) {
            candidates.push_back(
                registry_.store().template get<Pod>({owner.metadata.namespace_, name}));
        }
        const api::Selector nothing = api::Selector::nothing();
        std::vector<PodPointer> claimed;
        for (const PodPointer& pod : candidates) {
            if (pod == nullptr) {
                continue;
            }
            const bool fits = !wanted || wanted(*pod);
            switch (claim_of(owner.metadata, fits ? selector : nothing, pod->metadata)) {
                case Claim::Keep:
                    claimed.push_back(pod);
                    break;
                case Claim::Adopt:
                    if (auto adopted = take(owner, *pod)) {
                        claimed.push_back(*adopted);
                    } else if (adopted.error().reason != Reason::NotFound) {
                        return adopted.error();
                    }
                    break;
                case Claim::Release:
                    if (auto let_go = give_up(owner, *pod);
                        !let_go && let_go.error().reason != Reason::NotFound) {
                        return let_go.error();
                    }
                    break;
                case Claim::Ignore:
                    break;
            }
        }
        return claimed;
    }

    /// Returns the owner's pods as they are, in order of their names.
    [[nodiscard]] std::vector<PodPointer> list(const Owner& owner) const {
        return pods_.list(owner.metadata.uid);
    }

    /// Returns the owner that a reference names; null if there is none of that UID.
    [[nodiscard]] api::Pointer<const Owner> resolve(
        const std::string& in_namespace, const api::metav1::OwnerReference* reference) const {
        if (reference == nullptr || reference->kind != api::kind_info<Owner>.kind) {
            return nullptr;
        }
        auto owner = registry_.store().template get<Owner>({in_namespace, reference->name});
        return owner != nullptr && owner->metadata.uid == reference->uid ? owner : nullptr;
    }

private:
    Result<PodPointer> take(const Owner& owner, const Pod& pod) {
        Pod changed = pod;
        changed.metadata.ownerReferences.edit().push_back(controller_reference(owner));
        if (!finalizer_.empty()) {
            changed.metadata.rare.edit().finalizers.push_back(finalizer_);
        }
        return registry_.update(std::move(changed));
    }

    Result<PodPointer> give_up(const Owner& owner, const Pod& pod) {
        Pod changed = pod;
        std::erase_if(changed.metadata.ownerReferences.edit(),
                      [&](const auto& reference) { return reference.uid == owner.metadata.uid; });
        if (!finalizer_.empty()) {
            std::erase(changed.metadata.rare.edit().finalizers, finalizer_);
        }
        return registry_.update(std::move(changed));
    }

    void on_pod(const Event& event) {
        pods_.apply(event);
        const Pod& pod = *event.object;
        const auto* owner = controller_of(pod.metadata);
        const auto* owner_before =
            event.previous == nullptr ? nullptr : controller_of(event.previous->metadata);
        if (owner_before != nullptr && (owner == nullptr || owner->uid != owner_before->uid)) {
            wake(pod, owner_before, event);
        }
        if (owner != nullptr) {
            wake(pod, owner, event);
            return;
        }
        const bool going =
            event.type == store::EventType::Deleted || pod.metadata.deletionTimestamp.has_value();
        if (!going && (event.previous == nullptr || owner_before != nullptr ||
                       !(event.previous->metadata.labels == pod.metadata.labels))) {
            wake_matching(pod, event);
        }
    }

    void wake(const Pod& pod, const api::metav1::OwnerReference* reference, const Event& event) {
        if (const auto owner = resolve(pod.metadata.namespace_, reference)) {
            wake_(*owner, event);
        }
    }

    void wake_matching(const Pod& orphan, const Event& event) {
        for (const auto& owner :
             registry_.store().template list<Owner>(orphan.metadata.namespace_)) {
            const auto selector = compile(owner->spec.selector);
            if (selector && !selector->empty() && selector->matches(*orphan.metadata.labels)) {
                wake_(*owner, event);
            }
        }
    }

    registry::Registry& registry_;
    Wake wake_;
    std::string finalizer_;
    PodsByOwner pods_;
    store::Subscription watch_;
};

}  // namespace wavetank::controllers
