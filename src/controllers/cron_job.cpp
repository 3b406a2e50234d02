#include "controllers/cron_job.hpp"

#include "controllers/job_pods.hpp"
#include "controllers/owners.hpp"

#include <wavetank/api/kinds.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace wavetank::controllers {
namespace {

using api::batchv1::CronJob;
using api::batchv1::Job;
using std::chrono::seconds;

/// A start falls due a little after its time.
constexpr std::chrono::milliseconds start_delay{100};
constexpr std::int64_t many_missed = 100;
/// As far ahead as anybody waits.
constexpr std::chrono::hours longest_wait{24 * 365 * 100};

constexpr const char* timestamp_annotation = "batch.kubernetes.io/cronjob-scheduled-timestamp";

std::string job_name(const CronJob& cron_job, WallTime scheduled) {
    const auto minutes = std::chrono::floor<std::chrono::minutes>(scheduled.time_since_epoch());
    return cron_job.metadata.name + "-" + std::to_string(minutes.count());
}

bool is_active(const CronJob& cron_job, const std::string& uid) {
    return std::ranges::find(cron_job.status.active, uid, &api::corev1::ObjectReference::uid) !=
           cron_job.status.active.end();
}

void forget_active(CronJob& cron_job, const std::string& uid) {
    std::erase_if(cron_job.status.active, [&](const auto& each) { return each.uid == uid; });
}

/// Writes Go's RFC1123Z, in UTC.
std::string rfc1123(WallTime time) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{std::chrono::floor<seconds>(time - day)};
    return fmt::format(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", days[std::chrono::weekday{day}.c_encoding()],
        static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
        static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
        clock.seconds().count());
}

/// Tells that a zone in the schedule itself is none of Kubernetes' promises.
void warn_of_zone(EventRecorder& events, const CronJob& cron_job) {
    const std::string& schedule = cron_job.spec.schedule;
    if (schedule.find("TZ") != std::string::npos) {
        events.warning(cron_job, "UnsupportedSchedule",
                       "CRON_TZ or TZ used in schedule \"" + schedule +
                           "\" is not officially supported, see "
                           "https://kubernetes.io/docs/concepts/workloads/controllers/"
                           "cron-jobs/ for more details");
    }
}

}  // namespace

CronTimes::CronTimes(api::CronSchedule schedule, TimeZone zone)
    : schedule_(std::move(schedule)), zone_(std::move(zone)) {}

Result<CronTimes> CronTimes::of(const CronJob& cron_job) {
    const std::string name = cron_job.spec.timeZone.value_or("");
    auto zone = TimeZone::load(name);
    if (!zone) {
        return zone.error();
    }
    auto schedule = api::CronSchedule::parse(cron_job.spec.schedule, name);
    if (!schedule) {
        return schedule.error();
    }
    return CronTimes{std::move(*schedule), std::move(*zone)};
}

WallTime CronTimes::next(WallTime after) const {
    return schedule_.next(after).value_or(WallTime::max());
}

std::string CronTimes::shown(WallTime time) const {
    return to_rfc3339(time, zone_);
}

CronJobController::CronJobController(const ControllerContext& context)
    : context_(context), store_(context.registry.store()) {
    cron_jobs_ = store_.watch<CronJob>([this](const auto& event) { on_cron_job(event); });
    jobs_ = store_.watch<Job>([this](const auto& event) { on_job(event); });
    for (const auto& cron_job : store_.list<CronJob>()) {
        context_.queue.add(store::key_of(*cron_job));
    }
}

/// A schedule that was edited counts from its next time on.
void CronJobController::on_cron_job(const store::WatchEvent<CronJob>& event) {
    const CronJob& cron_job = *event.object;
    const store::Key key = store::key_of(cron_job);
    const bool edited = event.type == store::EventType::Modified &&
                        (event.previous->spec.schedule != cron_job.spec.schedule ||
                         event.previous->spec.timeZone != cron_job.spec.timeZone);
    if (!edited) {
        context_.queue.add(key);
        return;
    }
    const auto times = CronTimes::of(cron_job);
    if (!times) {
        context_.events.warning(cron_job, "UnParseableCronJobSchedule",
                                "unparseable schedule for cronjob: " + cron_job.spec.schedule);
        return;
    }
    context_.queue.add_after(key, time_to_next(cron_job, *times, context_.registry.clock().wall()));
}

