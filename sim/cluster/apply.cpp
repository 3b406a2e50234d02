#include "sim/cluster/apply.hpp"

#include <wavetank/api/kinds.hpp>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->as_string()} : "";
}

// The path of a collection: "/apis/apps/v1/namespaces/default/deployments".
std::string collection_path(const api::KindInfo& kind, const std::string& in_namespace) {
    std::string path = kind.group.empty() ? "/api/" : "/apis/" + std::string{kind.group} + "/";
    path += kind.version;
    if (kind.namespaced) {
        path += "/namespaces/" + (in_namespace.empty() ? "default" : in_namespace);
    }
    return path + "/" + std::string{kind.plural};
}

std::optional<Error> error_of(const registry::ApiResponse& response) {
    if (response.code < 400) {
        return std::nullopt;
    }
    return Error{.reason = Reason::BadRequest,
                 .message = text_of(response.body, "message"),
                 .code = response.code};
}

Error no_such_kind(const std::string& kind) {
    return {.reason = Reason::BadRequest,
            .message = "the server doesn't have a resource type \"" + kind + "\""};
}

// Finds a kind by its bare name, as kubectl users write it.
const api::KindInfo* find_by_name(const std::string& kind) {
    for (const char* api_version : {"v1", "apps/v1", "discovery.k8s.io/v1", "batch/v1"}) {
        if (const auto* found = api::find_kind(api::GroupVersionKind::from(api_version, kind))) {
            return found;
        }
    }
    return nullptr;
}

}  // namespace

std::optional<Error> apply_object(registry::Registry& registry, const json::object& object) {
    const std::string kind = text_of(object, "kind");
    const auto* info =
        api::find_kind(api::GroupVersionKind::from(text_of(object, "apiVersion"), kind));
    if (info == nullptr) {
        return no_such_kind(kind);
    }
    const json::value* metadata = object.if_contains("metadata");
    const json::object none;
    const json::object& fields =
        metadata != nullptr && metadata->is_object() ? metadata->as_object() : none;
    const std::string path = collection_path(*info, text_of(fields, "namespace"));
    registry::ApiRequest request{.method = "POST",
                                 .target = path + "?fieldValidation=Strict",
                                 .body = json::serialize(object)};
    registry::ApiResponse response = registry.handle(request);
    if (response.code == 409) {
        request.method = "PUT";
        request.target = path + "/" + text_of(fields, "name") + "?fieldValidation=Strict";
        response = registry.handle(request);
    }
    return error_of(response);
}

Result<void> scale_workload(registry::Registry& registry, const std::string& kind,
                            const store::Key& key, std::int32_t replicas) {
    const auto* info = find_by_name(kind);
    if (info == nullptr) {
        return no_such_kind(kind);
    }
    const auto response = registry.handle(
        {.method = "PATCH",
         .target = collection_path(*info, key.namespace_) + "/" + key.name + "/scale",
         .content_type = "application/merge-patch+json",
         .body = json::serialize(json::object{{"spec", {{"replicas", replicas}}}})});
    if (auto refused = error_of(response)) {
        return *refused;
    }
    return {};
}

Result<void> perform(registry::Registry& registry, const api::wavetankv1::Action& action) {
    if (action.scale) {
        return scale_workload(
            registry, action.scale->kind.empty() ? "Deployment" : action.scale->kind,
            {action.scale->namespace_, action.scale->name}, action.scale->replicas);
    }
    if (action.delete_) {
        const auto* info = find_by_name(action.delete_->kind);
        if (info == nullptr) {
            return no_such_kind(action.delete_->kind);
        }
        const auto response =
            registry.handle({.method = "DELETE",
                             .target = collection_path(*info, action.delete_->namespace_) + "/" +
                                       action.delete_->name});
        if (auto refused = error_of(response)) {
            return *refused;
        }
        return {};
    }
    if (action.apply.is_object()) {
        if (auto refused = apply_object(registry, action.apply.as_object())) {
            return *refused;
        }
    }
    return {};
}

}  // namespace wavetank::sim
