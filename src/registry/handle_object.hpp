#pragma once

/// \file
/// The verbs on one resource: what each does to objects of kind T, from JSON to JSON.

#include "registry/body.hpp"
#include "registry/json_kind.hpp"
#include "registry/route.hpp"
#include "registry/rules.hpp"
#include "registry/selection.hpp"
#include "registry/status.hpp"
#include "registry/write.hpp"

#include <wavetank/codec/json.hpp>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace wavetank::registry {

/// Answers requests about objects of kind T.
template <class T>
class ObjectHandler {
public:
    ObjectHandler(Cluster& cluster, const Route& route, const ApiRequest& request)
        : cluster_{cluster}, route_{route}, request_{request} {}

    [[nodiscard]] ApiResponse answer() {
        const auto dry_run = wants_dry_run(request_, route_);
        if (!dry_run) {
            return failure(dry_run.error());
        }
        dry_run_ = *dry_run ? DryRun::Yes : DryRun::No;
        if (facts().warns_of_age) {
            warnings_.emplace_back(age_warning(*route_.kind));
        }
        ApiResponse response = dispatch();
        for (std::string& warning : warnings_) {
            response.warnings.push_back(std::move(warning));
        }
        return response;
    }

private:
    [[nodiscard]] ApiResponse dispatch() {
        const std::string& method = request_.method;
        if (route_.name.empty()) {
            return method == "GET" ? list() : (method == "POST" ? create() : not_allowed());
        }
        const bool plain = route_.subresource.empty() || route_.subresource == "status";
        if (!plain) {
            return not_allowed();
        }
        if (!route_.subresource.empty() && !facts().has_status) {
            return failure({.reason = Reason::NotFound,
                            .message = "the server could not find the requested resource"});
        }
        if (method == "GET") {
            return get();
        }
        if (method == "PUT") {
            return replace();
        }
        if (method == "PATCH") {
            return patch();
        }
        return method == "DELETE" && route_.subresource.empty() ? remove() : not_allowed();
    }

    /// What a kind without a struct in the store is like; all others say so by their type.
    [[nodiscard]] JsonKind::Facts facts() const {
        if constexpr (std::is_same_v<T, api::Unstructured>) {
            const JsonKind* known = find_json_kind(*route_.kind);
            return known != nullptr ? known->facts() : JsonKind::Facts{.has_status = true};
        } else {
            return {.has_status = true};
        }
    }

    [[nodiscard]] ApiResponse not_allowed() const {
        return failure({.reason = Reason::MethodNotAllowed,
                        .message = "the server does not allow this method on the requested "
                                   "resource"});
    }

    [[nodiscard]] store::Key key() const {
        const store::Key plain{route_.namespace_, route_.name};
        if constexpr (std::is_same_v<T, api::Unstructured>) {
            return store::unstructured_key(route_.kind->gvk(), plain);
        } else {
            return plain;
        }
    }

    [[nodiscard]] Stored<T> find() const {
        return cluster_.store.get<T>(key());
    }

    [[nodiscard]] ApiResponse missing() const {
        return failure(not_found_error(resource_of(*route_.kind), route_.name));
    }

    [[nodiscard]] ApiResponse get() const {
        const auto found = find();
        return found == nullptr ? missing()
                                : ApiResponse{.body = codec::to_json(*found).as_object()};
    }

    /// Decodes the body and checks that it belongs where the target says.
    [[nodiscard]] Result<T> read_body() {
        const auto document = parse_body(request_, *route_.kind);
        if (!document) {
            return document.error();
        }
        boost::json::value value = codec::to_value(document->root);
        if (auto checked = check_kind(value, *route_.kind, request_.body); !checked) {
            return checked.error();
        }
        const auto mode = field_validation_of(route_);
        if (!mode) {
            return mode.error();
        }
        Result<T> object = T{};
        if (value.is_null()) {
            object = decode_object<T>(boost::json::value(boost::json::object{}), *route_.kind,
                                      *mode, warnings_);
        } else {
            object = decode_object<T>(*document, *route_.kind, *mode, warnings_);
        }
        return object ? placed(std::move(*object)) : object;
    }

    [[nodiscard]] Result<T> placed(T object) const {
        api::Text& in_namespace = object.metadata.namespace_;
        if (!route_.kind->namespaced || in_namespace.empty()) {
            in_namespace = route_.namespace_;
        }
        if (in_namespace != route_.namespace_) {
            return bad_request_error(
                "the namespace of the provided object does not match the namespace sent on the "
                "request");
        }
        api::Text& name = object.metadata.name;
        if (!route_.name.empty() && name.empty()) {
            if (request_.method == "PUT") {
                return bad_request_error("the name of the object (" + route_.name +
                                         " based on URL) was undeterminable: name must be "
                                         "provided");
            }
            name = route_.name;
        }
        if (!route_.name.empty() && name != route_.name) {
            return bad_request_error("the name of the object (" + name +
                                     ") does not match the name on the URL (" + route_.name + ")");
        }
        return object;
    }