void CronJobController::on_job(const store::WatchEvent<Job>& event) {
    const auto wake = [this](const Job& job) {
        const auto* owner = controller_of(job.metadata);
        if (owner == nullptr || owner->kind != "CronJob") {
            return;
        }
        const store::Key key{job.metadata.namespace_, owner->name};
        const auto cron_job = store_.get<CronJob>(key);
        if (cron_job != nullptr && cron_job->metadata.uid == owner->uid) {
            context_.queue.add(key);
        }
    };
    if (event.previous != nullptr &&
        event.previous->metadata.ownerReferences != event.object->metadata.ownerReferences) {
        wake(*event.previous);
    }
    wake(*event.object);
}

std::vector<CronJobController::JobPointer> CronJobController::jobs_of(
    const CronJob& cron_job) const {
    std::vector<JobPointer> jobs = store_.list<Job>(cron_job.metadata.namespace_);
    std::erase_if(jobs, [&](const JobPointer& job) {
        const auto* owner = controller_of(job->metadata);
        return owner == nullptr || owner->uid != cron_job.metadata.uid;
    });
    return jobs;
}

Reconciler::Outcome CronJobController::reconcile(const store::Key& key) {
    const auto stored = store_.get<CronJob>(key);
    if (stored == nullptr) {
        return Outcome::Done;
    }
    CronJob cron_job = *stored;
    const std::vector<JobPointer> jobs = jobs_of(cron_job);
    clean_up(cron_job, jobs);
    look_at_jobs(cron_job, jobs);
    look_at_active(cron_job, jobs);
    const auto wait = start(cron_job);
    if (cron_job.status != stored->status && !context_.registry.update_status(cron_job)) {
        return Outcome::Retry;
    }
    if (!wait) {
        return Outcome::Retry;
    }
    if (*wait) {
        context_.queue.add_after(key, **wait);
    }
    return Outcome::Done;
}

void CronJobController::clean_up(CronJob& cron_job, const std::vector<JobPointer>& jobs) {
    std::vector<JobPointer> complete;
    std::vector<JobPointer> failed;
    for (const JobPointer& job : jobs) {
        if (true_condition(*job, "Complete") != nullptr) {
            complete.push_back(job);
        } else if (true_condition(*job, "Failed") != nullptr) {
            failed.push_back(job);
        }
    }
    if (cron_job.spec.successfulJobsHistoryLimit) {
        remove_oldest(cron_job, std::move(complete), *cron_job.spec.successfulJobsHistoryLimit);
    }
    if (cron_job.spec.failedJobsHistoryLimit) {
        remove_oldest(cron_job, std::move(failed), *cron_job.spec.failedJobsHistoryLimit);
    }
}

/// Those that never started count as the youngest.
void CronJobController::remove_oldest(CronJob& cron_job, std::vector<JobPointer> jobs,
                                      std::int32_t kept) {
    std::ranges::sort(jobs, {}, [](const JobPointer& job) {
        const auto& started = job->status.startTime;
        return std::tuple{!started.has_value(), started.value_or(api::Time{}), job->metadata.name};
    });
    const std::int64_t surplus = std::ssize(jobs) - std::int64_t{kept};
    for (std::int64_t i = 0; i < surplus; ++i) {
        const auto& metadata = jobs[static_cast<std::size_t>(i)]->metadata;
        remove_job(cron_job, metadata.name, metadata.uid);
    }
}

bool CronJobController::remove_job(CronJob& cron_job, const std::string& name,
                                   const std::string& uid) {
    const auto removed = context_.registry.remove<Job>(
        {cron_job.metadata.namespace_, name}, {.propagation = registry::Propagation::Background});
    if (!removed) {
        context_.events.warning(cron_job, "FailedDelete",
                                "Deleted job: " + removed.error().message);
        return false;
    }
    forget_active(cron_job, uid);
    context_.events.normal(cron_job, "SuccessfulDelete", "Deleted job " + name);
    return true;
}

