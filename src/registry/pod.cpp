#include "registry/pod.hpp"

#include "registry/ip.hpp"
#include "registry/limit_ranger.hpp"
#include "registry/pod/pod_rules.hpp"
#include "registry/pod_bodies.hpp"

#include <algorithm>

namespace wavetank::registry {
namespace {

using api::corev1::Pod;
using api::corev1::PodCondition;

using Conditions = api::Shared<std::vector<PodCondition>>;

/// Keeps what the driver of claims has written, unless there is something new.
void keep_claims(api::corev1::PodStatus& next, const api::corev1::PodStatusBody& old) {
    if (next->resourceClaimStatuses.empty() && !old.resourceClaimStatuses.empty()) {
        next.edit().resourceClaimStatuses = old.resourceClaimStatuses;
    }
    if (!next->extendedResourceClaimStatus && old.extendedResourceClaimStatus) {
        next.edit().extendedResourceClaimStatus = old.extendedResourceClaimStatus;
    }
    if (!next->nodeAllocatableResourceClaimStatuses.empty() &&
        old.nodeAllocatableResourceClaimStatuses.empty()) {
        next.edit().nodeAllocatableResourceClaimStatuses.clear();
    }
}

/// Makes the list of addresses begin with the single one. Where both are set and differ, the
/// single one wins.
void agree_on_addresses(api::corev1::PodStatus& status) {
    if (!status.podIP.empty() && (status.podIPs.empty() || status.podIPs[0].ip != status.podIP)) {
        status.podIPs.assign(1, {.ip = status.podIP});
    } else if (!status.podIPs.empty()) {
        status.podIP = status.podIPs[0].ip;
    }
}

/// A client that does not know observedGeneration does not clear it.
void keep_observed_generations(Pod& next, const Pod& old) {
    if (next.status->observedGeneration == 0 && old.status->observedGeneration != 0) {
        next.status.edit().observedGeneration = old.status->observedGeneration;
    }
    if (next.status.conditions.same_as(old.status.conditions)) {
        return;
    }
    for (const PodCondition& before : *old.status.conditions) {
        if (before.observedGeneration == 0) {
            continue;
        }
        const auto& all = *next.status.conditions;
        const auto same = std::find_if(all.begin(), all.end(), [&](const PodCondition& each) {
            return each.type == before.type;
        });
        if (same != all.end() && same->observedGeneration == 0) {
            const auto index = static_cast<std::size_t>(same - all.begin());
            next.status.conditions.edit()[index].observedGeneration = before.observedGeneration;
        }
    }
}

void set_scheduled(std::vector<PodCondition>& conditions, api::Time now) {
    auto found = std::find_if(conditions.begin(), conditions.end(),
                              [](const PodCondition& each) { return each.type == "PodScheduled"; });
    if (found == conditions.end()) {
        found = conditions.emplace(conditions.end());
        found->type = "PodScheduled";
    }
    if (found->status != "True") {
        found->status = "True";
        found->lastTransitionTime = now;
    }
    found->reason.clear();
    found->message.clear();
    found->lastProbeTime.reset();
}

}  // namespace

void Rules<Pod>::set_defaults(Cluster& cluster, Pod& object) {
    default_pod_body(cluster, object);
}

Result<> Rules<Pod>::admit(Cluster& cluster, Pod& object, DryRun /*dry_run*/) {
    if (!cluster.limits.ranges.empty()) {
        default_by_limit_ranges(cluster, object);
    }
    return admit_pod_body(cluster, object);
}

void Rules<Pod>::prepare_create(Pod& object) {
    object.metadata.generation = 1;
}

void Rules<Pod>::prepare_update(Pod& next, const Pod& old) {
    admit_pod_update(next, old);
    prepare_pod_update(next, old);
}

void Rules<Pod>::prepare_status(Pod& next, const Pod& old) {
    next.spec = old.spec;
    next.metadata.deletionTimestamp.reset();
    next.metadata.ownerReferences = old.metadata.ownerReferences;
    if (next.status->qosClass.empty() && !old.status->qosClass.empty()) {
        next.status.edit().qosClass = old.status->qosClass;
    }
    if (!next.status.body.same_as(old.status.body)) {
        keep_claims(next.status, *old.status.body);
    }
    agree_on_addresses(next.status);
    keep_observed_generations(next, old);
}

FieldErrors Rules<Pod>::validate(Cluster& cluster, const Pod& object, const Pod* old) {
    if (old == nullptr) {
        return validate_pod_body(cluster, object);
    }
    // A rule of updates and one of all pods may say the same.
    FieldErrors errors;
    for (Cause& cause : validate_pod_update(object, *old)) {
        if (std::find(errors.begin(), errors.end(), cause) == errors.end()) {
            errors.push_back(std::move(cause));
        }
    }
    return errors;
}

Result<> Rules<Pod>::review(Cluster& cluster, const Pod& object) {
    if (!cluster.limits.ranges.empty()) {
        if (auto checked = check_limit_ranges(cluster, object); !checked) {
            return checked;
        }
    }
    return review_pod_body(cluster, object);
}

FieldErrors Rules<Pod>::validate_status(const Pod& next, const Pod& old) {
    FieldErrors errors;
    const std::string& nominated = *next.status->nominatedNodeName;
    if (!nominated.empty() && nominated != *old.status->nominatedNodeName) {
        const Path path{"status.nominatedNodeName"};
        append_problems(errors, path, nominated, api::check_dns1123_subdomain(nominated));
        if (!old.spec.nodeName.empty()) {
            errors.push_back(api::forbidden_value(
                path, "may not be set on pods that are already bound to a node"));
        }
    }
    if (next.status->observedGeneration < 0) {
        errors.push_back(api::invalid_value("status.observedGeneration",
                                            next.status->observedGeneration,
                                            "must be a non-negative integer"));
    }
    if (next.status->qosClass != old.status->qosClass) {
        errors.push_back(
            api::invalid_value("status.qosClass", next.status->qosClass, "field is immutable"));
    }
    const auto& addresses = next.status.podIPs;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (const std::string ip = addresses[i].ip; !parse_ip(ip)) {
            append(errors, validate_ip(ip, Path{"status.podIPs"}[i]));
        }
    }
    if (!next.status.host.same_as(old.status.host)) {
        const auto& hosts = next.status.host->hostIPs;
        for (std::size_t i = 0; i < hosts.size(); ++i) {
            append(errors, validate_ip(hosts[i].ip, Path{"status.hostIPs"}[i]));
        }
    }
    return errors;
}

