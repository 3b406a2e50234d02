#include "controllers/service_account.hpp"

#include <wavetank/api/kinds.hpp>

namespace wavetank::controllers {
namespace {

using api::Unstructured;
using api::corev1::Namespace;

const api::GroupVersionKind account_kind{.group = "", .version = "v1", .kind = "ServiceAccount"};

}  // namespace

ServiceAccountController::ServiceAccountController(const ControllerContext& context)
    : context_(context) {
    store::Store& store = context_.registry.store();
    namespaces_ = store.watch<Namespace>([this](const store::WatchEvent<Namespace>& event) {
        if (event.type != store::EventType::Deleted) {
            context_.queue.add({"", event.object->metadata.name});
        }
    });
    accounts_ = store.watch<Unstructured>([this](const store::WatchEvent<Unstructured>& event) {
        if (event.type == store::EventType::Deleted && event.object->gvk == account_kind &&
            event.object->metadata.name == "default") {
            context_.queue.add({"", event.object->metadata.namespace_});
        }
    });
    for (const auto& each : store.list<Namespace>()) {
        context_.queue.add({"", each->metadata.name});
    }
}

Reconciler::Outcome ServiceAccountController::reconcile(const store::Key& key) {
    store::Store& store = context_.registry.store();
    const auto found = store.get<Namespace>(key);
    if (found == nullptr || found->status.phase != "Active" ||
        store.get<Unstructured>(store::unstructured_key(account_kind, {key.name, "default"})) !=
            nullptr) {
        return Outcome::Done;
    }
    Unstructured account{.gvk = account_kind};
    account.metadata.name = "default";
    account.metadata.namespace_ = key.name;
    const auto created = context_.registry.create(std::move(account));
    const bool fine = created || created.error().reason == Reason::AlreadyExists ||
                      created.error().reason == Reason::Forbidden;
    return fine ? Outcome::Done : Outcome::Retry;
}

}  // namespace wavetank::controllers
