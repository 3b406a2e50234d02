#include "registry/unstructured.hpp"

#include "registry/custom_resource_definition.hpp"
#include "registry/json_kind.hpp"
#include "registry/limit_range.hpp"
#include "registry/limit_ranger.hpp"
#include "registry/resource_quota.hpp"

#include <algorithm>
#include <array>

namespace wavetank::registry {
namespace {

using api::Unstructured;

/// Kinds whose generation counts changes of the spec.
bool has_generation(const Unstructured& object) {
    constexpr std::array<std::string_view, 4> groups{"networking.k8s.io", "apiextensions.k8s.io",
                                                     "gateway.networking.k8s.io",
                                                     "networking.istio.io"};
    return std::ranges::find(groups, object.gvk.group) != groups.end();
}

const boost::json::value* member(const Unstructured& object, std::string_view name) {
    return object.content.if_contains(name);
}

void copy_member(Unstructured& next, const Unstructured& old, std::string_view name) {
    if (const auto* value = member(old, name)) {
        next.content[name] = *value;
    } else {
        next.content.erase(name);
    }
}

}  // namespace

Scope Rules<Unstructured>::scope_of(const Unstructured& object) {
    const api::KindInfo* info = api::find_kind(object.gvk);
    const bool namespaced =
        info != nullptr ? info->namespaced : !object.metadata.namespace_.empty();
    return namespaced ? Scope::Namespaced : Scope::Cluster;
}

api::GroupVersionKind gvk_of_key(const store::Key& key) {
    // "group/version/Kind/name", and a name may not have a slash.
    const std::size_t third = key.name.rfind('/');
    const std::size_t second = key.name.rfind('/', third - 1);
    const std::size_t first = key.name.rfind('/', second - 1);
    return {key.name.substr(0, first), key.name.substr(first + 1, second - first - 1),
            key.name.substr(second + 1, third - second - 1)};
}

Resource Rules<Unstructured>::resource_of_key(const store::Key& key) {
    return resource_of(gvk_of_key(key));
}

std::string Rules<Unstructured>::name_of_key(const store::Key& key) {
    return key.name.substr(key.name.rfind('/') + 1);
}

void Rules<Unstructured>::set_defaults(Cluster& cluster, Unstructured& object) {
    if (const JsonKind* kind = find_json_kind(object.gvk)) {
        kind->set_defaults(cluster, object);
    }
}

Result<> Rules<Unstructured>::admit(Cluster& cluster, Unstructured& object, DryRun dry_run) {
    const JsonKind* kind = find_json_kind(object.gvk);
    return kind != nullptr ? kind->admit(cluster, object, dry_run) : Result<>{};
}

Result<> Rules<Unstructured>::review(Cluster& cluster, const Unstructured& object) {
    const JsonKind* kind = find_json_kind(object.gvk);
    return kind != nullptr ? kind->review(cluster, object) : check_limit_ranges(cluster, object);
}

Result<> Rules<Unstructured>::admit_update(Cluster& cluster, Unstructured& next,
                                           const Unstructured& old, DryRun dry_run) {
    const JsonKind* kind = find_json_kind(next.gvk);
    if (kind != nullptr) {
        return kind->admit_update(cluster, next, old, dry_run);
    }
    return next.metadata.deletionTimestamp ? Result<>{} : check_limit_ranges(cluster, next);
}

void Rules<Unstructured>::release(Cluster& cluster, const Unstructured& object) {
    if (const JsonKind* kind = find_json_kind(object.gvk)) {
        kind->release(cluster, object);
    }
}

void Rules<Unstructured>::prepare_create(Unstructured& object) {
    if (const JsonKind* kind = find_json_kind(object.gvk)) {
        return kind->prepare_create(object);
    }
    if (has_generation(object)) {
        object.metadata.generation = 1;
    }
    if (member(object, "spec") != nullptr) {
        object.content.erase("status");
    }
}

void Rules<Unstructured>::prepare_update(Unstructured& next, const Unstructured& old) {
    if (const JsonKind* kind = find_json_kind(next.gvk)) {
        return kind->prepare_update(next, old);
    }
    if (member(next, "spec") != nullptr || member(old, "status") != nullptr) {
        copy_member(next, old, "status");
    }
    const auto* before = member(old, "spec");
    const auto* after = member(next, "spec");
    const bool same = (before == nullptr && after == nullptr) ||
                      (before != nullptr && after != nullptr && *before == *after);
    if (has_generation(next) && !same) {
        next.metadata.generation = old.metadata.generation + 1;
    }
}

void Rules<Unstructured>::prepare_status(Unstructured& next, const Unstructured& old) {
    if (const JsonKind* kind = find_json_kind(next.gvk)) {
        return kind->prepare_status(next, old);
    }
    boost::json::object content = old.content;
    if (const auto* status = member(next, "status")) {
        content["status"] = *status;
    } else {
        content.erase("status");
    }
    next.content = std::move(content);
}

FieldErrors Rules<Unstructured>::validate(Cluster& cluster, const Unstructured& object,
                                          const Unstructured* old) {
    const JsonKind* kind = find_json_kind(object.gvk);
    if (kind == nullptr) {
        return {};
    }
    FieldErrors errors;
    if (old != nullptr && kind->facts().checks_whole_update) {
        errors = validate_metadata(cluster, object.metadata, name_rule, scope_of(object));
    }
    append(errors, kind->validate(cluster, object, old));
    return errors;
}

FieldErrors Rules<Unstructured>::validate_status(const Unstructured& next,
                                                 const Unstructured& old) {
    const JsonKind* kind = find_json_kind(next.gvk);
    return kind != nullptr ? kind->validate_status(next, old) : FieldErrors{};
}

std::vector<std::string> Rules<Unstructured>::warnings(const Unstructured& object) {
    const JsonKind* kind = find_json_kind(object.gvk);
    return kind != nullptr ? kind->warnings(object) : std::vector<std::string>{};
}

std::vector<std::string> Rules<Unstructured>::update_warnings(const Unstructured& next,
                                                              const Unstructured& old) {
    const JsonKind* kind = find_json_kind(next.gvk);
    return kind != nullptr ? kind->update_warnings(next, old) : std::vector<std::string>{};
}

bool update_needs_version(const Unstructured& object) {
    const JsonKind* kind = find_json_kind(object.gvk);
    return kind != nullptr && kind->facts().updates_need_version;
}

void note_limits(Cluster& cluster, const Unstructured& object) {
    const std::string& in_namespace = object.metadata.namespace_;
    if (object.gvk == api::kind_info<api::corev1::ResourceQuota>.gvk()) {
        cluster.limits.quotas[in_namespace].insert(object.metadata.name);
    } else if (object.gvk == api::kind_info<api::corev1::LimitRange>.gvk()) {
        cluster.limits.ranges[in_namespace].reset();
    }
}

void follow_creation(Cluster& cluster, const Unstructured& object) {
    note_limits(cluster, object);
    using api::apiextensionsv1::CustomResourceDefinition;
    if (object.gvk != api::kind_info<CustomResourceDefinition>.gvk()) {
        return;
    }
    auto definition = typed_from<CustomResourceDefinition>(object);
    establish(definition, cluster.now());
    Unstructured next = object;
    store_typed(std::move(definition), next);
    const auto updated = cluster.store.update(std::move(next));
    WAVETANK_ASSERT(updated.has_value());
}

}  // namespace wavetank::registry