std::vector<std::string> Rules<Pod>::warnings(const Pod& object) {
    return pod_warnings(object);
}

std::int64_t grace_of(const Pod& pod, std::optional<std::int64_t> requested) {
    const bool finished = pod.status.phase == "Failed" || pod.status.phase == "Succeeded";
    if (pod.spec.nodeName.empty() || finished) {
        return 0;
    }
    const std::int64_t seconds =
        requested.value_or(pod.spec->terminationGracePeriodSeconds.value_or(0));
    return seconds < 0 ? 1 : seconds;
}

void set_node(Cluster& cluster, Pod& pod, const std::string& node) {
    // All pods of a node share its name.
    const auto object = cluster.store.get<api::corev1::Node>({{}, node});
    pod.spec.nodeName = object == nullptr ? api::Text{node} : object->metadata.name;
    if (!pod.status->nominatedNodeName->empty()) {
        pod.status.edit().nominatedNodeName = {};
    }
    // Pods of one template that are bound in the same second share their conditions.
    const api::Time now = cluster.now();
    Conditions& conditions = pod.status.conditions;
    const auto* known = cluster.memos.scheduled.find(conditions);
    if (known != nullptr && known->first == now) {
        conditions = known->second;
        return;
    }
    const Conditions before = conditions;
    set_scheduled(conditions.edit(), now);
    cluster.memos.scheduled.remember(before, std::pair{now, conditions});
}

}  // namespace wavetank::registry
