#include "controllers/owner_scale.hpp"

#include "controllers/owners.hpp"

#include <wavetank/api/kinds.hpp>
#include <wavetank/api/unstructured.hpp>

#include <string_view>

namespace wavetank::controllers {
namespace {

using api::appsv1::Deployment;
using api::appsv1::ReplicaSet;
using api::appsv1::StatefulSet;
using api::metav1::OwnerReference;
using Found = std::optional<OwnerScale>;

template <class T>
Found scale_of_stored(const store::Store& store, const OwnerReference& owner,
                      const std::string& in_namespace) {
    const auto object = store.get<T>({in_namespace, owner.name});
    if (object == nullptr || object->metadata.uid != owner.uid) {
        return std::nullopt;
    }
    return OwnerScale{owner.uid, object->spec.replicas.value_or(1)};
}

Found scale_of_replica_set(const store::Store& store, const OwnerReference& owner,
                           const std::string& in_namespace) {
    const auto set = store.get<ReplicaSet>({in_namespace, owner.name});
    if (set == nullptr || set->metadata.uid != owner.uid) {
        return std::nullopt;
    }
    const auto* above = controller_of(set->metadata);
    if (above != nullptr && above->kind == "Deployment") {
        if (auto found = scale_of_stored<Deployment>(store, *above, in_namespace)) {
            return found;
        }
    }
    return OwnerScale{owner.uid, set->spec.replicas.value_or(1)};
}

Found scale_of_replication_controller(const store::Store& store, const OwnerReference& owner,
                                      const std::string& in_namespace) {
    const api::GroupVersionKind gvk{.version = "v1", .kind = "ReplicationController"};
    const auto object =
        store.get<api::Unstructured>(store::unstructured_key(gvk, {in_namespace, owner.name}));
    if (object == nullptr || object->metadata.uid != owner.uid) {
        return std::nullopt;
    }
    const auto* spec = object->content.if_contains("spec");
    const auto* fields = spec != nullptr ? spec->if_object() : nullptr;
    const auto* replicas = fields != nullptr ? fields->if_contains("replicas") : nullptr;
    return OwnerScale{owner.uid,
                      replicas != nullptr && replicas->is_int64() ? replicas->get_int64() : 1};
}

std::string qualified_resource(const api::KindInfo& kind) {
    std::string name{kind.plural};
    return kind.group.empty() ? name : name + "." + std::string{kind.group};
}

}  // namespace

Result<std::optional<OwnerScale>> scale_of_owner(const store::Store& store,
                                                 const OwnerReference& owner,
                                                 const std::string& in_namespace) {
    const auto gvk = api::GroupVersionKind::from(owner.apiVersion, owner.kind);
    const bool of_apps = gvk.group == "apps" || gvk.group == "extensions";
    if (of_apps && owner.kind == "ReplicaSet") {
        return scale_of_replica_set(store, owner, in_namespace);
    }
    if (gvk.group == "apps" && owner.kind == "Deployment") {
        return scale_of_stored<Deployment>(store, owner, in_namespace);
    }
    if (gvk.group == "apps" && owner.kind == "StatefulSet") {
        return scale_of_stored<StatefulSet>(store, owner, in_namespace);
    }
    if (gvk.group.empty() && owner.kind == "ReplicationController") {
        return scale_of_replication_controller(store, owner, in_namespace);
    }
    const api::KindInfo* kind = api::find_kind(gvk);
    return Error{.message = kind == nullptr ? "no matches for kind \"" + owner.kind +
                                                  "\" in version \"" + owner.apiVersion + "\""
                                            : qualified_resource(*kind) +
                                                  " does not implement the scale subresource"};
}

}  // namespace wavetank::controllers
