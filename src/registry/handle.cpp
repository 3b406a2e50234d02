#include "registry/handle.hpp"

#include "registry/controller_revision.hpp"
#include "registry/cron_job.hpp"
#include "registry/daemon_set.hpp"
#include "registry/deployment.hpp"
#include "registry/endpoint_slice.hpp"
#include "registry/event.hpp"
#include "registry/eviction.hpp"
#include "registry/handle_object.hpp"
#include "registry/horizontal_pod_autoscaler.hpp"
#include "registry/hpa_v1.hpp"
#include "registry/job.hpp"
#include "registry/lease.hpp"
#include "registry/namespace.hpp"
#include "registry/node.hpp"
#include "registry/pod.hpp"
#include "registry/pod_disruption_budget.hpp"
#include "registry/priority_class.hpp"
#include "registry/replica_set.hpp"
#include "registry/scale.hpp"
#include "registry/service.hpp"
#include "registry/stateful_set.hpp"
#include "registry/unstructured.hpp"

#include <exception>

namespace wavetank::registry {
namespace {

/// Calls `visit` with an empty object of the modelled kind that `info` names, else with an
/// unstructured one.
template <class Visit>
auto with_kind(const api::KindInfo* info, Visit visit) {
    using Answer = decltype(visit(api::Unstructured{}));
    std::optional<Answer> answer;
    boost::mp11::mp_for_each<boost::mp11::mp_transform<std::type_identity, api::ModelledKinds>>(
        [&](auto identity) {
            using T = typename decltype(identity)::type;
            if (info == &api::kind_info<T>) {
                answer = visit(T{});
            }
        });
    return answer ? std::move(*answer) : visit(api::Unstructured{});
}

ApiResponse answer(Cluster& cluster, const ApiRequest& request) {
    if (is_hpa_v1_target(request.target)) {
        return answer_hpa_v1(request,
                             [&](const ApiRequest& inner) { return answer(cluster, inner); });
    }
    const auto route = parse_route(request.target);
    if (!route) {
        return failure(route.error());
    }
    const std::string& subresource = route->subresource;
    const std::string_view kind = route->kind->kind;
    const bool scales = kind == "Deployment" || kind == "ReplicaSet" || kind == "StatefulSet";
    if (subresource == "scale" && scales) {
        return answer_scale(cluster, *route, request);
    }
    if (subresource == "binding" && kind == "Pod") {
        return answer_binding(cluster, *route, request);
    }
    if (subresource == "eviction" && kind == "Pod") {
        return answer_eviction(cluster, *route, request);
    }
    return with_kind(route->kind, [&](auto object) {
        return ObjectHandler<decltype(object)>{cluster, *route, request}.answer();
    });
}

/// An object of a manifest and the namespaces that come with it.
struct Application {
    Cluster& cluster;
    const api::KindInfo& kind;
    DryRun dry_run;
};

template <class T>
Result<> apply_decoded(const Application& application, T object) {
    if (application.kind.namespaced && object.metadata.namespace_.empty()) {
        object.metadata.namespace_ = "default";
    }
    // What a server said about an earlier life of the object does not bind this one.
    object.metadata.resourceVersion.clear();
    object.metadata.uid.clear();
    auto created = create_object(application.cluster, object, application.dry_run);
    if (created) {
        return {};
    }
    if (created.error().reason != Reason::AlreadyExists) {
        return created.error();
    }
    if constexpr (Rules<T>::updates_need_version) {
        const auto stored = application.cluster.store.template get<T>(store::key_of(object));
        object.metadata.resourceVersion = stored->metadata.resourceVersion;
    } else if constexpr (std::is_same_v<T, api::Unstructured>) {
        if (update_needs_version(object)) {
            const auto stored = application.cluster.store.template get<T>(
                store::unstructured_key(object.gvk, store::key_of(object)));
            object.metadata.resourceVersion = stored->metadata.resourceVersion;
        }
    }
    auto updated = update_object(application.cluster, std::move(object), application.dry_run);
    if (!updated) {
        return updated.error();
    }
    return {};
}

Result<> apply_object(Cluster& cluster, const boost::json::object& object, DryRun dry_run) {
    if (is_hpa_v1(object)) {
        return apply_object(cluster, hpa_v2_from_v1(object), dry_run);
    }
    const auto text = [&](std::string_view key) {
        const auto* member = object.if_contains(key);
        return member != nullptr && member->is_string() ? std::string{member->get_string()}
                                                        : std::string{};
    };
    const auto gvk = api::GroupVersionKind::from(text("apiVersion"), text("kind"));
    if (gvk.kind.empty() || gvk.version.empty()) {
        return bad_request_error("the object has no apiVersion or no kind");
    }
    const api::KindInfo* known = api::find_kind(gvk);
    // A kind that nobody declared is taken to live in a namespace.
    const api::KindInfo info =
        known != nullptr
            ? *known
            : api::KindInfo{.group = gvk.group, .version = gvk.version, .kind = gvk.kind};
    return with_kind(known, [&](auto empty) -> Result<> {
        using T = decltype(empty);
        std::vector<std::string> warnings;
        auto decoded =
            decode_object<T>(boost::json::value(object), info, codec::Mode::Strict, warnings);
        if (!decoded) {
            return decoded.error();
        }
        return apply_decoded(Application{cluster, info, dry_run}, std::move(*decoded));
    });
}

/// Takes lists apart.
void flatten(const boost::json::object& object, std::vector<boost::json::object>& into) {
    const auto* kind = object.if_contains("kind");
    const auto* items = object.if_contains("items");
    const bool list = kind != nullptr && kind->is_string() && kind->get_string() == "List";
    if (!list || items == nullptr || !items->is_array()) {
        into.push_back(object);
        return;
    }
    for (const auto& item : items->get_array()) {
        if (item.is_object()) {
            flatten(item.get_object(), into);
        }
    }
}

std::string name_of(const boost::json::object& object) {
    const auto* metadata = object.if_contains("metadata");
    const auto* fields = metadata != nullptr ? metadata->if_object() : nullptr;
    const auto* name = fields != nullptr ? fields->if_contains("name") : nullptr;
    return name != nullptr && name->is_string() ? std::string{name->get_string()} : std::string{};
}

bool is_namespace(const boost::json::object& object) {
    const auto* kind = object.if_contains("kind");
    return kind != nullptr && kind->is_string() && kind->get_string() == "Namespace";
}

}  // namespace

ApiResponse handle_request(Cluster& cluster, const ApiRequest& request) {
    try {
        return answer(cluster, request);
    } catch (const std::exception& exception) {
        return failure(internal_error(exception.what()));
    }
}

std::vector<Error> apply_objects(Cluster& cluster, std::span<const boost::json::object> objects) {
    std::vector<boost::json::object> all;
    std::vector<Error> errors;
    for (const auto& object : objects) {
        flatten(object, all);
    }
    // Namespaces that come along count as existing in the trial.
    const auto comes_along = [&](const Error& error) {
        return error.reason == Reason::NotFound && error.subject.kind == "namespaces" &&
               std::any_of(all.begin(), all.end(), [&](const boost::json::object& each) {
                   return is_namespace(each) && name_of(each) == error.subject.name;
               });
    };
    for (const DryRun dry_run : {DryRun::Yes, DryRun::No}) {
        for (const auto& object : all) {
            auto applied = apply_object(cluster, object, dry_run);
            if (applied || (dry_run == DryRun::Yes && comes_along(applied.error()))) {
                continue;
            }
            Error error = applied.error();
            if (error.subject.name.empty()) {
                error.subject.name = name_of(object);
            }
            errors.push_back(std::move(error));
        }
        if (!errors.empty()) {
            break;
        }
    }
    return errors;
}

}  // namespace wavetank::registry
