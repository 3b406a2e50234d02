#include "controllers/job_pods.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace wavetank::controllers {
namespace {

using namespace std::chrono_literals;
using api::batchv1::Job;
using api::batchv1::JobCondition;
using api::batchv1::PodFailurePolicyOnExitCodesRequirement;
using api::corev1::Container;
using api::corev1::ContainerStatus;
using api::corev1::Pod;
using api::corev1::PodCondition;

constexpr const char* index_key = "batch.kubernetes.io/job-completion-index";
constexpr const char* failures_key = "batch.kubernetes.io/job-index-failure-count";
constexpr const char* ignored_failures_key = "batch.kubernetes.io/job-index-ignored-failure-count";
constexpr const char* index_variable = "JOB_COMPLETION_INDEX";

// Between failures, upstream's `DefaultJobPodFailureBackOff` and its limit.
constexpr Duration job_back_off_first = 10s;
constexpr Duration job_back_off_most = 10min;

std::optional<std::int64_t> annotated_number(const Pod& pod, const char* key) {
    const auto found = pod.metadata.annotations->find(key);
    if (found == pod.metadata.annotations->end()) {
        return std::nullopt;
    }
    const std::string& text = found->second;
    std::int32_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool plain = failed == std::errc{} && end == text.data() + text.size() && value >= 0;
    return plain ? std::optional<std::int64_t>{value} : std::nullopt;
}

// The latest end of all containers; nothing if one has not ended. Sidecars count, other init
// containers end before.
std::optional<WallTime> end_of_containers(const Pod& pod) {
    std::optional<WallTime> latest;
    const auto take = [&](const ContainerStatus& status) {
        if (!status.state.terminated || !status.state.terminated->finishedAt) {
            return false;
        }
        const WallTime end = status.state.terminated->finishedAt->value;
        latest = latest ? std::max(*latest, end) : end;
        return true;
    };
    for (const ContainerStatus& status : *pod.status->containerStatuses) {
        if (!take(status)) {
            return std::nullopt;
        }
    }
    for (const ContainerStatus& status : *pod.status->initContainerStatuses) {
        const bool sidecar =
            std::ranges::any_of(pod.spec->initContainers, [&](const Container& container) {
                return container.name == status.name && container.restartPolicy == "Always";
            });
        if (sidecar && !take(status)) {
            return std::nullopt;
        }
    }
    return latest;
}

const ContainerStatus* find_exit(const std::vector<ContainerStatus>& statuses,
                                 const PodFailurePolicyOnExitCodesRequirement& wanted) {
    const auto found = std::ranges::find_if(statuses, [&](const ContainerStatus& status) {
        if (!status.state.terminated || status.state.terminated->exitCode == 0 ||
            (wanted.containerName && *wanted.containerName != status.name)) {
            return false;
        }
        const bool listed =
            std::ranges::count(wanted.values, status.state.terminated->exitCode) > 0;
        return wanted.operator_ == "In" ? listed : wanted.operator_ == "NotIn" && !listed;
    });
    return found == statuses.end() ? nullptr : &*found;
}

std::string rule_text(const std::string& action, std::size_t index) {
    return " matching " + action + " rule at index " + std::to_string(index);
}

// Says what a rule matches; nothing if it does not match.
std::optional<std::string> match_rule(const Pod& pod,
                                      const api::batchv1::PodFailurePolicyRule& rule,
                                      std::size_t index) {
    const std::string name = pod.metadata.namespace_ + "/" + pod.metadata.name;
    if (rule.onExitCodes) {
        const ContainerStatus* status =
            find_exit(*pod.status->containerStatuses, *rule.onExitCodes);
        if (status == nullptr) {
            status = find_exit(*pod.status->initContainerStatuses, *rule.onExitCodes);
        }
        if (status == nullptr) {
            return std::nullopt;
        }
        return "Container " + status->name + " for pod " + name + " failed with exit code " +
               std::to_string(status->state.terminated->exitCode) + rule_text(rule.action, index);
    }
    for (const PodCondition& condition : *pod.status.conditions) {
        for (const auto& pattern : rule.onPodConditions) {
            if (condition.type == pattern.type && condition.status == pattern.status) {
                return "Pod " + name + " has condition " + condition.type +
                       rule_text(rule.action, index);
            }
        }
    }
    return std::nullopt;
}

std::int32_t restarts(const std::vector<ContainerStatus>& statuses) {
    std::int32_t most = 0;
    for (const ContainerStatus& status : statuses) {
        most = std::max(most, status.restartCount);
    }
    return most;
}

int phase_rank(const Pod& pod) {
    return pod.status.phase == "Pending" ? 0 : pod.status.phase == "Running" ? 2 : 1;
}

// An absent time comes first, then the later one.
bool is_later(const std::optional<api::Time>& left, const std::optional<api::Time>& right) {
    return !left || (right && *left > *right);
}

// Upstream's `ActivePods`: those that have got the least far come first.
bool goes_before(const PodPointer& left, const PodPointer& right) {
    if (left->spec.nodeName.empty() != right->spec.nodeName.empty()) {
        return left->spec.nodeName.empty();
    }
    if (phase_rank(*left) != phase_rank(*right)) {
        return phase_rank(*left) < phase_rank(*right);
    }
    if (is_ready(*left) != is_ready(*right)) {
        return !is_ready(*left);
    }
    if (is_ready(*left) && ready_since(*left) != ready_since(*right)) {
        return is_later(ready_since(*left), ready_since(*right));
    }
    const std::int32_t left_restarts = restarts(*left->status->containerStatuses);
    const std::int32_t right_restarts = restarts(*right->status->containerStatuses);
    if (left_restarts != right_restarts) {
        return left_restarts > right_restarts;
    }
    return left->metadata.creationTimestamp != right->metadata.creationTimestamp &&
           is_later(left->metadata.creationTimestamp, right->metadata.creationTimestamp);
}

void name_index(std::vector<Container>& containers) {
    for (Container& container : containers) {
        if (std::ranges::count(container.env, index_variable, &api::corev1::EnvVar::name) > 0) {
            continue;
        }
        api::corev1::EnvVar variable{.name = index_variable};
        variable.valueFrom.emplace().fieldRef.emplace().fieldPath =
            "metadata.labels['" + std::string{index_key} + "']";
        container.env.push_back(std::move(variable));
    }
}

std::string index_prefix(const std::string& job, std::int64_t index) {
    constexpr std::size_t length_max = 58;
    const std::string end = "-" + std::to_string(index) + "-";
    return job.size() + end.size() > length_max ? job.substr(0, length_max - end.size()) + end
                                                : job + end;
}

}  // namespace

