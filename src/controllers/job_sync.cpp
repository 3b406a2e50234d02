#include "controllers/job_sync.hpp"

#include "controllers/pod_control.hpp"

#include <wavetank/api/kinds.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::controllers {
namespace {

using namespace std::chrono_literals;
using api::batchv1::Job;
using api::batchv1::JobCondition;

// A sync creates or deletes at most this many pods, and counts as many ends.
constexpr std::int64_t job_pods_max = 500;

// Upstream's `SyncJobBatchPeriod`: no sync that waits for pods comes sooner.
constexpr Duration job_batch_period = 1s;

std::int32_t restarts_of_running(const std::vector<PodPointer>& pods) {
    std::int32_t sum = 0;
    for (const PodPointer& pod : pods) {
        if (pod->status.phase != "Running" && pod->status.phase != "Pending") {
            continue;
        }
        for (const auto& status : *pod->status->initContainerStatuses) {
            sum += status.restartCount;
        }
        for (const auto& status : *pod->status->containerStatuses) {
            sum += status.restartCount;
        }
    }
    return sum;
}

// Where containers restart in place, their restarts count.
bool restarts_too_often(const Job& job, const std::vector<PodPointer>& pods) {
    if (job.spec.template_.spec->restartPolicy != "OnFailure") {
        return false;
    }
    const std::int32_t restarts = restarts_of_running(pods);
    const std::int32_t limit = job.spec.backoffLimit.value_or(0);
    return limit == 0 ? restarts > 0 : restarts >= limit;
}

std::int64_t completions_of(const Job& job) {
    return job.spec.completions.value_or(0);
}

}  // namespace

JobSync::JobSync(const ControllerContext& context, const Job& job, std::vector<PodPointer> pods,
                 JobFailures& failures)
    : context_(context),
      job_(job),
      pods_(std::move(pods)),
      failures_(failures),
      now_(context.registry.clock().wall()) {
    if (!job_.status.uncountedTerminatedPods) {
        job_.status.uncountedTerminatedPods.emplace();
    }
    const auto& uncounted = *job_.status.uncountedTerminatedPods;
    uncounted_succeeded_ = {uncounted.succeeded.begin(), uncounted.succeeded.end()};
    uncounted_failed_ = {uncounted.failed.begin(), uncounted.failed.end()};
}

Result<> JobSync::run() {
    count_pods();
    if (!job_.status.startTime && !is_suspended(job_)) {
        job_.status.startTime = api::Time{now_};
    }
    note_failures();
    judge_failure_of_job();
    if (is_indexed(job_)) {
        judge_indexes();
    }
    const Result<> managed = end_ ? end_active_pods() : keep_going();
    auto& status = job_.status;
    const auto active = static_cast<std::int32_t>(active_);
    const auto ready = static_cast<std::int32_t>(ready_);
    const auto terminating = static_cast<std::int32_t>(terminating_);
    dirty_ = dirty_ || active != status.active || status.ready != ready ||
             status.terminating != terminating;
    status.active = active;
    status.ready = ready;
    status.terminating = terminating;
    const Result<> tracked = track();
    return tracked ? managed : tracked;
}

JobCondition JobSync::condition(const std::string& type, const std::string& reason,
                                const std::string& message) const {
    return {.type = type,
            .status = "True",
            .lastProbeTime = api::Time{now_},
            .lastTransitionTime = api::Time{now_},
            .reason = reason,
            .message = message};
}

void JobSync::count_pods() {
    for (const PodPointer& pod : pods_) {
        if (is_active(*pod)) {
            active_pods_.push_back(pod);
            ready_ += is_ready(*pod) ? 1 : 0;
        }
        terminating_ += is_terminating(*pod) ? 1 : 0;
    }
    active_ = std::ssize(active_pods_);
}

