#include "controllers/resource_quota.hpp"

#include <wavetank/registry/quota.hpp>

namespace wavetank::controllers {
namespace {

using api::Unstructured;
using api::corev1::Pod;
using api::corev1::Service;

bool is_quota(const Unstructured& object) {
    return object.gvk.kind == "ResourceQuota" && object.gvk.group.empty();
}

const boost::json::value* quota_hard(const Unstructured& quota, std::string_view part) {
    const auto* fields = quota.content.if_contains(part);
    return fields != nullptr && fields->is_object() ? fields->get_object().if_contains("hard")
                                                    : nullptr;
}

/// Tells whether the status is about another spec, or about none yet.
bool awaits_count(const Unstructured& quota) {
    const auto* asked = quota_hard(quota, "spec");
    const auto* counted = quota_hard(quota, "status");
    const auto* status = quota.content.if_contains("status");
    const bool used =
        status != nullptr && status->is_object() && status->get_object().contains("used");
    return counted == nullptr || !used || (asked != nullptr && *asked != *counted);
}

}  // namespace

ResourceQuotaController::ResourceQuotaController(const ControllerContext& context)
    : context_(context) {
    store::Store& store = context_.registry.store();
    objects_watch_ = store.watch<Unstructured>([this](const auto& event) { on_object(event); });
    for (const auto& object : store.list<Unstructured>()) {
        on_object({store::EventType::Added, object, nullptr, 0});
    }
}

void ResourceQuotaController::on_object(const store::WatchEvent<Unstructured>& event) {
    if (!is_quota(*event.object)) {
        return;
    }
    const store::Key key = store::key_of(*event.object);
    if (event.type == store::EventType::Deleted) {
        quotas_.erase(key);
        return;
    }
    if (quotas_.insert(key).second || awaits_count(*event.object)) {
        context_.queue.add(key);
    }
}

void ResourceQuotaController::watch_usage() {
    objects_.emplace(context_.registry);
    objects_->watch(
        [this](const MetadataEvent& event) {
            if (event.after == nullptr) {
                recount(event.id.key.namespace_);
            }
        },
        Objects::Present::Skip);
    store::Store& store = context_.registry.store();
    pods_ = store.watch<Pod>([this](const store::WatchEvent<Pod>& event) {
        const WallTime now = context_.registry.clock().wall();
        if (event.type == store::EventType::Modified && event.previous != nullptr &&
            registry::is_charged(*event.previous, now) &&
            !registry::is_charged(*event.object, now)) {
            recount(event.object->metadata.namespace_);
        }
    });
    services_ = store.watch<Service>([this](const store::WatchEvent<Service>& event) {
        if (event.type == store::EventType::Modified && event.previous != nullptr &&
            event.previous->spec != event.object->spec) {
            recount(event.object->metadata.namespace_);
        }
    });
}

void ResourceQuotaController::recount(const std::string& in_namespace) {
    for (auto at = quotas_.lower_bound({in_namespace, ""});
         at != quotas_.end() && at->namespace_ == in_namespace; ++at) {
        context_.queue.add(*at);
    }
}

Reconciler::Outcome ResourceQuotaController::reconcile(const store::Key& key) {
    if (quotas_.empty()) {
        objects_.reset();
        pods_ = {};
        services_ = {};
        return Outcome::Done;
    }
    if (!objects_) {
        watch_usage();
    }
    return registry::sync_quota(context_.registry, key) ? Outcome::Done : Outcome::Retry;
}

}  // namespace wavetank::controllers
