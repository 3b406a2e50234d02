#include "controllers/stateful_pods.hpp"

#include "controllers/owners.hpp"

#include <wavetank/api/kinds.hpp>

#include <algorithm>
#include <charconv>
#include <set>

namespace wavetank::controllers {
namespace {

using api::appsv1::StatefulSet;
using api::corev1::PersistentVolumeClaim;
using api::corev1::Pod;
using api::corev1::PodTemplateSpec;
using api::corev1::Volume;

constexpr const char* name_label = "statefulset.kubernetes.io/pod-name";
constexpr const char* index_label = "apps.kubernetes.io/pod-index";
constexpr const char* revision_label = "controller-revision-hash";

/// A pod's name, taken apart.
struct StatefulName {
    std::string_view parent{};
    std::int64_t ordinal = -1;
};

StatefulName parse_stateful_name(std::string_view name) {
    const std::size_t dash = name.rfind('-');
    if (dash == std::string_view::npos || dash + 1 == name.size()) {
        return {};
    }
    const std::string_view digits = name.substr(dash + 1);
    if (digits.find_first_not_of("0123456789") != std::string_view::npos) {
        return {};
    }
    std::int32_t ordinal = 0;
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), ordinal);
    return {name.substr(0, dash), failed == std::errc{} ? ordinal : -1};
}

std::string stateful_name(const StatefulSet& set, std::int64_t ordinal) {
    return set.metadata.name + "-" + std::to_string(ordinal);
}

}  // namespace

std::int64_t ordinal_of(const Pod& pod) {
    return parse_stateful_name(pod.metadata.name).ordinal;
}

bool is_member(const StatefulSet& set, const Pod& pod) {
    return parse_stateful_name(pod.metadata.name).parent == set.metadata.name;
}

std::int64_t first_ordinal(const StatefulSet& set) {
    return set.spec.ordinals ? set.spec.ordinals->start : 0;
}

bool is_in_range(const StatefulSet& set, const Pod& pod) {
    const std::int64_t ordinal = ordinal_of(pod);
    return ordinal >= first_ordinal(set) && ordinal < first_ordinal(set) + replicas_of(set);
}

std::int32_t replicas_of(const StatefulSet& set) {
    return set.spec.replicas.value_or(1);
}

std::int32_t max_unavailable(const StatefulSet& set) {
    const auto& update = set.spec.updateStrategy.rollingUpdate;
    if (!update || !update->maxUnavailable) {
        return 1;
    }
    const auto scaled = update->maxUnavailable->scaled_value(replicas_of(set), api::Rounding::Down);
    return std::max<std::int32_t>(1, scaled ? static_cast<std::int32_t>(*scaled) : 1);
}

std::int32_t partition_of(const StatefulSet& set) {
    const auto& update = set.spec.updateStrategy.rollingUpdate;
    return update ? update->partition.value_or(0) : 0;
}

std::string_view revision_name_of(const Pod& pod) {
    const auto found = pod.metadata.labels->find(revision_label);
    return found == pod.metadata.labels->end() ? std::string_view{} : found->second;
}

Pod make_stateful_pod(const StatefulSet& set, const StatefulTemplate& from, std::int64_t ordinal) {
    Pod pod = pod_of(from.pods, set.metadata.namespace_);
    pod.metadata.name = stateful_name(set, ordinal);
    pod.metadata.ownerReferences = std::vector{controller_reference(set)};
    restore_identity(set, pod);
    pod.metadata.labels.edit()[revision_label] = from.revision;
    pod.spec.hostname = pod.metadata.name;
    if (pod.spec->subdomain != set.spec.serviceName) {
        pod.spec.edit().subdomain = set.spec.serviceName;
    }
    restore_storage(set, pod);
    return pod;
}

std::string claim_name(const StatefulSet& set, const PersistentVolumeClaim& claim,
                       std::int64_t ordinal) {
    return claim.metadata.name + "-" + stateful_name(set, ordinal);
}

bool identity_matches(const StatefulSet& set, const Pod& pod) {
    const StatefulName name = parse_stateful_name(pod.metadata.name);
    const auto label = pod.metadata.labels->find(name_label);
    return name.ordinal >= 0 && name.parent == set.metadata.name &&
           pod.metadata.name == stateful_name(set, name.ordinal) &&
           pod.metadata.namespace_ == set.metadata.namespace_ &&
           label != pod.metadata.labels->end() && label->second == pod.metadata.name;
}

bool storage_matches(const StatefulSet& set, const Pod& pod) {
    const std::int64_t ordinal = ordinal_of(pod);
    if (ordinal < 0) {
        return false;
    }
    return std::ranges::all_of(set.spec.volumeClaimTemplates, [&](const auto& claim) {
        return std::ranges::any_of(pod.spec->volumes, [&](const Volume& volume) {
            return volume.name == claim.metadata.name && volume.persistentVolumeClaim &&
                   volume.persistentVolumeClaim->claimName == claim_name(set, claim, ordinal);
        });
    });
}

void restore_identity(const StatefulSet& set, Pod& pod) {
    const std::int64_t ordinal = ordinal_of(pod);
    pod.metadata.name = stateful_name(set, ordinal);
    pod.metadata.namespace_ = set.metadata.namespace_;
    auto& labels = pod.metadata.labels.edit();
    labels[name_label] = pod.metadata.name;
    labels[index_label] = std::to_string(ordinal);
}

// The volumes of claims come first, by name; upstream's order among them is random.
void restore_storage(const StatefulSet& set, Pod& pod) {
    if (set.spec.volumeClaimTemplates.empty()) {
        return;
    }
    const std::int64_t ordinal = ordinal_of(pod);
    std::map<std::string, std::string> claims;
    for (const PersistentVolumeClaim& claim : set.spec.volumeClaimTemplates) {
        claims.insert_or_assign(claim.metadata.name, claim_name(set, claim, ordinal));
    }
    std::vector<Volume> volumes;
    for (const auto& [name, claim] : claims) {
        Volume volume{.name = name};
        volume.persistentVolumeClaim.emplace().claimName = claim;
        volumes.push_back(std::move(volume));
    }
    for (const Volume& volume : pod.spec->volumes) {
        if (!claims.contains(volume.name)) {
            volumes.push_back(volume);
        }
    }
    pod.spec.edit().volumes = std::move(volumes);
}

bool is_running_and_ready(const Pod& pod) {
    return pod.status.phase == "Running" && is_ready(pod);
}

bool is_unavailable(const Pod& pod, std::int32_t seconds, WallTime now) {
    return !is_available(pod, seconds, now) || pod.metadata.deletionTimestamp.has_value();
}

}  // namespace wavetank::controllers