/// Returns the pods that have ended and are not counted yet.
std::vector<PodPointer> JobSync::new_ones(bool failed) const {
    const auto& known = failed ? uncounted_failed_ : uncounted_succeeded_;
    std::vector<PodPointer> result;
    for (const PodPointer& pod : pods_) {
        const bool counts = has_job_finalizer(*pod) && !known.contains(pod->metadata.uid) &&
                            (!is_indexed(job_) || valid_index_of(job_, *pod));
        if (counts && (failed ? is_failed(job_, *pod) : pod->status.phase == "Succeeded")) {
            result.push_back(pod);
        }
    }
    std::ranges::stable_sort(result, {},
                             [](const PodPointer& pod) { return finish_time_of(*pod); });
    return result;
}

/// Counts successes and failures, and the failures since the last success.
void JobSync::note_failures() {
    const auto successes = new_ones(false);
    const auto failures = new_ones(true);
    succeeded_ = job_.status.succeeded + std::ssize(successes) + std::ssize(uncounted_succeeded_);
    failed_ = job_.status.failed + std::ssize(uncounted_failed_) +
              std::ranges::count_if(failures, [&](const PodPointer& pod) {
                  return judge_failure(job_, *pod).counts;
              });
    new_failures_ = failures_;
    if (successes.empty()) {
        if (!failures.empty()) {
            new_failures_.count += std::ssize(failures);
            new_failures_.last = finish_time_of(*failures.back());
        }
        return;
    }
    new_failures_ = {};
    const WallTime last_success = finish_time_of(*successes.back());
    for (auto pod = failures.rbegin(); pod != failures.rend(); ++pod) {
        const WallTime end = finish_time_of(**pod);
        if (end <= last_success) {
            break;
        }
        new_failures_.last = new_failures_.last.value_or(end);
        ++new_failures_.count;
    }
}

void JobSync::judge_failure_of_job() {
    if (const auto* met = true_condition(job_, "SuccessCriteriaMet")) {
        end_ = *met;
        return;
    }
    if (const auto* target = true_condition(job_, "FailureTarget")) {
        end_ = condition("Failed", target->reason, target->message);
        return;
    }
    if (job_.spec.podFailurePolicy) {
        for (const PodPointer& pod : pods_) {
            const auto why =
                is_failed(job_, *pod) ? judge_failure(job_, *pod).job_failure : std::nullopt;
            if (why) {
                end_ = condition("FailureTarget", "PodFailurePolicy", *why);
                return;
            }
        }
    }
    if (failed_ > job_.spec.backoffLimit.value_or(0) || restarts_too_often(job_, pods_)) {
        end_ = condition("FailureTarget", "BackoffLimitExceeded",
                         "Job has reached the specified backoff limit");
        return;
    }
    if (!job_.spec.activeDeadlineSeconds || is_suspended(job_) || !job_.status.startTime) {
        return;
    }
    const Duration left = job_.status.startTime->value +
                          std::chrono::seconds{*job_.spec.activeDeadlineSeconds} - now_;
    if (left <= Duration::zero()) {
        end_ = condition("FailureTarget", "DeadlineExceeded",
                         "Job was active longer than specified deadline");
    } else {
        context_.queue.add_after(key(), left);
    }
}

void JobSync::judge_indexes() {
    const std::int64_t completions = completions_of(job_);
    succeeded_before_ = IndexIntervals::parse(job_.status.completedIndexes, completions);
    std::set<std::int64_t> succeeded;
    std::set<std::int64_t> failed;
    for (const PodPointer& pod : pods_) {
        const auto index = valid_index_of(job_, *pod);
        if (!index || !has_job_finalizer(*pod)) {
            continue;
        }
        if (pod->status.phase == "Succeeded") {
            succeeded.insert(*index);
        }
        if (job_.spec.backoffLimitPerIndex && fails_index(job_, *pod)) {
            failed.insert(*index);
        }
    }
    succeeded_indexes_ = succeeded_before_.with(succeeded);
    succeeded_ = succeeded_indexes_.total();
    if (job_.spec.backoffLimitPerIndex) {
        failed_indexes_ =
            IndexIntervals::parse(job_.status.failedIndexes.value_or(""), completions).with(failed);
        const std::int64_t failures = failed_indexes_->total();
        if (!end_ && job_.spec.maxFailedIndexes && failures > *job_.spec.maxFailedIndexes) {
            end_ = condition("FailureTarget", "MaxFailedIndexesExceeded",
                             "Job has exceeded the specified maximal number of failed indexes");
        } else if (!end_ && failures > 0 && failures + succeeded_ >= completions) {
            end_ = condition("FailureTarget", "FailedIndexes", "Job has failed indexes");
        }
        hold_last_failures();
    }
    if (!end_) {
        if (const auto rule = met_success_rule(job_, succeeded_indexes_)) {
            end_ = condition("SuccessCriteriaMet", "SuccessPolicy", *rule);
        }
    }
}