bool is_indexed(const Job& job) {
    return job.spec.completionMode == "Indexed";
}

bool is_suspended(const Job& job) {
    return job.spec.suspend.value_or(false);
}

bool is_finished(const Job& job) {
    return true_condition(job, "Complete") != nullptr || true_condition(job, "Failed") != nullptr;
}

bool replaces_failed_alone(const Job& job) {
    return job.spec.podReplacementPolicy == "Failed";
}

const JobCondition* true_condition(const Job& job, std::string_view type) {
    const auto found = std::ranges::find_if(job.status.conditions, [&](const JobCondition& each) {
        return each.type == type && each.status == "True";
    });
    return found == job.status.conditions.end() ? nullptr : &*found;
}

bool has_job_finalizer(const Pod& pod) {
    return std::ranges::count(pod.metadata.rare->finalizers, job_finalizer) > 0;
}

std::int64_t completion_index_of(const Pod& pod) {
    return annotated_number(pod, index_key).value_or(-1);
}

std::optional<std::int64_t> valid_index_of(const Job& job, const Pod& pod) {
    const std::int64_t index = completion_index_of(pod);
    return index >= 0 && index < job.spec.completions.value_or(0) ? std::optional{index}
                                                                  : std::nullopt;
}

std::set<std::int64_t> indexes_of(const std::vector<PodPointer>& pods) {
    std::set<std::int64_t> indexes;
    for (const PodPointer& pod : pods) {
        if (const std::int64_t index = completion_index_of(*pod); index >= 0) {
            indexes.insert(index);
        }
    }
    return indexes;
}

std::int32_t failures_before(const Pod& pod) {
    return static_cast<std::int32_t>(annotated_number(pod, failures_key).value_or(0));
}

std::int32_t ignored_failures_before(const Pod& pod) {
    return static_cast<std::int32_t>(annotated_number(pod, ignored_failures_key).value_or(0));
}

bool is_failed(const Job& job, const Pod& pod) {
    return pod.status.phase == "Failed" ||
           (!replaces_failed_alone(job) && pod.metadata.deletionTimestamp &&
            pod.status.phase != "Succeeded");
}

WallTime finish_time_of(const Pod& pod) {
    if (const auto end = end_of_containers(pod)) {
        return *end;
    }
    const PodCondition* ready = find_condition(pod, "Ready");
    if (ready != nullptr && ready->status == "False" && ready->lastTransitionTime) {
        return ready->lastTransitionTime->value;
    }
    if (pod.metadata.deletionTimestamp) {
        return pod.metadata.deletionTimestamp->value -
               std::chrono::seconds{pod.metadata.rare->deletionGracePeriodSeconds.value_or(0)};
    }
    return pod.metadata.creationTimestamp.value_or(api::Time{}).value;
}

