// The part of a Job's sync that counts pods which have ended, and ends the Job.

#include "controllers/job_sync.hpp"

#include <wavetank/api/kinds.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::controllers {
namespace {

// A sync counts at most this many ends (upstream's `MaxUncountedPods`).
constexpr std::int64_t uncounted_most = 500;

}  // namespace

/// Counts pods that have ended: first their UIDs are noted in the status, then they lose their
/// finalizers, then they are counted, so that none is counted twice or never.
Result<> JobSync::track() {
    if (is_indexed(job_)) {
        std::ranges::stable_sort(pods_, {},
                                 [](const PodPointer& pod) { return completion_index_of(*pod); });
    }
    std::set<std::string> with_finalizer;
    for (const PodPointer& pod : pods_) {
        if (has_job_finalizer(*pod)) {
            with_finalizer.insert(pod->metadata.uid);
        }
    }
    dirty_ = drop_released(with_finalizer) || dirty_;
    std::vector<PodPointer> to_release;
    count_finished(to_release);
    if (is_indexed(job_)) {
        write_indexes();
    }
    promise_end();
    if (dirty_) {
        if (auto written = flush(); !written) {
            return written;
        }
        failures_ = new_failures_;
    }
    Result<> released;
    for (const PodPointer& pod : to_release) {
        if (auto done = release(pod); done) {
            with_finalizer.erase(pod->metadata.uid);
        } else {
            released = std::move(done);
        }
    }
    dirty_ = drop_released(with_finalizer) || dirty_;
    if (!released) {
        static_cast<void>(dirty_ ? flush() : Result<>{});
        return released;
    }
    const bool finished = !full_ && enact_end();
    if (!dirty_ && !finished) {
        return {};
    }
    if (auto written = flush(); !written) {
        return written;
    }
    if (finished) {
        report_end();
    }
    return {};
}

void JobSync::count_finished(std::vector<PodPointer>& to_release) {
    auto& uncounted = *job_.status.uncountedTerminatedPods;
    for (const PodPointer& pod : pods_) {
        const bool failed = is_failed(job_, *pod);
        if (!has_job_finalizer(*pod) || !may_release(pod, failed)) {
            continue;
        }
        to_release.push_back(pod);
        const std::string& uid = pod->metadata.uid;
        if (pod->status.phase == "Succeeded" && !uncounted_failed_.contains(uid)) {
            const auto index = valid_index_of(job_, *pod);
            if (is_indexed(job_) && index && !succeeded_before_.has(*index)) {
                newly_succeeded_.insert(*index);
                dirty_ = true;
            } else if (!is_indexed(job_) && !uncounted_succeeded_.contains(uid)) {
                uncounted.succeeded.push_back(uid);
                dirty_ = true;
            }
        } else {
            count_failure(pod, failed);
        }
        if (std::ssize(newly_succeeded_) + std::ssize(uncounted.succeeded) +
                std::ssize(uncounted.failed) >=
            uncounted_most) {
            full_ = true;
            return;
        }
    }
}

void JobSync::count_failure(const PodPointer& pod, bool failed) {
    // At a Job's failed end, every pod that has not ended has failed.
    const bool counts = failed || (end_ && end_->type != "SuccessCriteriaMet");
    const bool known = uncounted_failed_.contains(pod->metadata.uid);
    if (counts && !known && (!is_indexed(job_) || valid_index_of(job_, *pod)) &&
        judge_failure(job_, *pod).counts) {
        job_.status.uncountedTerminatedPods->failed.push_back(pod->metadata.uid);
        dirty_ = true;
    }
}

bool JobSync::may_release(const PodPointer& pod, bool failed) const {
    if (job_.metadata.deletionTimestamp || end_ || pod->status.phase == "Succeeded") {
        return true;
    }
    if (!failed || !job_.spec.backoffLimitPerIndex) {
        return failed;
    }
    const auto held = last_failures_.find(completion_index_of(*pod));
    return held == last_failures_.end() || held->second->metadata.uid != pod->metadata.uid;
}