/// Finds the last failed pod of each index that waits for another: it stays until that is there,
/// because it knows how often the index has failed.
void JobSync::hold_last_failures() {
    const std::set<std::int64_t> active = indexes_of(active_pods_);
    const auto count_of = [](const Pod& pod) {
        return failures_before(pod) + ignored_failures_before(pod);
    };
    for (const PodPointer& pod : pods_) {
        const auto index = valid_index_of(job_, *pod);
        if (!index || !has_job_finalizer(*pod) || !is_failed(job_, *pod) ||
            succeeded_indexes_.has(*index) || failed_indexes_->has(*index) ||
            active.contains(*index)) {
            continue;
        }
        const auto [entry, fresh] = last_failures_.try_emplace(*index, pod);
        if (!fresh && count_of(*entry->second) <= count_of(*pod) &&
            finish_time_of(*pod) >= finish_time_of(*entry->second)) {
            entry->second = pod;
        }
    }
}

/// The Job is at its end: what still runs goes, and its finalizers stay until it is counted.
Result<> JobSync::end_active_pods() {
    Result<> result;
    std::int64_t deleted = 0;
    for (const PodPointer& pod : active_pods_) {
        if (auto gone = delete_pod_of(context_, job_, *pod); gone) {
            ++deleted;
        } else {
            result = std::move(gone);
        }
        ready_ -= is_ready(*pod) ? 1 : 0;
    }
    if (deleted != active_) {
        end_.reset();
    }
    active_ -= deleted;
    terminating_ += deleted;
    return result;
}

Result<> JobSync::keep_going() {
    const bool manages = !job_.metadata.deletionTimestamp;
    const Result<> managed = manages ? manage() : Result<>{};
    const bool complete = job_.spec.completions ? succeeded_ >= completions_of(job_) && active_ == 0
                                                : succeeded_ > 0 && active_ == 0;
    if (complete) {
        end_ = condition("SuccessCriteriaMet", "CompletionsReached",
                         "Reached expected number of succeeded pods");
    } else if (manages) {
        suspend_or_resume();
    }
    return managed;
}

void JobSync::suspend_or_resume() {
    JobCondition wanted = is_suspended(job_)
                              ? condition("Suspended", "JobSuspended", "Job suspended")
                              : condition("Suspended", "JobResumed", "Job resumed");
    wanted.status = is_suspended(job_) ? "True" : "False";
    if (!ensure_condition(wanted)) {
        return;
    }
    dirty_ = true;
    if (is_suspended(job_)) {
        context_.events.normal(job_, "Suspended", "Job suspended");
        job_.status.startTime.reset();
    } else {
        // The deadline counts from here.
        context_.events.normal(job_, "Resumed", "Job resumed");
        job_.status.startTime = api::Time{now_};
    }
}

/// Sets a condition. One that is not there is not set to False. Returns whether anything changed.
bool JobSync::ensure_condition(const JobCondition& wanted) {
    auto& conditions = job_.status.conditions;
    const auto found = std::ranges::find(conditions, wanted.type, &JobCondition::type);
    if (found == conditions.end()) {
        if (wanted.status == "False") {
            return false;
        }
        conditions.push_back(wanted);
        return true;
    }
    if (found->status == wanted.status && found->reason == wanted.reason &&
        found->message == wanted.message) {
        return false;
    }
    *found = wanted;
    return true;
}

