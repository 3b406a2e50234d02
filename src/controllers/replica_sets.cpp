#include "controllers/replica_sets.hpp"

#include <wavetank/api/int_or_string.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <limits>
#include <tuple>

namespace wavetank::controllers {
namespace {

using api::appsv1::Deployment;
using api::appsv1::ReplicaSet;

// Revision histories grow up to this many characters (upstream's `maxRevHistoryLengthInChars`).
constexpr std::size_t history_length_max = 2000;

/// Reads a number as Go's `strconv.ParseInt` does.
std::optional<std::int64_t> parse_int(std::string_view text) {
    if (text.starts_with('+') && !text.starts_with("+-")) {
        text.remove_prefix(1);
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

template <class Member>
std::int32_t sum(const ReplicaSets& sets, Member member) {
    std::int32_t total = 0;
    for (const ReplicaSetPointer& set : sets) {
        total += set == nullptr ? 0 : member(*set);
    }
    return total;
}

api::Fenceposts fenceposts_of(const Deployment& deployment) {
    const auto& rolling = deployment.spec.strategy.rollingUpdate;
    if (!rolling) {
        return {};
    }
    const auto result = api::resolve_fenceposts(rolling->maxSurge, rolling->maxUnavailable,
                                                replicas_of(deployment));
    return result ? *result : api::Fenceposts{};  // validation lets no other in
}

bool is_skipped(std::string_view key) {
    return key == annotation::last_applied || key == annotation::revision ||
           key == annotation::revision_history || key == annotation::desired_replicas ||
           key == annotation::max_replicas || key == annotation::rollback_to;
}

/// Sets one annotation. Returns whether it was another before.
bool set_annotation(Annotations& annotations, const std::string& key, const std::string& value) {
    const auto found = annotations->find(key);
    if (found != annotations->end() && found->second == value) {
        return false;
    }
    annotations.edit()[key] = value;
    return true;
}

std::string annotation_of(const Annotations& annotations, const char* key) {
    const auto found = annotations->find(key);
    return found == annotations->end() ? std::string{} : found->second;
}

/// Appends a former revision to a history, dropping the oldest ones if it grows too long.
std::string with_former(const std::string& history, const std::string& former) {
    if (history.empty() || history.front() == ',') {
        return former;
    }
    std::size_t length = history.size() + former.size() + 1;
    std::string_view rest = history;
    while (length > history_length_max && !rest.empty()) {
        const std::size_t comma = rest.find(',');
        const std::size_t first = comma == std::string_view::npos ? rest.size() : comma;
        length -= first + 1;
        rest.remove_prefix(comma == std::string_view::npos ? first : first + 1);
    }
    if (length > history_length_max) {
        return history;
    }
    return rest.empty() ? former : std::string{rest} + "," + former;
}

/// Rounds half away from zero, as upstream's `integer.RoundToInt32`.
std::int32_t rounded(double value) {
    return static_cast<std::int32_t>(value < 0 ? value - 0.5 : value + 0.5);
}

std::int32_t fraction_of(const ReplicaSet& set, const Deployment& deployment) {
    if (replicas_of(deployment) == 0) {
        return -replicas_of(set);
    }
    const std::int32_t greatest = replicas_of(deployment) + max_surge(deployment);
    std::int32_t greatest_before = replicas_annotation(set, annotation::max_replicas).value_or(0);
    if (greatest_before == 0) {
        greatest_before = deployment.status.replicas;
        if (greatest_before == 0) {
            return 0;
        }
    }
    // The product wraps in 32 bits, as upstream's does.
    const auto product = static_cast<std::int32_t>(static_cast<std::uint32_t>(replicas_of(set)) *
                                                   static_cast<std::uint32_t>(greatest));
    return rounded(static_cast<double>(product) / greatest_before) - replicas_of(set);
}

}  // namespace

std::int32_t replicas_of(const ReplicaSet& replica_set) {
    return replica_set.spec.replicas.value_or(1);
}

std::int32_t replicas_of(const Deployment& deployment) {
    return deployment.spec.replicas.value_or(1);
}

bool is_rolling_update(const Deployment& deployment) {
    return deployment.spec.strategy.type == "RollingUpdate";
}

std::int32_t max_surge(const Deployment& deployment) {
    return is_rolling_update(deployment) ? fenceposts_of(deployment).surge : 0;
}

std::int32_t max_unavailable(const Deployment& deployment) {
    if (!is_rolling_update(deployment) || replicas_of(deployment) == 0) {
        return 0;
    }
    return std::min(fenceposts_of(deployment).unavailable, replicas_of(deployment));
}

bool has_progress_deadline(const Deployment& deployment) {
    const auto& deadline = deployment.spec.progressDeadlineSeconds;
    return deadline && *deadline != std::numeric_limits<std::int32_t>::max();
}

std::int32_t sum_of_wanted(const ReplicaSets& sets) {
    return sum(sets, [](const ReplicaSet& set) { return replicas_of(set); });
}

std::int32_t sum_of_replicas(const ReplicaSets& sets) {
    return sum(sets, [](const ReplicaSet& set) { return set.status.replicas; });
}

std::int32_t sum_of_ready(const ReplicaSets& sets) {
    return sum(sets, [](const ReplicaSet& set) { return set.status.readyReplicas; });
}

std::int32_t sum_of_available(const ReplicaSets& sets) {
    return sum(sets, [](const ReplicaSet& set) { return set.status.availableReplicas; });
}

std::optional<std::int32_t> sum_of_terminating(const ReplicaSets& sets) {
    std::int32_t total = 0;
    for (const ReplicaSetPointer& set : sets) {
        if (set == nullptr) {
            continue;
        }
        const auto& terminating = set->status.terminatingReplicas;
        if (!terminating && set->status.observedGeneration != 0) {
            return std::nullopt;
        }
        total += terminating.value_or(0);
    }
    return total;
}

ReplicaSets active_of(const ReplicaSets& sets) {
    ReplicaSets result;
    std::ranges::copy_if(sets, std::back_inserter(result), [](const ReplicaSetPointer& set) {
        return set != nullptr && replicas_of(*set) > 0;
    });
    return result;
}

ReplicaSets joined(const ReplicaSets& old_sets, const ReplicaSetPointer& fresh) {
    ReplicaSets result = old_sets;
    if (fresh != nullptr) {
        result.push_back(fresh);
    }
    return result;
}

void sort(ReplicaSets& sets, SetOrder order) {
    const auto older = [](const ReplicaSetPointer& left, const ReplicaSetPointer& right) {
        return std::tie(left->metadata.creationTimestamp, left->metadata.name) <
               std::tie(right->metadata.creationTimestamp, right->metadata.name);
    };
    std::ranges::stable_sort(sets, [&](const ReplicaSetPointer& left,
                                       const ReplicaSetPointer& right) {
        const bool by_size = order == SetOrder::LargestOldest || order == SetOrder::LargestNewest;
        if (by_size && replicas_of(*left) != replicas_of(*right)) {
            return replicas_of(*left) > replicas_of(*right);
        }
        if (order == SetOrder::Revision) {
            const auto left_revision = revision_of(*left);
            const auto right_revision = revision_of(*right);
            if (left_revision && right_revision && *left_revision != *right_revision) {
                return *left_revision < *right_revision;
            }
        }
        const bool reverse = order == SetOrder::Newest || order == SetOrder::LargestNewest;
        return reverse ? older(right, left) : older(left, right);
    });
}

bool equal_but_for_hash(const api::corev1::PodTemplateSpec& left,
                        const api::corev1::PodTemplateSpec& right) {
    if (!(left.spec == right.spec) || !(left.unmodelled == right.unmodelled)) {
        return false;
    }
    const auto& more = left.metadata.labels->size() > right.metadata.labels->size()
                           ? *left.metadata.labels
                           : *right.metadata.labels;
    const auto& fewer =
        &more == &*left.metadata.labels ? *right.metadata.labels : *left.metadata.labels;
    for (const auto& [key, value] : more) {
        const auto found = fewer.find(key);
        if (key != hash_label && (found == fewer.end() || found->second != value)) {
            return false;
        }
    }
    const std::size_t more_hashes = more.contains(hash_label) ? 1 : 0;
    const std::size_t fewer_hashes = fewer.contains(hash_label) ? 1 : 0;
    if (more.size() - more_hashes != fewer.size() - fewer_hashes) {
        return false;
    }
    api::metav1::ObjectMeta left_rest = left.metadata;
    api::metav1::ObjectMeta right_rest = right.metadata;
    left_rest.labels = {};
    right_rest.labels = {};
    return left_rest == right_rest;
}

ReplicaSetPointer find_new(const Deployment& deployment, const ReplicaSets& sets) {
    const auto found = std::ranges::find_if(sets, [&](const ReplicaSetPointer& set) {
        return equal_but_for_hash(set->spec.template_, deployment.spec.template_);
    });
    return found == sets.end() ? nullptr : *found;
}

ReplicaSetPointer find_active_or_latest(const ReplicaSetPointer& fresh, ReplicaSets old_sets) {
    sort(old_sets, SetOrder::Newest);
    const ReplicaSets active = active_of(joined(old_sets, fresh));
    if (active.size() == 1) {
        return active.front();
    }
    if (!active.empty()) {
        return nullptr;
    }
    if (fresh != nullptr) {
        return fresh;
    }
    return old_sets.empty() ? nullptr : old_sets.front();
}

std::optional<std::int32_t> replicas_annotation(const ReplicaSet& replica_set, const char* key) {
    const std::string text = annotation_of(replica_set.metadata.annotations, key);
    std::int32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.front() == '-') {
        return std::nullopt;
    }
    return value;
}

std::optional<std::int64_t> revision_of(const ReplicaSet& replica_set) {
    const auto& annotations = *replica_set.metadata.annotations;
    const auto found = annotations.find(annotation::revision);
    return found == annotations.end() ? 0 : parse_int(found->second);
}

std::int64_t max_revision(const ReplicaSets& sets) {
    std::int64_t greatest = 0;
    for (const ReplicaSetPointer& set : sets) {
        greatest = std::max(greatest, revision_of(*set).value_or(0));
    }
    return greatest;
}

bool set_replicas_annotations(Annotations& annotations, const Deployment& deployment) {
    const std::int32_t desired = replicas_of(deployment);
    const bool desired_changed =
        set_annotation(annotations, annotation::desired_replicas, std::to_string(desired));
    const bool max_changed = set_annotation(annotations, annotation::max_replicas,
                                            std::to_string(desired + max_surge(deployment)));
    return desired_changed || max_changed;
}

bool set_new_annotations(const Deployment& deployment, Annotations& annotations,
                         std::int64_t revision, Existing existing) {
    bool changed = false;
    for (const auto& [key, value] : *deployment.metadata.annotations) {
        if (!is_skipped(key)) {
            changed |= set_annotation(annotations, key, value);
        }
    }
    const bool had_revision = annotations->contains(annotation::revision);
    const std::string former = annotation_of(annotations, annotation::revision);
    const auto former_number = former.empty() ? 0 : parse_int(former);
    if (!former_number) {
        return false;  // as upstream, which forgets what it has copied
    }
    if (*former_number < revision) {
        set_annotation(annotations, annotation::revision, std::to_string(revision));
        changed = true;
        if (had_revision) {
            const std::string history = annotation_of(annotations, annotation::revision_history);
            set_annotation(annotations, annotation::revision_history, with_former(history, former));
        }
    }
    if (existing == Existing::No) {
        changed |= set_replicas_annotations(annotations, deployment);
    }
    return changed;
}

std::int32_t proportion_of(const ReplicaSet& replica_set, const Deployment& deployment,
                           std::int32_t to_add, std::int32_t added) {
    if (replicas_of(replica_set) == 0 || to_add == 0 || to_add == added) {
        return 0;
    }
    const std::int32_t fraction = fraction_of(replica_set, deployment);
    const std::int32_t allowed = to_add - added;
    return to_add > 0 ? std::min(fraction, allowed) : std::max(fraction, allowed);
}

std::vector<std::int32_t> proportional_sizes(const ReplicaSets& sets, const Deployment& deployment,
                                             std::int32_t to_add) {
    std::vector<std::int32_t> sizes;
    std::int32_t added = 0;
    for (const ReplicaSetPointer& set : sets) {
        const std::int32_t proportion = proportion_of(*set, deployment, to_add, added);
        sizes.push_back(replicas_of(*set) + proportion);
        added += proportion;
    }
    if (!sizes.empty() && to_add != 0) {
        sizes.front() = std::max(0, sizes.front() + to_add - added);
    }
    return sizes;
}

std::int32_t new_replicas(const Deployment& deployment, const ReplicaSets& sets,
                          const ReplicaSet& fresh) {
    if (!is_rolling_update(deployment)) {
        return replicas_of(deployment);
    }
    std::int32_t surge = 0;
    if (const auto& rolling = deployment.spec.strategy.rollingUpdate;
        rolling && rolling->maxSurge) {
        const auto scaled =
            rolling->maxSurge->scaled_value(replicas_of(deployment), api::Rounding::Up);
        surge = scaled ? static_cast<std::int32_t>(*scaled) : 0;
    }
    const std::int32_t room = replicas_of(deployment) + surge - sum_of_wanted(sets);
    if (room <= 0) {
        return replicas_of(fresh);
    }
    return replicas_of(fresh) + std::min(room, replicas_of(deployment) - replicas_of(fresh));
}

bool is_saturated(const Deployment& deployment, const ReplicaSetPointer& fresh) {
    if (fresh == nullptr) {
        return false;
    }
    const auto desired =
        parse_int(annotation_of(fresh->metadata.annotations, annotation::desired_replicas));
    return desired && *desired == replicas_of(deployment) &&
           replicas_of(*fresh) == replicas_of(deployment) &&
           fresh->status.availableReplicas == replicas_of(deployment);
}

}  // namespace wavetank::controllers
