#pragma once

/// \file
/// One look at one Job: how far it is, whether it has ended, which pods it needs (upstream's
/// `syncJob`).

#include "controllers/job_pods.hpp"

#include <wavetank/api/batchv1/job.hpp>
#include <wavetank/controllers/reconciler.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace wavetank::controllers {

/// How often pods of a Job have failed since one has succeeded, and when last.
struct JobFailures {
    std::int64_t count = 0;
    std::optional<WallTime> last{};
};

/// A sync. Made for one call of `run`.
class JobSync {
public:
    /// Lifetime: all of it outlives the sync.
    JobSync(const ControllerContext& context, const api::batchv1::Job& job,
            std::vector<PodPointer> pods, JobFailures& failures);

    /// Does what is to be done and writes the status. Errors: those of the writes.
    [[nodiscard]] Result<> run();

private:
    using Job = api::batchv1::Job;
    using JobCondition = api::batchv1::JobCondition;
    using Pod = api::corev1::Pod;

    void count_pods();
    void note_failures();
    void judge_failure_of_job();
    void judge_indexes();
    void hold_last_failures();
    [[nodiscard]] std::vector<PodPointer> new_ones(bool failed) const;

    Result<> end_active_pods();
    Result<> keep_going();
    void suspend_or_resume();
    Result<> manage();
    Result<> delete_pods(const std::vector<PodPointer>& pods);
    Result<> create_pods(std::int64_t count);
    [[nodiscard]] std::vector<std::int64_t> indexes_due(std::int64_t count, Duration& wait) const;

    Result<> track();
    void count_finished(std::vector<PodPointer>& to_release);
    void count_failure(const PodPointer& pod, bool failed);
    [[nodiscard]] bool may_release(const PodPointer& pod, bool failed) const;
    bool drop_released(const std::set<std::string>& with_finalizer);
    void write_indexes();
    void promise_end();
    bool enact_end();
    void report_end();
    Result<> flush();
    Result<> release(const PodPointer& pod);

    [[nodiscard]] JobCondition condition(const std::string& type, const std::string& reason,
                                         const std::string& message) const;
    bool ensure_condition(const JobCondition& wanted);
    [[nodiscard]] store::Key key() const {
        return store::key_of(job_);
    }

    ControllerContext context_;
    Job job_;  // with the status as it will be
    std::vector<PodPointer> pods_;
    JobFailures& failures_;
    JobFailures new_failures_;
    WallTime now_;

    std::vector<PodPointer> active_pods_;
    std::int64_t active_ = 0;
    std::int64_t ready_ = 0;
    std::int64_t terminating_ = 0;
    std::int64_t succeeded_ = 0;
    std::int64_t failed_ = 0;
    std::set<std::string> uncounted_succeeded_;
    std::set<std::string> uncounted_failed_;
    IndexIntervals succeeded_before_;
    IndexIntervals succeeded_indexes_;
    std::optional<IndexIntervals> failed_indexes_;
    std::map<std::int64_t, PodPointer> last_failures_;  // of indexes that have no pod now
    std::optional<JobCondition> end_;
    std::set<std::int64_t> newly_succeeded_;
    bool dirty_ = false;  // the status differs from the stored one
    bool full_ = false;   // so many pods were counted that the rest waits
};

}  // namespace wavetank::controllers
