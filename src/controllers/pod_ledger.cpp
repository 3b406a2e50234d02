#include "controllers/pod_ledger.hpp"

#include "controllers/pods.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>

namespace wavetank::controllers {
namespace {

using api::corev1::Pod;

const api::metav1::OwnerReference* replica_set_of(const Pod& pod) {
    const api::metav1::OwnerReference* owner = controller_of(pod.metadata);
    return owner != nullptr && owner->kind == "ReplicaSet" ? owner : nullptr;
}

void enter(PodLedger::Owned& owned, const Pod& pod) {
    if (pod.metadata.labels == owned.template_labels) {
        owned.counts.count(pod, 1);
    } else if (!is_terminal(pod)) {
        owned.odd.insert(pod.metadata.name);
    }
}

/// Tells whether both count the same.
bool counts_alike(const Pod& left, const Pod& right) {
    return left.status.conditions.same_as(right.status.conditions) &&
           left.status.phase == right.status.phase &&
           left.metadata.deletionTimestamp == right.metadata.deletionTimestamp;
}

}  // namespace

std::int32_t PodCounts::available(std::int32_t seconds, WallTime now) const {
    if (seconds <= 0) {
        return ready;
    }
    std::int32_t result = 0;
    for (const auto& [time, pods] : ready_times) {
        if (time.value + std::chrono::seconds{seconds} > now) {
            break;
        }
        result += pods;
    }
    return result;
}

std::optional<Duration> PodCounts::next_available(std::int32_t seconds, WallTime now) const {
    for (const auto& [time, pods] : ready_times) {
        const Duration wait = time.value + std::chrono::seconds{seconds} - now;
        if (wait > Duration::zero()) {
            return wait;
        }
    }
    return std::nullopt;
}

void PodCounts::count(const Pod& pod, std::int32_t weight) {
    if (is_terminating(pod)) {
        terminating += weight;
    }
    if (!is_active(pod) || !is_ready(pod)) {
        active += is_active(pod) ? weight : 0;
        return;
    }
    active += weight;
    ready += weight;
    if (const auto since = ready_since(pod)) {
        const auto entry = ready_times.try_emplace(*since, 0).first;
        entry->second += weight;
        if (entry->second == 0) {
            ready_times.erase(entry);
        }
    }
}

void PodLedger::apply(const store::WatchEvent<Pod>& event) {
    if (event.type == store::EventType::Modified && replace(*event.previous, event.object)) {
        return;
    }
    if (event.previous != nullptr) {
        remove(*event.previous);
    }
    if (event.type != store::EventType::Deleted) {
        add(event.object);
    }
}

/// Puts a pod's new state in the place of the former one. Returns false if it has no such place.
bool PodLedger::replace(const Pod& before, const PodPointer& pod) {
    if (!pod->metadata.ownerReferences.same_as(before.metadata.ownerReferences) ||
        !pod->metadata.labels.same_as(before.metadata.labels)) {
        return false;
    }
    const auto* owner = replica_set_of(*pod);
    const auto entry = owner == nullptr ? owned_.end() : owned_.find(owner->uid);
    if (entry == owned_.end()) {
        return false;
    }
    Owned& owned = *entry->second;
    const auto known = owned.pods.find(std::string_view{pod->metadata.name});
    if (known == owned.pods.end() || !(pod->metadata.labels == owned.template_labels)) {
        return false;
    }
    if (!counts_alike(before, *pod)) {
        owned.counts.count(before, -1);
        owned.counts.count(*pod, 1);
    }
    // The name, which the set goes by, is the same.
    const_cast<PodPointer&>(*known) = pod;
    return true;
}

void PodLedger::add(const PodPointer& pod) {
    if (const auto* owner = replica_set_of(*pod)) {
        auto& owned = owned_[owner->uid];
        if (owned == nullptr) {
            owned = std::make_unique<Owned>();
        }
        owned->pods.insert(pod);
        enter(*owned, *pod);
    } else if (controller_of(pod->metadata) == nullptr) {
        orphans_[pod->metadata.namespace_].insert(pod->metadata.name);
    }
}

void PodLedger::remove(const Pod& pod) {
    if (const auto* owner = replica_set_of(pod)) {
        const auto entry = owned_.find(owner->uid);
        if (entry == owned_.end()) {
            return;
        }
        Owned& owned = *entry->second;
        const auto known = owned.pods.find(std::string_view{pod.metadata.name});
        if (known == owned.pods.end()) {
            return;
        }
        owned.pods.erase(known);
        if (pod.metadata.labels == owned.template_labels) {
            owned.counts.count(pod, -1);
        } else {
            owned.odd.erase(pod.metadata.name);
        }
    } else if (controller_of(pod.metadata) == nullptr) {
        const auto entry = orphans_.find(pod.metadata.namespace_);
        if (entry != orphans_.end() && entry->second.erase(pod.metadata.name) > 0 &&
            entry->second.empty()) {
            orphans_.erase(entry);
        }
    }
}

void PodLedger::set_template(const std::string& uid, const api::Shared<api::StringMap>& labels) {
    auto& entry = owned_[uid];
    if (entry == nullptr) {
        entry = std::make_unique<Owned>();
    }
    if (entry->template_labels == labels) {
        return;
    }
    entry->template_labels = labels;
    entry->counts = {};
    entry->odd.clear();
    for (const PodPointer& pod : entry->pods) {
        enter(*entry, *pod);
    }
}

void PodLedger::forget(const std::string& uid) {
    const auto entry = owned_.find(uid);
    if (entry != owned_.end() && entry->second->pods.empty()) {
        owned_.erase(entry);
    }
}

const PodLedger::Owned* PodLedger::find(const std::string& uid) const {
    const auto entry = owned_.find(uid);
    return entry == owned_.end() ? nullptr : entry->second.get();
}

const std::set<std::string>& PodLedger::orphans(const std::string& in_namespace) const {
    static const std::set<std::string> none;
    const auto entry = orphans_.find(in_namespace);
    return entry == orphans_.end() ? none : entry->second;
}

std::vector<PodPointer> PodLedger::list(const std::string& uid) const {
    std::vector<PodPointer> result;
    if (const Owned* owned = find(uid)) {
        result.assign(owned->pods.begin(), owned->pods.end());
        std::ranges::sort(result, [](const PodPointer& left, const PodPointer& right) {
            return std::tie(left->metadata.creationTimestamp, left->metadata.uid) <
                   std::tie(right->metadata.creationTimestamp, right->metadata.uid);
        });
    }
    return result;
}

}  // namespace wavetank::controllers