/// Brings the number of active pods to what the Job wants now, by either deletions or creations.
Result<> JobSync::manage() {
    if (is_suspended(job_)) {
        return delete_pods(pods_to_remove(job_, active_pods_, active_));
    }
    const std::int64_t parallelism = job_.spec.parallelism.value_or(0);
    std::int64_t wanted = 0;
    if (job_.spec.completions) {
        wanted =
            std::max<std::int64_t>(0, std::min(completions_of(job_) - succeeded_, parallelism));
    } else {
        wanted = succeeded_ > 0 ? active_ : parallelism;
    }
    auto surplus = pods_to_remove(job_, active_pods_, std::max<std::int64_t>(0, active_ - wanted));
    if (!surplus.empty()) {
        surplus.resize(std::min<std::size_t>(surplus.size(), job_pods_max));
        return delete_pods(surplus);
    }
    const std::int64_t leaving = replaces_failed_alone(job_) ? terminating_ : 0;
    const std::int64_t missing = wanted - leaving - active_;
    return missing > 0 ? create_pods(std::min(missing, job_pods_max)) : Result<>{};
}

Result<> JobSync::delete_pods(const std::vector<PodPointer>& pods) {
    Result<> result;
    for (const PodPointer& pod : pods) {
        Result<> gone = release(pod);
        if (gone) {
            gone = delete_pod_of(context_, job_, *pod);
        }
        if (!gone) {
            result = std::move(gone);
            continue;
        }
        --active_;
        ++terminating_;
        ready_ -= is_ready(*pod) ? 1 : 0;
    }
    return result;
}

/// Returns which indexes get a pod now; if none does, `wait` says when the first may.
std::vector<std::int64_t> JobSync::indexes_due(std::int64_t count, Duration& wait) const {
    IndexIntervals taken = succeeded_indexes_.with(indexes_of(active_pods_));
    if (replaces_failed_alone(job_)) {
        std::vector<PodPointer> leaving = pods_;
        std::erase_if(leaving, [](const PodPointer& pod) { return !is_terminating(*pod); });
        taken = taken.with(indexes_of(leaving));
    }
    if (failed_indexes_) {
        taken = taken.with(*failed_indexes_);
    }
    std::vector<std::int64_t> pending = taken.first_missing(count, completions_of(job_));
    if (!job_.spec.backoffLimitPerIndex) {
        return pending;
    }
    std::optional<Duration> least;
    std::erase_if(pending, [&](std::int64_t index) {
        const auto failure = last_failures_.find(index);
        if (failure == last_failures_.end()) {
            return false;
        }
        const Pod& pod = *failure->second;
        const Duration left = job_back_off(failures_before(pod) + ignored_failures_before(pod) + 1,
                                           finish_time_of(pod), now_);
        if (left > Duration::zero()) {
            least = std::min(least.value_or(left), left);
        }
        return left > Duration::zero();
    });
    if (pending.empty() && least) {
        wait = *least;
    }
    return pending;
}

/// Creates pods in batches of 1, 2, 4, ..., of which one with a failure is the last.
Result<> JobSync::create_pods(std::int64_t count) {
    Duration wait{};
    if (!job_.spec.backoffLimitPerIndex && new_failures_.last) {
        wait = job_back_off(new_failures_.count, *new_failures_.last, now_);
    }
    std::vector<std::int64_t> indexes;
    if (wait == Duration::zero() && is_indexed(job_)) {
        indexes = indexes_due(count, wait);
        count = std::ssize(indexes);
    }
    if (wait > Duration::zero()) {
        context_.queue.add_after(key(), std::max(wait, job_batch_period));
        return {};
    }
    Result<> result;
    std::int64_t done = 0;
    for (std::int64_t batch = 1; done < count && result; batch *= 2) {
        const std::int64_t end = std::min(done + batch, count);
        for (; done < end; ++done) {
            std::optional<std::int64_t> index;
            PodPointer replaced;
            if (is_indexed(job_)) {
                index = indexes[static_cast<std::size_t>(done)];
                const auto failure = last_failures_.find(*index);
                replaced = failure == last_failures_.end() ? nullptr : failure->second;
            }
            const auto created = create_pod_of(context_, job_, make_job_pod(job_, index, replaced));
            if (created || is_namespace_terminating(created.error())) {
                ++active_;
            } else {
                result = created.error();
            }
        }
    }
    return result;
}

}  // namespace wavetank::controllers
