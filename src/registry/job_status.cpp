// Which statuses of a Job may follow each other. Most rules bind only who changes what they are
// about, so that a status that broke one before can still be mended.

#include "registry/job_indexes.hpp"
#include "registry/job_spec.hpp"

#include <boost/json.hpp>

#include <set>

namespace wavetank::registry {
namespace {

using api::batchv1::Job;
using api::batchv1::UncountedTerminatedPods;

/// Both statuses, and what each says of the Job's end.
class JobStatusChange {
public:
    JobStatusChange(const Job& next, const Job& old) : next_{next}, old_{old} {}

    [[nodiscard]] FieldErrors errors() {
        check_counts();
        check_uncounted();
        check_ends();
        check_times();
        check_finished();
        check_indexes();
        check_promises();
        check_history();
        return std::move(errors_);
    }

private:
    [[nodiscard]] bool now(std::string_view type) const {
        return has_job_condition(next_, type);
    }
    [[nodiscard]] bool before(std::string_view type) const {
        return has_job_condition(old_, type);
    }
    [[nodiscard]] bool turned(std::string_view type) const {
        return now(type) != before(type);
    }
    [[nodiscard]] bool finished() const {
        return now("Complete") || now("Failed");
    }
    [[nodiscard]] bool finish_turned() const {
        return finished() != (before("Complete") || before("Failed"));
    }
    template <class Member>
    [[nodiscard]] bool changed(Member member) const {
        return next_.status.*member != old_.status.*member;
    }

    void refuse(std::string_view field, std::string_view detail) {
        errors_.push_back(invalid_without_value(path_ / field, detail));
    }
    void refuse(std::string_view field, std::int64_t value, std::string_view detail) {
        errors_.push_back(api::invalid_value(path_ / field, value, detail));
    }
    void refuse_text(std::string_view field, std::string_view value, std::string_view detail) {
        errors_.push_back(api::invalid_value(path_ / field, value, detail));
    }
    void refuse_time(std::string_view field, const std::optional<api::Time>& time,
                     std::string_view detail) {
        const std::string shown = time ? api::quoted(to_rfc3339(time->value)) : "null";
        errors_.push_back(api::invalid_literal(path_ / field, shown, detail));
    }

    void check_counts();
    void check_uncounted();
    void check_ends();
    void check_times();
    void check_finished();
    void check_indexes();
    void check_promises();
    void check_history();

