#include "controllers/namespace.hpp"

namespace wavetank::controllers {

using api::corev1::Event;
using api::corev1::Namespace;

NamespaceController::NamespaceController(const ControllerContext& context) : context_(context) {
    store::Store& store = context_.registry.store();
    namespaces_ = store.watch<Namespace>([this](const auto& event) { on_namespace(event); });
    for (const auto& each : store.list<Namespace>()) {
        on_namespace({store::EventType::Added, each, nullptr, 0});
    }
}

void NamespaceController::on_namespace(const store::WatchEvent<Namespace>& event) {
    const std::string& name = event.object->metadata.name;
    if (event.type == store::EventType::Deleted) {
        terminating_.erase(name);
    } else if (event.object->metadata.deletionTimestamp) {
        terminating_.insert(name);
        context_.queue.add({"", name});
    }
}

void NamespaceController::on_event(const MetadataEvent& event) {
    if (event.after == nullptr && terminating_.contains(event.id.key.namespace_)) {
        context_.queue.add({"", event.id.key.namespace_});
    }
}

Reconciler::Outcome NamespaceController::reconcile(const store::Key& key) {
    const auto found = context_.registry.store().get<Namespace>(key);
    if (found == nullptr || !found->metadata.deletionTimestamp) {
        return Outcome::Done;
    }
    if (!objects_) {
        objects_.emplace(context_.registry);
        objects_->watch([this](const MetadataEvent& event) { on_event(event); },
                        Objects::Present::Skip);
    }
    const Phase phase = empty(key.name);
    if (phase == Phase::Waiting) {
        return Outcome::Done;  // the last object to go brings the key back
    }
    if (phase == Phase::Failed) {
        return Outcome::Retry;
    }
    const auto gone = context_.registry.finalize(key.name);
    if (!gone && gone.error().reason != Reason::NotFound) {
        return Outcome::Retry;
    }
    if (terminating_.empty()) {
        objects_.reset();
    }
    return Outcome::Done;
}

/// Deletes the pods of a namespace, or what else there is if it has none.
NamespaceController::Phase NamespaceController::empty(const std::string& name) {
    bool has_pods = false;
    bool remains = false;
    for (const ObjectId& id : objects_->list(name)) {
        const bool is_pod = id.kind == Objects::pod_kind;
        has_pods |= is_pod;
        if (has_pods && !is_pod) {
            break;
        }
        remains = true;
        const auto metadata = objects_->find(id);
        if (!metadata || metadata->deletionTimestamp) {
            continue;
        }
        const auto removed =
            objects_->remove(id, {.propagation = registry::Propagation::Background});
        if (!removed && removed.error().reason != Reason::NotFound) {
            return Phase::Failed;
        }
    }
    if (!has_pods && !remove_events(name)) {
        return Phase::Failed;
    }
    return remains ? Phase::Waiting : Phase::Empty;
}

Result<> NamespaceController::remove_events(const std::string& name) {
    for (const auto& event : context_.registry.store().list<Event>(name)) {
        const auto removed = context_.registry.remove<Event>(store::key_of(*event));
        if (!removed && removed.error().reason != Reason::NotFound) {
            return removed.error();
        }
    }
    return {};
}

}  // namespace wavetank::controllers
