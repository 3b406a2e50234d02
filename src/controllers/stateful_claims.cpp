#include "controllers/stateful_claims.hpp"

#include "controllers/owners.hpp"
#include "controllers/stateful_pods.hpp"

#include <wavetank/api/kinds.hpp>
#include <wavetank/codec/json.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::controllers {
namespace {

using api::Unstructured;
using api::appsv1::StatefulSet;
using api::corev1::PersistentVolumeClaim;
using api::corev1::Pod;
using api::metav1::OwnerReference;
using References = std::vector<OwnerReference>;

const api::GroupVersionKind claim_kind{"", "v1", "PersistentVolumeClaim"};

/// Which owners a claim should have.
struct WantedOwners {
    bool set = false;
    bool pod = false;

    bool operator==(const WantedOwners&) const = default;
};

bool deletes(const std::string& policy) {
    return policy == "Delete";
}

bool keeps_all(const StatefulSet& set) {
    const auto& policy = set.spec.persistentVolumeClaimRetentionPolicy;
    return !policy || (!deletes(policy->whenDeleted) && !deletes(policy->whenScaled));
}

// With both policies a pod that is scaled away takes its claim along, the others leave it to the
// StatefulSet.
WantedOwners wanted_owners(const StatefulSet& set, const Pod& pod) {
    if (keeps_all(set)) {
        return {};
    }
    const auto& policy = *set.spec.persistentVolumeClaimRetentionPolicy;
    const bool goes_with_pod = deletes(policy.whenScaled) && !is_in_range(set, pod);
    return {.set = deletes(policy.whenDeleted) && !goes_with_pod, .pod = goes_with_pod};
}

template <class Owner>
bool names(const OwnerReference& reference, const Owner& owner) {
    return reference.kind == api::kind_info<Owner>.kind &&
           reference.apiVersion == api::kind_info<Owner>.gvk().api_version() &&
           reference.name == owner.metadata.name;
}

template <class Owner>
bool has_stale_owner(const References& references, const Owner& owner) {
    const auto found = std::ranges::find_if(
        references, [&](const OwnerReference& each) { return names(each, owner); });
    return found != references.end() && found->uid != owner.metadata.uid;
}

bool has_owner(const References& references, const std::string& uid) {
    return std::ranges::count(references, uid, &OwnerReference::uid) > 0;
}

bool has_unexpected_controller(const References& references, const StatefulSet& set,
                               const Pod& pod) {
    if (keeps_all(set)) {
        return false;
    }
    for (const OwnerReference& each : references) {
        if (names(each, set) || names(each, pod)) {
            if (each.uid != (names(each, set) ? set.metadata.uid : pod.metadata.uid)) {
                return true;
            }
        } else if (each.controller.value_or(false)) {
            return true;
        }
    }
    return false;
}

bool has_mere_owner(const References& references, const StatefulSet& set, const Pod& pod) {
    return std::ranges::any_of(references, [&](const OwnerReference& each) {
        const bool ours = each.uid == set.metadata.uid || each.uid == pod.metadata.uid;
        return ours && !each.controller.value_or(false);
    });
}

bool is_up_to_date(const References& references, const StatefulSet& set, const Pod& pod) {
    // What an earlier set or pod of the name left is for the garbage collector.
    if (has_stale_owner(references, set) || has_stale_owner(references, pod)) {
        return true;
    }
    const WantedOwners present{.set = has_owner(references, set.metadata.uid),
                               .pod = has_owner(references, pod.metadata.uid)};
    if (has_unexpected_controller(references, set, pod)) {
        return present == WantedOwners{};
    }
    return !has_mere_owner(references, set, pod) && present == wanted_owners(set, pod);
}

References updated_owners(const References& references, const StatefulSet& set, const Pod& pod) {
    References owners = references;
    std::erase_if(owners,
                  [&](const OwnerReference& each) { return names(each, set) || names(each, pod); });
    if (has_unexpected_controller(references, set, pod)) {
        return owners;
    }
    const WantedOwners wanted = wanted_owners(set, pod);
    if (wanted.set) {
        owners.push_back(controller_reference(set));
    }
    if (wanted.pod) {
        owners.push_back(controller_reference(pod));
    }
    return owners;
}

Unstructured make_claim(const StatefulSet& set, const PersistentVolumeClaim& from, const Pod& pod) {
    Unstructured claim{.gvk = claim_kind, .metadata = from.metadata};
    claim.metadata.name = claim_name(set, from, ordinal_of(pod));
    claim.metadata.namespace_ = set.metadata.namespace_;
    for (const auto& [key, value] : set.spec.selector->matchLabels) {
        claim.metadata.labels.edit()[key] = value;
    }
    claim.content["spec"] = codec::to_json(from.spec);
    claim.content["status"] = boost::json::object{{"phase", "Pending"}};
    return claim;
}

}  // namespace

