#include "registry/scale.hpp"

#include "registry/body.hpp"
#include "registry/rules.hpp"
#include "registry/status.hpp"
#include "registry/write.hpp"

#include <wavetank/api/selector.hpp>

namespace wavetank::registry {
namespace {

using boost::json::value;

/// The kind of the body, for errors about it.
constexpr api::KindInfo scale_kind{.group = "autoscaling", .version = "v1", .kind = "Scale"};
constexpr api::KindInfo binding_kind{.version = "v1", .kind = "Binding"};

Error method_error() {
    return {.reason = Reason::MethodNotAllowed,
            .message = "the server does not allow this method on the requested resource"};
}

std::string selector_text(const api::Boxed<api::metav1::LabelSelector>& selector) {
    if (!selector) {
        return {};
    }
    std::vector<api::SelectorExpression> expressions;
    for (const auto& requirement : selector->matchExpressions) {
        expressions.push_back({requirement.key, requirement.operator_, requirement.values});
    }
    const auto made = api::Selector::from(selector->matchLabels, expressions);
    return made ? made->to_string() : std::string{};
}

template <class T>
boost::json::object scale_of(const T& object) {
    const auto& metadata = object.metadata;
    boost::json::object spec;
    if (object.spec.replicas.value_or(0) != 0) {
        spec["replicas"] = *object.spec.replicas;
    }
    boost::json::object status{{"replicas", object.status.replicas}};
    if (std::string text = selector_text(object.spec.selector); !text.empty()) {
        status["selector"] = text;
    }
    boost::json::object shown{{"name", metadata.name},
                              {"namespace", metadata.namespace_},
                              {"uid", metadata.uid.str()},
                              {"resourceVersion", metadata.resourceVersion}};
    if (metadata.creationTimestamp) {
        shown["creationTimestamp"] = to_rfc3339(metadata.creationTimestamp->value);
    }
    return {{"kind", "Scale"},
            {"apiVersion", "autoscaling/v1"},
            {"metadata", std::move(shown)},
            {"spec", std::move(spec)},
            {"status", std::move(status)}};
}

/// Returns the member at the end of the path; null if there is none.
const value* at(const value& root, std::initializer_list<std::string_view> path) {
    const value* current = &root;
    for (const std::string_view key : path) {
        const auto* fields = current->if_object();
        current = fields != nullptr ? fields->if_contains(key) : nullptr;
        if (current == nullptr) {
            return nullptr;
        }
    }
    return current;
}

std::string text_at(const value& root, std::initializer_list<std::string_view> path) {
    const value* found = at(root, path);
    return found != nullptr && found->is_string() ? std::string{found->get_string()}
                                                  : std::string{};
}

/// Returns the scale that a PUT gives or a PATCH makes of the present one.
Result<value> wanted_scale(const ApiRequest& request, boost::json::object present) {
    if (request.method == "PATCH") {
        return apply_patch(request, nullptr, std::move(present));
    }
    const auto document = parse_body(request, scale_kind);
    if (!document) {
        return document.error();
    }
    return codec::to_value(document->root);
}

template <class T>
ApiResponse answer_scale_of(Cluster& cluster, const Route& route, const ApiRequest& request) {
    const Resource resource = resource_of(*route.kind);
    const auto found = cluster.store.get<T>({route.namespace_, route.name});
    if (found == nullptr) {
        return failure(not_found_error(resource, route.name));
    }
    if (request.method == "GET") {
        return {.body = scale_of(*found)};
    }
    if (request.method != "PUT" && request.method != "PATCH") {
        return failure(method_error());
    }
    const auto wanted = wanted_scale(request, scale_of(*found));
    if (!wanted) {
        return failure(wanted.error());
    }
    const value* replicas = at(*wanted, {"spec", "replicas"});
    if (replicas != nullptr && !replicas->is_int64()) {
        return failure(bad_request_error("spec.replicas is no integer"));
    }
    const std::int64_t count = replicas != nullptr ? replicas->get_int64() : 0;
    if (count < 0 || count > INT32_MAX) {
        return failure(invalid_error(
            {"autoscaling", "Scale", {}}, route.name,
            {api::invalid_value("spec.replicas", count, "must be greater than or equal to 0")}));
    }
    T next = *found;
    next.spec.replicas = static_cast<std::int32_t>(count);
    next.metadata.resourceVersion = text_at(*wanted, {"metadata", "resourceVersion"});
    const auto dry_run = wants_dry_run(request, route);
    if (!dry_run) {
        return failure(dry_run.error());
    }
    const auto updated =
        update_object(cluster, std::move(next), *dry_run ? DryRun::Yes : DryRun::No);
    return updated ? ApiResponse{.body = scale_of(**updated)} : failure(updated.error());
}

}  // namespace

ApiResponse answer_scale(Cluster& cluster, const Route& route, const ApiRequest& request) {
    if (route.kind->kind == "Deployment") {
        return answer_scale_of<api::appsv1::Deployment>(cluster, route, request);
    }
    return route.kind->kind == "StatefulSet"
               ? answer_scale_of<api::appsv1::StatefulSet>(cluster, route, request)
               : answer_scale_of<api::appsv1::ReplicaSet>(cluster, route, request);
}

ApiResponse answer_binding(Cluster& cluster, const Route& route, const ApiRequest& request) {
    if (request.method != "POST") {
        return failure(method_error());
    }
    const auto document = parse_body(request, binding_kind);
    const auto dry_run = wants_dry_run(request, route);
    if (!document || !dry_run) {
        return failure(document ? dry_run.error() : document.error());
    }
    const value body = codec::to_value(document->root);
    const std::string name = text_at(body, {"metadata", "name"});
    if (!name.empty() && name != route.name) {
        return failure(bad_request_error("name in URL does not match name in Binding object"));
    }
    const auto bound =
        bind_pod(cluster, {route.namespace_, route.name}, text_at(body, {"target", "name"}),
                 *dry_run ? DryRun::Yes : DryRun::No);
    if (!bound) {
        return failure(bound.error());
    }
    return {.code = 201,
            .body = {{"kind", "Status"},
                     {"apiVersion", "v1"},
                     {"metadata", boost::json::object{}},
                     {"status", "Success"},
                     {"code", 201}}};
}

}  // namespace wavetank::registry