    [[nodiscard]] ApiResponse written(const Result<Stored<T>>& result, int code) {
        if (!result) {
            return failure(result.error());
        }
        return {.code = code, .body = codec::to_json(**result).as_object()};
    }

    [[nodiscard]] ApiResponse create() {
        auto object = read_body();
        if (!object) {
            return failure(object.error());
        }
        const auto result = create_object(cluster_, std::move(*object), dry_run_);
        if (result) {
            for (std::string& warning : Rules<T>::warnings(**result)) {
                warnings_.push_back(std::move(warning));
            }
        }
        return written(result, 201);
    }

    /// What becomes of a PUT of the status of a Service that does not exist: upstream stores it as
    /// it is, without the allocation of addresses and ports, which only the Service itself has.
    [[nodiscard]] ApiResponse create_without_address(T object) {
        begin_metadata(cluster_, object.metadata);
        Rules<T>::set_defaults(cluster_, object);
        Rules<T>::prepare_create(object);
        object.metadata.resourceVersion.clear();
        return written(dry_run_ == DryRun::Yes
                           ? Result<Stored<T>>{api::make_object<const T>(std::move(object))}
                           : cluster_.store.create(std::move(object)),
                       201);
    }

    [[nodiscard]] Result<Stored<T>> update(T object) {
        if (route_.subresource == "status") {
            return update_object_status(cluster_, std::move(object), dry_run_);
        }
        const Stored<T> old = find();
        const auto result = update_object(cluster_, std::move(object), dry_run_);
        if (result && old != nullptr) {
            for (std::string& warning : Rules<T>::update_warnings(**result, *old)) {
                warnings_.push_back(std::move(warning));
            }
        }
        return result;
    }

    [[nodiscard]] ApiResponse replace() {
        auto object = read_body();
        if (!object) {
            return failure(object.error());
        }
        if (auto checked = check_version(object->metadata.resourceVersion); !checked) {
            return failure(checked.error());
        }
        constexpr bool creates = std::is_same_v<T, api::corev1::Service> ||
                                 std::is_same_v<T, api::corev1::Event> ||
                                 std::is_same_v<T, api::coordinationv1::Lease>;
        if constexpr (std::is_same_v<T, api::corev1::Service>) {
            if (route_.subresource == "status" && find() == nullptr) {
                return create_without_address(std::move(*object));
            }
        }
        if ((creates || facts().created_by_put) && find() == nullptr) {
            return written(create_object(cluster_, std::move(*object), dry_run_), 201);
        }
        return written(update(std::move(*object)), 200);
    }

    [[nodiscard]] const api::TypeInfo* patched_type() const {
        if constexpr (std::is_same_v<T, api::Unstructured>) {
            const JsonKind* known = find_json_kind(*route_.kind);
            return known != nullptr ? &known->type() : nullptr;
        } else {
            return &api::type_info<T>();
        }
    }

    [[nodiscard]] ApiResponse patch() {
        const auto found = find();
        if (found == nullptr) {
            return missing();
        }
        const auto patched = apply_patch(request_, patched_type(), codec::to_json(*found));
        if (!patched) {
            return failure(patched.error());
        }
        const auto mode = field_validation_of(route_);
        if (!mode) {
            return failure(mode.error());
        }
        auto object = decode_object<T>(*patched, *route_.kind, *mode, warnings_);
        if (object) {
            object = placed(std::move(*object));
        }
        return object ? written(update(std::move(*object)), 200) : failure(object.error());
    }

    [[nodiscard]] ApiResponse remove() {
        const auto options = delete_options_of(request_, route_);
        if (!options) {
            return failure(options.error());
        }
        const auto removal = remove_object<T>(cluster_, key(), *options, dry_run_);
        if (!removal) {
            return failure(removal.error());
        }
        const T& object = *removal->object;
        // Pods and Services come back whole, the others as a Status once they are gone.
        constexpr bool returns_object =
            std::is_same_v<T, api::corev1::Pod> || std::is_same_v<T, api::corev1::Service>;
        if (returns_object || facts().returned_whole || !removal->gone) {
            return {.body = codec::to_json(object).as_object()};
        }
        return {.body = success_status(resource_of(*route_.kind), object.metadata.name,
                                       object.metadata.uid)};
    }

    [[nodiscard]] ApiResponse list() const {
        const auto selection = Selection::from(route_);
        if (!selection) {
            return failure(selection.error());
        }
        ListPage page{*selection, cluster_.store.version()};
        for (const auto& object : cluster_.store.list<T>(route_.namespace_)) {
            if constexpr (std::is_same_v<T, api::Unstructured>) {
                if (object->gvk != route_.kind->gvk()) {
                    continue;
                }
            }
            if (!selection->matches(*object)) {
                continue;
            }
            if (!page.add(store::key_of(*object), [&] { return codec::to_json(*object); })) {
                break;
            }
        }
        return {.body = page.body(*route_.kind)};
    }

    Cluster& cluster_;
    const Route& route_;
    const ApiRequest& request_;
    DryRun dry_run_ = DryRun::No;
    std::vector<std::string> warnings_;
};

}  // namespace wavetank::registry
