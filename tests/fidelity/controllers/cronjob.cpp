// cronjob.jsonl: a CronJob and its Jobs, step by step.

#include "controllers/cron_job.hpp"
#include "controllers/job_pods.hpp"
#include "fidelity/controllers/stepwise.hpp"

#include <wavetank/api/kinds.hpp>

#include <algorithm>
#include <optional>
#include <tuple>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using api::batchv1::CronJob;
using api::batchv1::Job;

const store::Key cron_key{"default", "c"};
constexpr std::int64_t seconds_a_minute = 60;

/// One cluster with one CronJob, whose controller may be stopped for a while.
class CronWalk {
public:
    explicit CronWalk(const json::object& spec)
        : world_({}, std::chrono::milliseconds{900},
                 parse_rfc3339(text_of(spec, "start")).value() - default_wall_epoch) {
        go_on();
        CronJob cron_job;
        cron_job.metadata.name = cron_key.name;
        cron_job.metadata.namespace_ = cron_key.namespace_;
        auto& wanted = cron_job.spec;
        wanted.schedule = text_of(spec, "schedule");
        wanted.concurrencyPolicy = text_of(spec, "concurrencyPolicy");
        if (const auto deadline = optional_number(spec, "startingDeadlineSeconds")) {
            wanted.startingDeadlineSeconds = *deadline;
        }
        if (const std::string zone = text_of(spec, "timeZone"); !zone.empty()) {
            wanted.timeZone = zone;
        }
        wanted.suspend = spec.at("suspend").as_bool();
        wanted.successfulJobsHistoryLimit = optional_number(spec, "successfulJobsHistoryLimit");
        wanted.failedJobsHistoryLimit = optional_number(spec, "failedJobsHistoryLimit");
        auto& body = wanted.jobTemplate.spec.template_.spec.edit();
        body.restartPolicy = "Never";
        body.containers.push_back({.name = "c", .image = "i"});
        world_.do_now(
            [&] { static_cast<void>(world_.registry().create(std::move(cron_job)).value()); });
    }

    json::object step(const json::object& op) {
        const std::string name = text_of(op, "op");
        const std::int64_t seconds = number_of(op, "minutes") * seconds_a_minute;
        if (name == "advance") {
            world_.advance(seconds);
        } else if (name == "downtime") {
            manager_.reset();
            world_.advance(seconds);
            world_.do_now([this] { go_on(); });
        } else if (name != "create") {
            world_.do_now([&] { apply(name, op); });
        }
        return state();
    }

private:
    void go_on() {
        controllers::ControllerRegistry controllers;
        controllers.add({.name = "cronjob",
                         .component = "cronjob-controller",
                         .turn = store::Turn::All,
                         .make = [](const controllers::ControllerContext& context) {
                             return std::make_unique<controllers::CronJobController>(context);
                         }});
        manager_.emplace(
            world_.registry(), world_.runtime(),
            controllers::ControllerManagerOptions{.controllers = std::move(controllers),
                                                  .events = controllers::EventPolicy::All});
    }

    void apply(const std::string& name, const json::object& op);
    void end_job(std::size_t which, const std::string& how);
    [[nodiscard]] std::vector<api::Pointer<const Job>> jobs();
    json::object state();

    StepwiseWorld world_;
    std::optional<controllers::ControllerManager> manager_;
};

std::vector<api::Pointer<const Job>> CronWalk::jobs() {
    auto jobs = world_.store().list<Job>();
    std::ranges::sort(jobs, {}, [](const auto& job) {
        return std::tuple{job->metadata.creationTimestamp, job->metadata.name};
    });
    return jobs;
}

void CronWalk::apply(const std::string& name, const json::object& op) {
    const auto which = static_cast<std::size_t>(number_of(op, "k"));
    if (name == "complete" || name == "fail") {
        end_job(which, name == "complete" ? "Complete" : "Failed");
        return;
    }
    if (name == "deleteJob") {
        if (const auto all = jobs(); which < all.size()) {
            static_cast<void>(world_.registry().remove<Job>(
                store::key_of(*all[which]), {.propagation = registry::Propagation::Background}));
        }
        return;
    }
    world_.change<CronJob>(cron_key, [&](CronJob& it) {
        if (name == "suspend") {
            it.spec.suspend = op.at("on").as_bool();
        } else if (name == "policy") {
            it.spec.concurrencyPolicy = text_of(op, "value");
        } else if (name == "schedule") {
            it.spec.schedule = text_of(op, "value");
        } else if (name == "historyLimits") {
            it.spec.successfulJobsHistoryLimit = optional_number(op, "n");
            it.spec.failedJobsHistoryLimit = optional_number(op, "n");
        }
    });
}

/// Ends the k-th Job that runs, past the rules: it never had a start time.
void CronWalk::end_job(std::size_t which, const std::string& how) {
    auto running = jobs();
    std::erase_if(running, [](const auto& job) { return controllers::is_finished(*job); });
    if (which >= running.size()) {
        return;
    }
    Job job = *running[which];
    const api::Time now{world_.runtime().wall()};
    job.status.conditions.push_back({.type = how, .status = "True", .lastTransitionTime = now});
    if (how == "Complete") {
        job.status.completionTime = now;
    }
    static_cast<void>(world_.store().update(std::move(job)).value());
}

json::object CronWalk::state() {
    const auto shown = [](const std::optional<api::Time>& time) {
        return time ? to_rfc3339(time->value) : std::string{};
    };
    const auto cron_job = world_.store().get<CronJob>(cron_key);
    json::array rows;
    for (const auto& job : jobs()) {
        const bool complete = controllers::true_condition(*job, "Complete") != nullptr;
        const bool failed = controllers::true_condition(*job, "Failed") != nullptr;
        rows.push_back(json::array{
            job->metadata.name,
            job->metadata.annotations->at("batch.kubernetes.io/cronjob-scheduled-timestamp"),
            shown(job->metadata.creationTimestamp),
            complete ? "Complete" : (failed ? "Failed" : "")});
    }
    json::array active;
    for (const auto& each : cron_job->status.active) {
        active.emplace_back(each.name.view());
    }
    const api::Time now{world_.runtime().wall()};
    json::object result{{"now", shown(now)},
                        {"jobs", std::move(rows)},
                        {"active", std::move(active)},
                        {"lastScheduleTime", shown(cron_job->status.lastScheduleTime)},
                        {"lastSuccessfulTime", shown(cron_job->status.lastSuccessfulTime)}};
    if (json::array events = world_.take_events(); !events.empty()) {
        result["events"] = std::move(events);
    }
    return result;
}

class CronJobReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        const auto& spec = test_case.at("spec").as_object();
        // These fall due between the moments at which the recorder let the controller look.
        if (text_of(spec, "schedule").starts_with("@every") &&
            !optional_number(spec, "startingDeadlineSeconds")) {
            return skipped("starts at half past a minute were recorded half a minute late");
        }
        CronWalk walk{spec};
        return replay_steps(test_case, walk);
    }
};

}  // namespace

std::unique_ptr<Replayer> make_cronjob_replayer() {
    return std::make_unique<CronJobReplayer>();
}

}  // namespace wavetank::fidelity
