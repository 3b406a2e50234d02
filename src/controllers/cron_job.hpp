#pragma once

/// \file
/// Makes the Jobs of a CronJob when they are due (upstream's `pkg/controller/cronjob`).

#include <wavetank/api/batchv1/cron_job.hpp>
#include <wavetank/api/batchv1/job.hpp>
#include <wavetank/api/cron_schedule.hpp>
#include <wavetank/base/time_zone.hpp>
#include <wavetank/controllers/reconciler.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::controllers {

/// The times of a CronJob.
class CronTimes {
public:
    /// Errors: what is wrong with the schedule, or that there is no such time zone.
    [[nodiscard]] static Result<CronTimes> of(const api::batchv1::CronJob& cron_job);

    /// Returns the first time after another; if there is none, the end of time.
    [[nodiscard]] WallTime next(WallTime after) const;
    /// Writes a time as RFC 3339, in the CronJob's zone.
    [[nodiscard]] std::string shown(WallTime time) const;

private:
    CronTimes(api::CronSchedule schedule, TimeZone zone);

    api::CronSchedule schedule_;
    TimeZone zone_;
};

class CronJobController final : public Reconciler {
public:
    explicit CronJobController(const ControllerContext& context);

    Outcome reconcile(const store::Key& key) override;

private:
    using CronJob = api::batchv1::CronJob;
    using Job = api::batchv1::Job;
    using JobPointer = api::Pointer<const Job>;

    /// Which times have come: the last of them, and whether there were very many.
    struct Missed {
        WallTime earliest;
        std::optional<WallTime> last{};
        enum class Count : std::uint8_t { None, Few, Many } count = Count::None;
    };

    void on_cron_job(const store::WatchEvent<CronJob>& event);
    void on_job(const store::WatchEvent<Job>& event);
    [[nodiscard]] std::vector<JobPointer> jobs_of(const CronJob& cron_job) const;

    void clean_up(CronJob& cron_job, const std::vector<JobPointer>& jobs);
    void remove_oldest(CronJob& cron_job, std::vector<JobPointer> jobs, std::int32_t kept);
    bool remove_job(CronJob& cron_job, const std::string& name, const std::string& uid);
    void look_at_jobs(CronJob& cron_job, const std::vector<JobPointer>& jobs);
    void look_at_active(CronJob& cron_job, const std::vector<JobPointer>& jobs);
    /// Starts a Job if one is due. Returns after which time to look again.
    Result<std::optional<Duration>> start(CronJob& cron_job);
    Result<bool> create_job(CronJob& cron_job, const CronTimes& times, WallTime scheduled);
    [[nodiscard]] static Result<Missed> missed_times(const CronJob& cron_job,
                                                     const CronTimes& times, WallTime now,
                                                     bool with_deadline);
    [[nodiscard]] static Duration time_to_next(const CronJob& cron_job, const CronTimes& times,
                                               WallTime now);

    ControllerContext context_;
    store::Store& store_;
    store::Subscription cron_jobs_;
    store::Subscription jobs_;
};

}  // namespace wavetank::controllers