StatefulClaims::Claim StatefulClaims::find(const StatefulSet& set,
                                           const PersistentVolumeClaim& claim,
                                           const Pod& pod) const {
    return context_.registry.store().get<Unstructured>(store::unstructured_key(
        claim_kind, {set.metadata.namespace_, claim_name(set, claim, ordinal_of(pod))}));
}

Result<> StatefulClaims::create_missing(const StatefulSet& set, const Pod& pod) {
    Result<> result;
    for (const PersistentVolumeClaim& each : set.spec.volumeClaimTemplates) {
        const std::string name = claim_name(set, each, ordinal_of(pod));
        if (const auto present = find(set, each, pod)) {
            if (present->metadata.deletionTimestamp) {
                result = Error{.message = "pvc " + name + " is being deleted"};
            }
            continue;
        }
        const auto created = context_.registry.create(make_claim(set, each, pod));
        const std::string start = "Create Claim " + name;
        if (created) {
            context_.events.normal(set, "SuccessfulCreate",
                                   start + " Pod " + pod.metadata.name + " in StatefulSet " +
                                       set.metadata.name + " success");
            continue;
        }
        Error error = created.error();
        context_.events.warning(set, "FailedCreate",
                                start + " for Pod " + pod.metadata.name + " in StatefulSet " +
                                    set.metadata.name + " failed error: " + error.message);
        error.message = "failed to create PVC " + name + ": " + error.message;
        result = std::move(error);
    }
    return result;
}

bool StatefulClaims::match_policy(const StatefulSet& set, const Pod& pod) const {
    return std::ranges::all_of(set.spec.volumeClaimTemplates, [&](const auto& each) {
        const auto claim = find(set, each, pod);
        return claim == nullptr || is_up_to_date(*claim->metadata.ownerReferences, set, pod);
    });
}

Result<> StatefulClaims::apply_policy(const StatefulSet& set, const Pod& pod) {
    for (const PersistentVolumeClaim& each : set.spec.volumeClaimTemplates) {
        const auto claim = find(set, each, pod);
        if (claim == nullptr) {
            continue;
        }
        const References& references = *claim->metadata.ownerReferences;
        if (has_unexpected_controller(references, set, pod)) {
            context_.events.warning(
                set, "ConflictingController",
                "PersistentVolumeClaim " + claim_name(set, each, ordinal_of(pod)) +
                    " has a conflicting OwnerReference that acts as a manging controller, the "
                    "retention policy is ignored for this claim");
        }
        if (is_up_to_date(references, set, pod)) {
            continue;
        }
        Unstructured changed = *claim;
        changed.metadata.ownerReferences = updated_owners(references, set, pod);
        if (const auto written = context_.registry.update(std::move(changed)); !written) {
            return written.error();
        }
    }
    return {};
}

bool StatefulClaims::is_stale(const StatefulSet& set, const Pod& pod) const {
    const auto& policy = set.spec.persistentVolumeClaimRetentionPolicy;
    if (!policy || !deletes(policy->whenScaled)) {
        return false;
    }
    return std::ranges::any_of(set.spec.volumeClaimTemplates, [&](const auto& each) {
        const auto claim = find(set, each, pod);
        return claim != nullptr && has_stale_owner(*claim->metadata.ownerReferences, pod);
    });
}

}  // namespace wavetank::controllers
