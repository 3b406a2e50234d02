#pragma once

/// \file
/// The definitions of write.hpp, for the units that instantiate them.

#include "registry/metadata.hpp"
#include "registry/pod.hpp"
#include "registry/quota_usage.hpp"
#include "registry/write.hpp"

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

namespace wavetank::registry {

/// Returns the key under which the store has an object.
template <class T>
[[nodiscard]] store::Key stored_key(const T& object) {
    return store::key_of(object);
}
[[nodiscard]] inline store::Key stored_key(const api::Unstructured& object) {
    return store::unstructured_key(object.gvk, store::key_of(object));
}

/// Tells whether this object's kind wants the version in updates, beyond what `Rules<T>` says.
template <class T>
[[nodiscard]] bool update_needs_version(const T& /*object*/) {
    return false;
}
[[nodiscard]] bool update_needs_version(const api::Unstructured& object);

/// Does what follows the creation of an object at once.
template <class T>
void follow_creation(Cluster& /*cluster*/, const T& /*object*/) {}
void follow_creation(Cluster& cluster, const api::Unstructured& object);

/// Lets the objects of some kinds draw from a stream of their own.
template <class T>
class OwnRandom {
public:
    OwnRandom(Cluster& /*cluster*/, const T& /*object*/) {}
};

template <>
class OwnRandom<api::Unstructured> {
public:
    OwnRandom(Cluster& cluster, const api::Unstructured& object);
    OwnRandom(const OwnRandom&) = delete;
    OwnRandom& operator=(const OwnRandom&) = delete;
    ~OwnRandom();

private:
    Cluster* cluster_;  ///< null: the common stream
};

/// Returns what quotas count of an object.
template <class T>
[[nodiscard]] QuotaSubject quota_subject_of([[maybe_unused]] const Cluster& cluster,
                                            const T& object) {
    if constexpr (std::is_same_v<T, api::corev1::Pod>) {
        return quota_subject(object, cluster.now());
    } else if constexpr (std::is_same_v<T, api::corev1::Service> ||
                         std::is_same_v<T, api::Unstructured>) {
        return quota_subject(object);
    } else {
        return quota_subject(resource_of(object), object.metadata);
    }
}

/// Charges ResourceQuotas for an object that is new, or for what an update adds to `old`.
/// Errors: `Forbidden`.
template <class T>
[[nodiscard]] Result<> charge_object(Cluster& cluster, const T& object, const T* old,
                                     DryRun dry_run) {
    if (cluster.limits.quotas.empty() || std::is_same_v<T, api::corev1::Event>) {
        return {};
    }
    return charge_quotas(
        cluster, quota_subject_of(cluster, object),
        old != nullptr ? quota_subject_of(cluster, *old).usage : api::ResourceList{},
        dry_run == DryRun::Yes);
}

/// Refuses the deletion of the namespaces that every cluster needs.
template <class T>
[[nodiscard]] Result<> check_mortal(const store::Key& /*key*/) {
    return {};
}
template <>
[[nodiscard]] Result<> check_mortal<api::corev1::Namespace>(const store::Key& key);

/// Puts Service addresses back that a failed or dry run took.
template <class T>
class Reservation {
public:
    explicit Reservation(Cluster& /*cluster*/) {}
    void keep() {}
};

template <>
class Reservation<api::corev1::Service> {
public:
    explicit Reservation(Cluster& cluster) : cluster_{&cluster}, before_{cluster.network} {}
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;
    ~Reservation() {
        if (!kept_) {
            cluster_->network = std::move(before_);
        }
    }
    void keep() {
        kept_ = true;
    }

private:
    Cluster* cluster_;
    ServiceNetwork before_;
    bool kept_ = false;
};

/// Refuses objects in a namespace that does not exist or is going away.
template <class T>
[[nodiscard]] Result<> check_namespace(const Cluster& cluster, const T& object) {
    const std::string& name = object.metadata.namespace_;
    if (name.empty()) {
        return {};
    }
    const auto found = cluster.store.get<api::corev1::Namespace>({"", name});
    if (found == nullptr) {
        return not_found_error(resource_of(api::kind_info<api::corev1::Namespace>), name);
    }
    if (found->metadata.deletionTimestamp) {
        Error error = forbidden_error(resource_of(object), object.metadata.name,
                                      "unable to create new content in namespace " + name +
                                          " because it is being terminated");
        error.causes.push_back({.reason = "NamespaceTerminating",
                                .message = "namespace " + name + " is being terminated",
                                .field = "metadata.namespace"});
        return error;
    }
    return {};
}

template <class T>
[[nodiscard]] Result<> validate_new(Cluster& cluster, const T& object) {
    FieldErrors errors = validate_metadata(cluster, object.metadata, Rules<T>::name_rule,
                                           Rules<T>::scope_of(object));
    append(errors, Rules<T>::validate(cluster, object, nullptr));
    if (!errors.empty()) {
        return invalid_error(resource_of(object), object.metadata.name, std::move(errors));
    }
    return Rules<T>::review(cluster, object);
}

/// Draws the generated name anew while another object has it, as often as kube-apiserver does. Of
/// 50,000 pods of one owner about 90 need it.
template <class T>
void settle_generated_name(Cluster& cluster, T& object) {
    constexpr int attempts_max = 8;
    for (int attempt = 1; attempt < attempts_max; ++attempt) {
        if (cluster.store.get<T>(stored_key(object)) == nullptr) {
            return;
        }
        object.metadata.name = generate_name(cluster.random, *object.metadata.generateName);
    }
}

template <class T>
Result<Stored<T>> create_object(Cluster& cluster, T object, DryRun dry_run) {
    if (const std::string& version = object.metadata.resourceVersion;
        dry_run == DryRun::No && !version.empty() && version != "0") {
        return Error{.message = "resourceVersion should not be set on objects to be created",
                     .code = 500};
    }
    Reservation<T> reservation{cluster};
    const OwnRandom<T> own_random{cluster, object};
    const bool generated = object.metadata.name.empty() && !object.metadata.generateName->empty();
    begin_metadata(cluster, object.metadata);
    if (generated) {
        settle_generated_name(cluster, object);
    }
    if (auto checked = check_namespace(cluster, object); !checked) {
        return checked.error();
    }
    Rules<T>::set_defaults(cluster, object);
    if (auto admitted = Rules<T>::admit(cluster, object, dry_run); !admitted) {
        return admitted.error();
    }
    Rules<T>::prepare_create(object);
    if (auto validated = validate_new(cluster, object); !validated) {
        return validated.error();
    }
    if (cluster.store.get<T>(stored_key(object)) != nullptr) {
        return already_exists_error(resource_of(object), object.metadata.name);
    }
    if (auto charged = charge_object<T>(cluster, object, nullptr, dry_run); !charged) {
        return charged.error();
    }
    if (dry_run == DryRun::Yes) {
        return api::make_object<const T>(std::move(object));
    }
    object.metadata.resourceVersion.clear();
    reservation.keep();
    auto created = cluster.store.create(std::move(object));
    if (created) {
        follow_creation(cluster, **created);
    }
    return created;
}

/// Finds the stored object that an update means, and checks that it is that one and that version.
template <class T>
[[nodiscard]] Result<Stored<T>> find_for_update(const Cluster& cluster, T& next) {
    auto old = cluster.store.get<T>(stored_key(next));
    if (old == nullptr) {
        return not_found_error(resource_of(next), next.metadata.name);
    }
    auto& version = next.metadata.resourceVersion;
    if (!next.metadata.uid.empty() && next.metadata.uid != old->metadata.uid) {
        return wrong_uid_error(resource_of(next), next.metadata.name, next.metadata.uid.str(),
                               old->metadata.uid.str());
    }
    if (version.empty() || version == "0") {
        if (Rules<T>::updates_need_version || update_needs_version(next)) {
            return versionless_error(resource_of(next), next.metadata.name);
        }
        version = old->metadata.resourceVersion;
    } else if (version != old->metadata.resourceVersion) {
        return stale_error(resource_of(next), next.metadata.name);
    }
    return old;
}

/// Stores what an update made; with the last finalizer of a deleted object, the object goes.
template <class T>
[[nodiscard]] Result<Stored<T>> store_update(Cluster& cluster, T next, const T& old,
                                             DryRun dry_run) {
    const auto& grace = old.metadata.rare->deletionGracePeriodSeconds;
    const bool finished = next.metadata.rare->finalizers.empty() &&
                          old.metadata.deletionTimestamp && grace.value_or(0) == 0 &&
                          Rules<T>::may_go(next);
    if (dry_run == DryRun::Yes) {
        return api::make_object<const T>(std::move(next));
    }
    if (!finished) {
        return cluster.store.update(std::move(next));
    }
    Rules<T>::release(cluster, old);
    return cluster.store.remove<T>(stored_key(next));
}

template <class T>
Result<Stored<T>> update_object(Cluster& cluster, T object, DryRun dry_run) {
    const auto found = find_for_update(cluster, object);
    if (!found) {
        return found;
    }
    const T& old = **found;
    Reservation<T> reservation{cluster};
    begin_update(object.metadata, old.metadata);
    Rules<T>::set_defaults(cluster, object);
    if (auto admitted = Rules<T>::admit_update(cluster, object, old, dry_run); !admitted) {
        return admitted.error();
    }
    Rules<T>::prepare_update(object, old);
    FieldErrors errors = validate_metadata_update(cluster, object.metadata, old.metadata);
    if (Rules<T>::checks_whole_update) {
        append(errors, validate_metadata(cluster, object.metadata, Rules<T>::name_rule,
                                         Rules<T>::scope_of(object)));
    }
    append(errors, Rules<T>::validate(cluster, object, &old));
    if (!errors.empty()) {
        return invalid_error(resource_of(object), object.metadata.name, std::move(errors));
    }
    if constexpr (std::is_same_v<T, api::corev1::Service>) {
        if (auto charged = charge_object(cluster, object, &old, dry_run); !charged) {
            return charged.error();
        }
    }
    if (dry_run == DryRun::No) {
        reservation.keep();
    }
    return store_update(cluster, std::move(object), old, dry_run);
}

template <class T>
Result<Stored<T>> update_object_status(Cluster& cluster, T object, DryRun dry_run) {
    const auto found = find_for_update(cluster, object);
    if (!found) {
        return found;
    }
    const T& old = **found;
    Rules<T>::prepare_status(object, old);
    begin_update(object.metadata, old.metadata);
    FieldErrors errors = validate_metadata_update(cluster, object.metadata, old.metadata);
    append(errors, Rules<T>::validate_status(object, old));
    if (!errors.empty()) {
        return invalid_error(resource_of(object), object.metadata.name, std::move(errors));
    }
    return store_update(cluster, std::move(object), old, dry_run);
}

/// Returns the finalizers with which the object waits for its dependents, as `options` wish.
[[nodiscard]] std::vector<std::string> finalizers_on_delete(
    const std::vector<std::string>& finalizers, const DeleteOptions& options,
    Propagation default_propagation);

/// Begins the deletion of what has no grace period, or of what has used it up.
void mark_deleted(api::metav1::ObjectMeta& metadata, api::Time now);

/// What a pod's grace period makes of a deletion.
enum class Grace : std::uint8_t { None, Pending, Begun };

/// Sets the time by which a pod must be gone, or brings it forward.
[[nodiscard]] Grace begin_grace(api::corev1::Pod& pod, const DeleteOptions& options, api::Time now);

// Upstream puts the kind where other such errors have the name of the resource.
template <class T>
[[nodiscard]] Result<> check_delete_preconditions(const T& object, const DeleteOptions& options) {
    const auto named_by_kind = [&] {
        Resource resource = resource_of(object);
        resource.plural = resource.kind;
        return resource;
    };
    if (!options.uid.empty() && options.uid != object.metadata.uid) {
        return conflict_error(named_by_kind(), object.metadata.name,
                              "the UID in the precondition (" + options.uid +
                                  ") does not match the UID in record (" +
                                  object.metadata.uid.str() +
                                  "). The object might have been deleted and then recreated");
    }
    if (!options.resource_version.empty() &&
        options.resource_version != object.metadata.resourceVersion) {
        return conflict_error(
            named_by_kind(), object.metadata.name,
            "the ResourceVersion in the precondition (" + options.resource_version +
                ") does not match the ResourceVersion in record (" +
                object.metadata.resourceVersion + "). The object might have been modified");
    }
    return {};
}

template <class T>
Result<Removal<T>> remove_object(Cluster& cluster, const store::Key& key,
                                 const DeleteOptions& options, DryRun dry_run) {
    const auto found = cluster.store.get<T>(key);
    if (found == nullptr) {
        return not_found_error(Rules<T>::resource_of_key(key), Rules<T>::name_of_key(key));
    }
    if (auto checked = check_delete_preconditions(*found, options); !checked) {
        return checked.error();
    }
    if (auto mortal = check_mortal<T>(key); !mortal) {
        return mortal.error();
    }
    T next = *found;
    Grace grace = Grace::None;
    if constexpr (std::is_same_v<T, api::corev1::Pod>) {
        grace = begin_grace(next, options, cluster.now());
        if (grace == Grace::Pending) {
            return Removal<T>{found};
        }
    }
    auto finalizers = finalizers_on_delete(next.metadata.rare->finalizers, options,
                                           Rules<T>::default_propagation(next));
    if (finalizers != next.metadata.rare->finalizers) {
        next.metadata.rare.edit().finalizers = std::move(finalizers);
    }
    const bool held = !next.metadata.rare->finalizers.empty() || !Rules<T>::may_go(next);
    if (grace == Grace::None && held) {
        mark_deleted(next.metadata, cluster.now());
        Rules<T>::prepare_delete(next);
    }
    const bool wait =
        held || (grace == Grace::Begun && next.metadata.rare->deletionGracePeriodSeconds != 0);
    if (dry_run == DryRun::Yes) {
        return Removal<T>{api::make_object<const T>(std::move(next)), !wait};
    }
    if (wait || grace == Grace::Begun) {
        auto updated = cluster.store.update(std::move(next));
        if (!updated || wait) {
            return updated ? Result<Removal<T>>{Removal<T>{*updated}} : updated.error();
        }
    }
    Rules<T>::release(cluster, *found);
    auto removed = cluster.store.remove<T>(key);
    return removed ? Result<Removal<T>>{Removal<T>{*removed, true}} : removed.error();
}

// T is a type: there is nothing to put in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define WAVETANK_REGISTRY_INSTANTIATE(T)                                      \
    template Result<Stored<T>> create_object<T>(Cluster&, T, DryRun);         \
    template Result<Stored<T>> update_object<T>(Cluster&, T, DryRun);         \
    template Result<Stored<T>> update_object_status<T>(Cluster&, T, DryRun);  \
    template Result<Removal<T>> remove_object<T>(Cluster&, const store::Key&, \
                                                 const DeleteOptions&, DryRun)
// NOLINTEND(bugprone-macro-parentheses)

}  // namespace wavetank::registry