/// Counts the noted pods that have no finalizer any more. Returns whether there were any.
bool JobSync::drop_released(const std::set<std::string>& with_finalizer) {
    auto& uncounted = *job_.status.uncountedTerminatedPods;
    const auto is_released = [&](const std::string& uid) { return !with_finalizer.contains(uid); };
    const auto succeeded = std::erase_if(uncounted.succeeded, is_released);
    const auto failed = std::erase_if(uncounted.failed, is_released);
    job_.status.succeeded += static_cast<std::int32_t>(succeeded);
    job_.status.failed += static_cast<std::int32_t>(failed);
    return succeeded + failed > 0;
}

void JobSync::write_indexes() {
    succeeded_indexes_ = succeeded_indexes_.with(newly_succeeded_);
    auto& status = job_.status;
    std::string completed = succeeded_indexes_.to_string();
    dirty_ = dirty_ || completed != status.completedIndexes;
    status.succeeded = static_cast<std::int32_t>(succeeded_indexes_.total());
    status.completedIndexes = std::move(completed);
    const auto failed =
        failed_indexes_ ? std::optional{failed_indexes_->to_string()} : std::nullopt;
    if (status.failedIndexes != failed) {
        status.failedIndexes = failed;
        dirty_ = true;
    }
}

/// Says how the Job will end before its last pods are let go.
void JobSync::promise_end() {
    if (!end_) {
        return;
    }
    if (end_->type == "FailureTarget") {
        job_.status.conditions.push_back(*end_);
        dirty_ = true;
        end_ = condition("Failed", end_->reason, end_->message);
    } else if (end_->type == "SuccessCriteriaMet") {
        if (true_condition(job_, "SuccessCriteriaMet") == nullptr) {
            job_.status.conditions.push_back(*end_);
            dirty_ = true;
        }
        end_ = condition("Complete", end_->reason, end_->message);
    }
}

/// Ends the Job once all pods are counted and gone. Returns whether it has ended.
bool JobSync::enact_end() {
    const auto& uncounted = *job_.status.uncountedTerminatedPods;
    if (!end_ || !uncounted.succeeded.empty() || !uncounted.failed.empty() || terminating_ > 0) {
        return false;
    }
    ensure_condition(*end_);
    if (end_->type == "Complete") {
        job_.status.completionTime = end_->lastTransitionTime;
    }
    return true;
}

void JobSync::report_end() {
    if (end_->type != "Complete") {
        context_.events.warning(job_, end_->reason, end_->message);
        return;
    }
    if (job_.spec.completions && job_.status.succeeded > *job_.spec.completions) {
        context_.events.warning(job_, "TooManySucceededPods",
                                "Too many succeeded pods running after completion count reached");
    }
    context_.events.normal(job_, "Completed", "Job completed");
}

Result<> JobSync::flush() {
    auto written = context_.registry.update_status(job_);
    if (!written) {
        return written.error();
    }
    job_ = **written;
    if (!job_.status.uncountedTerminatedPods) {
        job_.status.uncountedTerminatedPods.emplace();
    }
    dirty_ = false;
    return {};
}

/// Takes the finalizer off a pod; one that is gone has none.
Result<> JobSync::release(const PodPointer& pod) {
    const auto fresh = context_.registry.store().get<api::corev1::Pod>(store::key_of(*pod));
    if (fresh == nullptr || fresh->metadata.uid != pod->metadata.uid ||
        !has_job_finalizer(*fresh)) {
        return {};
    }
    Pod changed = *fresh;
    std::erase(changed.metadata.rare.edit().finalizers, job_finalizer);
    const auto written = context_.registry.update(std::move(changed));
    return written ? Result<>{} : Result<>{written.error()};
}

}  // namespace wavetank::controllers