void CronJobController::look_at_jobs(CronJob& cron_job, const std::vector<JobPointer>& jobs) {
    auto& status = cron_job.status;
    for (const JobPointer& job : jobs) {
        const std::string& name = job->metadata.name;
        const bool known = is_active(cron_job, job->metadata.uid);
        const bool complete = true_condition(*job, "Complete") != nullptr;
        if (!is_finished(*job)) {
            if (!known) {
                context_.events.warning(
                    cron_job, "UnexpectedJob",
                    "Saw a job that the controller did not create or forgot: " + name);
            }
            continue;
        }
        if (known) {
            forget_active(cron_job, job->metadata.uid);
            context_.events.normal(cron_job, "SawCompletedJob",
                                   "Saw completed job: " + name +
                                       ", condition: " + (complete ? "Complete" : "Failed"));
        }
        const auto& ended = job->status.completionTime;
        if (complete &&
            (!status.lastSuccessfulTime || (ended && *ended > *status.lastSuccessfulTime))) {
            status.lastSuccessfulTime = ended;
        }
    }
}

void CronJobController::look_at_active(CronJob& cron_job, const std::vector<JobPointer>& jobs) {
    for (const auto& active : std::vector{cron_job.status.active}) {
        const bool mine = std::ranges::any_of(
            jobs, [&](const JobPointer& job) { return job->metadata.uid == active.uid; });
        if (!mine && store_.get<Job>({active.namespace_, active.name}) == nullptr) {
            context_.events.normal(cron_job, "MissingJob",
                                   "Active job went missing: " + active.name);
            forget_active(cron_job, active.uid);
        }
    }
}

Result<CronJobController::Missed> CronJobController::missed_times(const CronJob& cron_job,
                                                                  const CronTimes& times,
                                                                  WallTime now,
                                                                  bool with_deadline) {
    Missed missed{.earliest = cron_job.metadata.creationTimestamp.value_or(api::Time{}).value};
    if (cron_job.status.lastScheduleTime) {
        missed.earliest = cron_job.status.lastScheduleTime->value;
    }
    if (with_deadline && cron_job.spec.startingDeadlineSeconds) {
        missed.earliest =
            std::max(missed.earliest, now - seconds{*cron_job.spec.startingDeadlineSeconds});
    }
    const WallTime first = times.next(missed.earliest);
    if (now < first) {
        return missed;
    }
    const WallTime second = times.next(first);
    if (now < second) {
        missed.last = first;
        return missed;
    }
    const std::int64_t between = std::chrono::round<seconds>(second - first).count();
    if (between < 1) {
        return Error{.message = "time difference between two schedules is less than 1 second"};
    }
    const std::int64_t elapsed = std::chrono::duration_cast<seconds>(now - first).count();
    const std::int64_t count = elapsed / between + 1;
    // A schedule need not be even: the last of the times may be one or two further on.
    for (WallTime time = times.next(first + seconds{(count - 2) * between}); time <= now;
         time = times.next(time)) {
        missed.last = time;
    }
    missed.count = count > many_missed ? Missed::Count::Many : Missed::Count::Few;
    return missed;
}

Duration CronJobController::time_to_next(const CronJob& cron_job, const CronTimes& times,
                                         WallTime now) {
    const auto missed = missed_times(cron_job, times, now, false);
    WallTime from = now;
    if (missed && missed->last) {
        from = *missed->last;
    } else if (missed && missed->count == Missed::Count::None) {
        from = missed->earliest;
    }
    const WallTime next = std::min(times.next(from), now + longest_wait);
    return std::max(Duration{}, next + start_delay - now);
}