FailureVerdict judge_failure(const Job& job, const Pod& pod) {
    if (!job.spec.podFailurePolicy) {
        return {};
    }
    const auto& rules = job.spec.podFailurePolicy->rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        auto match = match_rule(pod, rules[i], i);
        if (!match) {
            continue;
        }
        const std::string& action = rules[i].action;
        if (action == "FailJob") {
            return {.job_failure = std::move(match)};
        }
        return {.counts = action != "Ignore", .fails_index = action == "FailIndex"};
    }
    return {};
}

bool fails_index(const Job& job, const Pod& pod) {
    if (!is_failed(job, pod)) {
        return false;
    }
    const FailureVerdict verdict = judge_failure(job, pod);
    return verdict.fails_index ||
           (verdict.counts && failures_before(pod) >= job.spec.backoffLimitPerIndex.value_or(0));
}

std::optional<std::string> met_success_rule(const Job& job, const IndexIntervals& succeeded) {
    if (!job.spec.successPolicy || succeeded.empty()) {
        return std::nullopt;
    }
    const auto& rules = job.spec.successPolicy->rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto& rule = rules[i];
        bool met = false;
        if (rule.succeededIndexes) {
            const auto wanted =
                IndexIntervals::parse(*rule.succeededIndexes, job.spec.completions.value_or(0));
            const std::int64_t common = wanted.common(succeeded);
            met = !wanted.empty() && (common == wanted.total() ||
                                      (rule.succeededCount && common >= *rule.succeededCount));
        } else {
            met = rule.succeededCount && succeeded.total() >= *rule.succeededCount;
        }
        if (met) {
            return "Matched rules at index " + std::to_string(i);
        }
    }
    return std::nullopt;
}

std::vector<PodPointer> pods_to_remove(const Job& job, std::vector<PodPointer> active,
                                       std::int64_t count) {
    std::vector<PodPointer> removed;
    std::vector<PodPointer> left;
    if (is_indexed(job)) {
        std::map<std::int64_t, std::vector<PodPointer>> by_index;
        for (PodPointer& pod : active) {
            if (const auto index = valid_index_of(job, *pod)) {
                by_index[*index].push_back(std::move(pod));
            } else {
                removed.push_back(std::move(pod));
            }
        }
        for (auto& [index, pods] : by_index) {
            std::ranges::stable_sort(pods, goes_before);
            removed.insert(removed.end(), pods.begin(), pods.end() - 1);
            left.push_back(pods.back());
        }
    } else {
        left = std::move(active);
    }
    if (std::ssize(removed) < count) {
        std::ranges::stable_sort(left, goes_before);
        const auto more = std::min(count - std::ssize(removed), std::ssize(left));
        removed.insert(removed.end(), left.begin(), left.begin() + more);
    }
    return removed;
}

Duration job_back_off(std::int64_t failures, WallTime last, WallTime now) {
    if (failures == 0) {
        return {};
    }
    Duration wait = job_back_off_first;
    for (std::int64_t i = 1; i < failures && wait < job_back_off_most; ++i) {
        wait = std::min(2 * wait, job_back_off_most);
    }
    return std::max<Duration>(wait - (now - last), Duration::zero());
}

Pod make_job_pod(const Job& job, std::optional<std::int64_t> index, const PodPointer& replaced) {
    Pod pod = pod_of(job.spec.template_, job.metadata.namespace_);
    pod.metadata.generateName = name_prefix_of(job.metadata.name);
    if (!has_job_finalizer(pod)) {
        pod.metadata.rare.edit().finalizers.emplace_back(job_finalizer);
    }
    if (!is_indexed(job)) {
        return pod;
    }
    auto& body = pod.spec.edit();
    name_index(body.initContainers);
    name_index(body.containers);
    if (!index) {
        return pod;
    }
    const std::string number = std::to_string(*index);
    pod.metadata.annotations.edit()[index_key] = number;
    pod.metadata.labels.edit()[index_key] = number;
    pod.spec.hostname = job.metadata.name + "-" + number;
    pod.metadata.generateName = index_prefix(job.metadata.name, *index);
    if (!job.spec.backoffLimitPerIndex) {
        return pod;
    }
    std::int32_t failures = 0;
    std::int32_t ignored = 0;
    if (replaced != nullptr) {
        const bool counts = judge_failure(job, *replaced).counts;
        failures = failures_before(*replaced) + (counts ? 1 : 0);
        ignored = ignored_failures_before(*replaced) + (counts ? 0 : 1);
    }
    auto& annotations = pod.metadata.annotations.edit();
    annotations[failures_key] = std::to_string(failures);
    if (ignored > 0) {
        annotations[ignored_failures_key] = std::to_string(ignored);
    }
    return pod;
}

}  // namespace wavetank::controllers
