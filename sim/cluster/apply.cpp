#include "sim/cluster/apply.hpp"

#include <wavetank/api/kinds.hpp>

#include <string>
#include <string_view>
#include <vector>

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

std::vector<Cause> causes_of(const json::object& status) {
    std::vector<Cause> causes;
    const json::value* details = status.if_contains("details");
    const json::value* list = details != nullptr && details->is_object()
                                  ? details->as_object().if_contains("causes")
                                  : nullptr;
    if (list != nullptr && list->is_array()) {
        for (const json::value& cause : list->as_array()) {
            causes.push_back({.reason = text_of(cause.as_object(), "reason"),
                              .message = text_of(cause.as_object(), "message"),
                              .field = text_of(cause.as_object(), "field")});
        }
    }
    return causes;
}

std::optional<Error> error_of(const registry::ApiResponse& response) {
    if (response.code < 400) {
        return std::nullopt;
    }
    return Error{.reason = Reason::BadRequest,
                 .message = text_of(response.body, "message"),
                 .causes = causes_of(response.body),
                 .code = response.code};
}

Error no_such_kind(const std::string& kind) {
    return {.reason = Reason::BadRequest,
            .message = "the server doesn't have a resource type \"" + kind + "\""};
}

// What a live cluster printed has a resourceVersion, which is the one field of its that a create
// refuses.
json::object without_version(const json::object& object) {
    json::object copy = object;
    if (json::value* metadata = copy.if_contains("metadata");
        metadata != nullptr && metadata->is_object()) {
        metadata->as_object().erase("resourceVersion");
    }
    return copy;
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
                                 .body = json::serialize(without_version(object))};
    registry::ApiResponse response = registry.handle(request);
    if (response.code == 409) {
        request.method = "PUT";
        request.target = path + "/" + text_of(fields, "name") + "?fieldValidation=Strict";
        response = registry.handle(request);
    }
    return error_of(response);
}

bool assume_namespace(registry::Registry& registry, const codec::ManifestObject& object) {
    const auto* info = api::find_kind(object.gvk);
    if (object.namespace_.empty() || info == nullptr || !info->namespaced) {
        return false;
    }
    const std::string path = "/api/v1/namespaces";
    if (registry.handle({.method = "GET", .target = path + "/" + object.namespace_}).code != 404) {
        return false;
    }
    const json::object made{
        {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", object.namespace_}}}};
    return registry.handle({.method = "POST", .target = path, .body = json::serialize(made)}).code <
           400;
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
