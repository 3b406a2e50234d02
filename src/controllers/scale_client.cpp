#include "controllers/scale_client.hpp"

#include <wavetank/api/field_error.hpp>
#include <wavetank/api/kinds.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::controllers {
namespace {

namespace json = boost::json;
using api::autoscalingv2::CrossVersionObjectReference;

// Upstream's `retry.DefaultRetry`.
constexpr int scale_attempts_max = 5;

const json::value* scale_member(const json::object& body, std::string_view part,
                                std::string_view member) {
    const json::value* found = body.if_contains(part);
    return found != nullptr && found->is_object() ? found->get_object().if_contains(member)
                                                  : nullptr;
}

std::int32_t scale_count(const json::object& body, std::string_view part) {
    const json::value* count = scale_member(body, part, "replicas");
    return count != nullptr && count->is_int64() ? static_cast<std::int32_t>(count->get_int64())
                                                 : 0;
}

Scale scale_from(json::object body, std::string target) {
    const json::value* selector = scale_member(body, "status", "selector");
    Scale scale{.spec_replicas = scale_count(body, "spec"),
                .status_replicas = scale_count(body, "status"),
                .target = std::move(target)};
    if (selector != nullptr && selector->is_string()) {
        scale.selector = std::string{selector->get_string()};
    }
    scale.body = std::move(body);
    return scale;
}

Error scale_error(const registry::ApiResponse& response) {
    const json::value* message = response.body.if_contains("message");
    const json::value* reason = response.body.if_contains("reason");
    Error error{.message = "the server could not find the requested resource",
                .code = response.code};
    if (message != nullptr && message->is_string()) {
        error.message = std::string{message->get_string()};
    }
    error.reason = response.code == 404 ? Reason::NotFound : Reason::Unknown;
    if (reason != nullptr && reason->is_string() && reason->get_string() == "Conflict") {
        error.reason = Reason::Conflict;
    }
    return error;
}

Result<Scale> scale_at(registry::Registry& registry, std::string target) {
    registry::ApiResponse response = registry.handle({.method = "GET", .target = target});
    const json::value* kind = response.body.if_contains("kind");
    if (response.code != 200 || kind == nullptr || *kind != "Scale") {
        return scale_error(response.code == 200 ? registry::ApiResponse{.code = 404} : response);
    }
    return scale_from(std::move(response.body), std::move(target));
}

/// Finds a kind by its group and name; each is served in one version here.
const api::KindInfo* scalable_kind(const CrossVersionObjectReference& reference) {
    api::GroupVersionKind gvk = api::GroupVersionKind::from(reference.apiVersion, reference.kind);
    if (const api::KindInfo* info = api::find_kind(gvk)) {
        return info;
    }
    gvk.version = "v1";
    return api::find_kind(gvk);
}

}  // namespace

Result<Scale> get_scale(registry::Registry& registry, const std::string& in_namespace,
                        const CrossVersionObjectReference& reference) {
    if (std::ranges::count(reference.apiVersion, '/') > 1) {
        return Error{.reason = Reason::BadRequest,
                     .message = "unexpected GroupVersion string: " + reference.apiVersion};
    }
    const auto gvk = api::GroupVersionKind::from(reference.apiVersion, reference.kind);
    const api::KindInfo* info = scalable_kind(reference);
    if (info == nullptr) {
        return Error{.reason = Reason::NotFound,
                     .message = "no matches for kind " + api::quoted(gvk.kind) + " in group " +
                                api::quoted(gvk.group)};
    }
    std::string target = info->group.empty() ? "/api/" : "/apis/" + std::string{info->group} + "/";
    target += std::string{info->version} + "/namespaces/" + in_namespace + "/" +
              std::string{info->plural} + "/" + reference.name + "/scale";
    return scale_at(registry, std::move(target));
}

Result<> set_scale(registry::Registry& registry, Scale scale, std::int32_t replicas) {
    Result<> result;
    for (int attempt = 0; attempt < scale_attempts_max; ++attempt) {
        scale.body["spec"] = json::object{{"replicas", replicas}};
        const registry::ApiResponse response = registry.handle(
            {.method = "PUT", .target = scale.target, .body = json::serialize(scale.body)});
        if (response.code == 200) {
            return {};
        }
        result = scale_error(response);
        if (result.error().reason != Reason::Conflict) {
            return result;
        }
        if (auto latest = scale_at(registry, scale.target)) {
            scale = std::move(*latest);
        }
    }
    return result;
}

}  // namespace wavetank::controllers