    const Job& next_;
    const Job& old_;
    Path path_{"status"};
    FieldErrors errors_;
};

void JobStatusChange::check_counts() {
    const auto& status = next_.status;
    check_not_negative(errors_, path_ / "active", status.active);
    check_not_negative(errors_, path_ / "succeeded", status.succeeded);
    check_not_negative(errors_, path_ / "failed", status.failed);
    check_not_negative(errors_, path_ / "ready", status.ready.value_or(0));
    check_not_negative(errors_, path_ / "terminating", status.terminating.value_or(0));
}

void JobStatusChange::check_uncounted() {
    if (!next_.status.uncountedTerminatedPods) {
        return;
    }
    std::set<std::string> seen;
    const auto check = [&](const std::vector<std::string>& uids, std::string_view field) {
        const Path list = path_ / "uncountedTerminatedPods" / field;
        for (std::size_t i = 0; i < uids.size(); ++i) {
            if (uids[i].empty()) {
                errors_.push_back(api::invalid_value(list[i], uids[i], "must not be empty"));
            } else if (!seen.insert(uids[i]).second) {
                errors_.push_back(api::duplicate_value(list[i], uids[i]));
            }
        }
    };
    check(next_.status.uncountedTerminatedPods->succeeded, "succeeded");
    check(next_.status.uncountedTerminatedPods->failed, "failed");
}

void JobStatusChange::check_ends() {
    const bool complete = now("Complete");
    if ((turned("Complete") || turned("Failed")) && complete && now("Failed")) {
        refuse("conditions", "cannot set Complete=True and Failed=true conditions");
    }
    if ((turned("Complete") || turned("FailureTarget")) && complete && now("FailureTarget")) {
        refuse("conditions", "cannot set Complete=True and FailureTarget=true conditions");
    }
}

void JobStatusChange::check_times() {
    using Status = api::batchv1::JobStatus;
    const auto& status = next_.status;
    const bool end_changed = changed(&Status::completionTime);
    const bool start_changed = changed(&Status::startTime);
    const bool complete = now("Complete");
    if ((turned("Complete") || end_changed) && status.completionTime && !complete) {
        refuse_time("completionTime", status.completionTime,
                    "cannot set completionTime when there is no Complete=True condition");
    }
    if ((turned("Complete") || end_changed) && !status.completionTime && complete) {
        errors_.push_back(api::required_value(path_ / "completionTime",
                                              "completionTime is required for Complete jobs"));
    }
    if ((start_changed || end_changed) && status.startTime && status.completionTime &&
        *status.completionTime < *status.startTime) {
        refuse_time("completionTime", status.completionTime,
                    "must be equal to or after `startTime`");
    }
    if ((turned("Failed") || changed(&Status::failedIndexes)) && now("Failed") &&
        !now("FailureTarget")) {
        refuse("conditions",
               "cannot set Failed=True condition without the FailureTarget=true condition");
    }
    if ((turned("Complete") || turned("SuccessCriteriaMet")) && complete &&
        !now("SuccessCriteriaMet")) {
        refuse("conditions",
               "cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
    }
}

void JobStatusChange::check_finished() {
    using Status = api::batchv1::JobStatus;
    const auto& status = next_.status;
    if ((finish_turned() || changed(&Status::active)) && status.active > 0 && finished()) {
        refuse("active", status.active, "active>0 is invalid for finished job");
    }
    const bool never_ran = next_.spec.suspend == true && next_.spec.completions == 0;
    if ((finish_turned() || changed(&Status::startTime)) && !never_ran && !status.startTime &&
        finished()) {
        errors_.push_back(
            api::required_value(path_ / "startTime", "startTime is required for finished job"));
    }
    const auto& uncounted = status.uncountedTerminatedPods;
    if ((finish_turned() || changed(&Status::uncountedTerminatedPods)) && finished() && uncounted &&
        !(uncounted->succeeded.empty() && uncounted->failed.empty())) {
        const auto list = [](const std::vector<std::string>& uids) {
            return uids.empty() ? std::string{"null"}
                                : boost::json::serialize(boost::json::value_from(uids));
        };
        errors_.push_back(api::invalid_literal(path_ / "uncountedTerminatedPods",
                                               "{\"Succeeded\":" + list(uncounted->succeeded) +
                                                   ",\"Failed\":" + list(uncounted->failed) + "}",
                                               "must be empty for finished job"));
    }
}

void JobStatusChange::check_indexes() {
    using Status = api::batchv1::JobStatus;
    const auto& status = next_.status;
    const auto& spec = next_.spec;
    const bool completed_changed = changed(&Status::completedIndexes);
    const bool failed_changed = changed(&Status::failedIndexes);
    if (completed_changed && spec.completions) {
        if (const auto list = read_indexes(status.completedIndexes, *spec.completions);
            list.problem) {
            refuse_text("completedIndexes", status.completedIndexes,
                        "error parsing completedIndexes: " + *list.problem);
        }
    }
    if (failed_changed && spec.completions && spec.backoffLimitPerIndex && status.failedIndexes) {
        if (const auto list = read_indexes(*status.failedIndexes, *spec.completions);
            list.problem) {
            refuse_text("failedIndexes", *status.failedIndexes,
                        "error parsing failedIndexes: " + *list.problem);
        }
    }
    if (completed_changed && !status.completedIndexes.empty() &&
        spec.completionMode.value_or("NonIndexed") != "Indexed") {
        refuse_text("completedIndexes", status.completedIndexes,
                    "cannot set non-empty completedIndexes when non-indexed completion mode");
    }
    if (failed_changed && !spec.backoffLimitPerIndex && status.failedIndexes) {
        refuse_text("failedIndexes", *status.failedIndexes,
                    "cannot set non-null failedIndexes when backoffLimitPerIndex is null");
    }
    if ((failed_changed || completed_changed) && spec.completions && status.failedIndexes) {
        if (const auto common =
                common_index(status.completedIndexes, *status.failedIndexes, *spec.completions)) {
            refuse_text(
                "failedIndexes", *status.failedIndexes,
                "failedIndexes and completedIndexes overlap at index: " + std::to_string(*common));
        }
    }
}

void JobStatusChange::check_promises() {
    using Status = api::batchv1::JobStatus;
    const auto& status = next_.status;
    if ((finish_turned() || changed(&Status::terminating)) && status.terminating.value_or(0) > 0 &&
        finished()) {
        refuse("terminating", *status.terminating, "terminating>0 is invalid for finished job");
    }
    if ((changed(&Status::ready) || changed(&Status::active)) &&
        status.ready.value_or(0) > status.active) {
        refuse("ready", *status.ready, "cannot set more ready pods than active");
    }
    const bool met = now("SuccessCriteriaMet");
    if (met && now("Failed")) {
        refuse("conditions", "cannot set SuccessCriteriaMet=True and Failed=true conditions");
    }
    if (met && now("FailureTarget")) {
        refuse("conditions",
               "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
    }
    if (next_.spec.successPolicy && !met && now("Complete")) {
        refuse("conditions",
               "cannot set Complete=True for Job with SuccessPolicy unless "
               "SuccessCriteriaMet=True");
    }
}

void JobStatusChange::check_history() {
    const auto& status = next_.status;
    const auto& old = old_.status;
    for (const char* type : {"Failed", "Complete", "FailureTarget"}) {
        if (before(type) && !now(type)) {
            refuse("conditions",
                   "cannot disable the terminal " + std::string{type} + "=True condition");
        }
    }
    if (status.failed < old.failed) {
        refuse("failed", status.failed, "cannot decrease the failed counter");
    }
    const bool scalable = next_.spec.completionMode.value_or("NonIndexed") == "Indexed" &&
                          next_.spec.completions == next_.spec.parallelism;
    if (!scalable && status.succeeded < old.succeeded) {
        refuse("succeeded", status.succeeded, "cannot decrease the succeeded counter");
    }
    if (status.completionTime && old.completionTime &&
        status.completionTime != old.completionTime) {
        refuse_time("completionTime", status.completionTime, "field is immutable");
    }
    const bool resumes =
        has_job_condition(old_, "Suspended") && has_job_condition(next_, "Suspended", "False");
    if (!resumes && old.startTime && old.startTime != status.startTime &&
        !next_.spec.suspend.value_or(false)) {
        refuse_time("startTime", status.startTime,
                    "field is immutable for unsuspended job once set");
    }
    if (before("SuccessCriteriaMet") && !now("SuccessCriteriaMet")) {
        refuse("conditions", "cannot disable the SuccessCriteriaMet=True condition");
    }
    if (before("Complete") && !before("SuccessCriteriaMet") && now("SuccessCriteriaMet")) {
        refuse("conditions",
               "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions");
    }
}

}  // namespace

bool has_job_condition(const Job& job, std::string_view type, std::string_view status) {
    for (const auto& condition : job.status.conditions) {
        if (condition.type == type && condition.status == status) {
            return true;
        }
    }
    return false;
}

FieldErrors validate_job_status(const Job& next, const Job& old) {
    return JobStatusChange{next, old}.errors();
}

}  // namespace wavetank::registry