Result<std::optional<Duration>> CronJobController::start(CronJob& cron_job) {
    const auto& spec = cron_job.spec;
    const std::optional<Duration> never;
    if (cron_job.metadata.deletionTimestamp || spec.suspend.value_or(false)) {
        return never;
    }
    warn_of_zone(context_.events, cron_job);
    const auto times = CronTimes::of(cron_job);
    if (!times) {
        context_.events.warning(
            cron_job, "UnparseableSchedule",
            "unparseable schedule: \"" + spec.schedule + "\" : " + times.error().message);
        return never;
    }
    const WallTime now = context_.registry.clock().wall();
    const auto missed = missed_times(cron_job, *times, now, true);
    if (!missed) {
        context_.events.warning(
            cron_job, "InvalidSchedule",
            "invalid schedule: " + spec.schedule + " : " + missed.error().message);
        return never;
    }
    const auto later = [&] { return std::optional{time_to_next(cron_job, *times, now)}; };
    if (!missed->last) {
        return later();
    }
    const WallTime scheduled = *missed->last;
    if (missed->count == Missed::Count::Many) {
        context_.events.warning(cron_job, "TooManyMissedTimes",
                                "too many missed start times. Set or decrease "
                                ".spec.startingDeadlineSeconds or check clock skew");
    }
    if (spec.startingDeadlineSeconds && scheduled + seconds{*spec.startingDeadlineSeconds} < now) {
        context_.events.warning(cron_job, "MissSchedule",
                                "Missed scheduled time to start a job: " + rfc1123(scheduled));
        return later();
    }
    auto& active = cron_job.status.active;
    const bool runs = std::ranges::find(active, job_name(cron_job, scheduled),
                                        &api::corev1::ObjectReference::name) != active.end();
    if (runs || cron_job.status.lastScheduleTime == api::Time{scheduled}) {
        return later();
    }
    if (spec.concurrencyPolicy == "Forbid" && !active.empty()) {
        context_.events.normal(cron_job, "JobAlreadyActive",
                               "Not starting job because prior execution is running and "
                               "concurrency policy is Forbid");
        return later();
    }
    if (spec.concurrencyPolicy == "Replace") {
        for (const auto& each : std::vector{active}) {
            if (!remove_job(cron_job, each.name, each.uid)) {
                return Error{.message =
                                 "could not replace job " + each.namespace_ + "/" + each.name};
            }
        }
    }
    const auto created = create_job(cron_job, *times, scheduled);
    if (!created) {
        return created.error();
    }
    return *created ? later() : never;
}

/// Returns false if that Job is there already and is no news.
Result<bool> CronJobController::create_job(CronJob& cron_job, const CronTimes& times,
                                           WallTime scheduled) {
    Job job;
    job.metadata.name = job_name(cron_job, scheduled);
    job.metadata.namespace_ = cron_job.metadata.namespace_;
    job.metadata.labels = cron_job.spec.jobTemplate.metadata.labels;
    job.metadata.annotations = cron_job.spec.jobTemplate.metadata.annotations;
    job.metadata.annotations.edit()[timestamp_annotation] = times.shown(scheduled);
    job.metadata.ownerReferences.edit() = {controller_reference(cron_job)};
    job.spec = cron_job.spec.jobTemplate.spec;
    const store::Key key = store::key_of(job);
    auto made = context_.registry.create(std::move(job));
    if (made) {
        context_.events.normal(cron_job, "SuccessfulCreate", "Created job " + key.name);
    } else if (is_namespace_terminating(made.error())) {
        return made.error();
    } else if (made.error().reason == Reason::AlreadyExists) {
        const auto present = store_.get<Job>(key);
        const auto* owner = present == nullptr ? nullptr : controller_of(present->metadata);
        if (owner == nullptr || owner->uid != cron_job.metadata.uid ||
            is_active(cron_job, present->metadata.uid)) {
            return false;
        }
        made = present;
    } else {
        context_.events.warning(cron_job, "FailedCreate",
                                "Error creating job: " + made.error().message);
        return made.error();
    }
    cron_job.status.active.push_back(reference_to(**made));
    cron_job.status.lastScheduleTime = api::Time{scheduled};
    return true;
}

}  // namespace wavetank::controllers
