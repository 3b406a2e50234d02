#include "registry/cron_job.hpp"

#include "registry/job_spec.hpp"
#include "registry/workload.hpp"

#include <wavetank/api/cron_schedule.hpp>
#include <wavetank/base/time_zone.hpp>

#include <algorithm>
#include <cctype>

namespace wavetank::registry {
namespace {

using api::batchv1::CronJob;
using api::batchv1::CronJobSpec;
using api::batchv1::JobTemplateSpec;

// The names of its Jobs are eleven characters longer, and may have 63.
constexpr std::size_t cron_job_name_length_max = 52;

bool mentions_zone(const std::string& schedule) {
    return schedule.find("TZ") != std::string::npos;
}

FieldErrors validate_schedule(const CronJobSpec& spec, const CronJobSpec* old, const Path& path) {
    if (spec.schedule.empty()) {
        return {api::required_value(path, "")};
    }
    FieldErrors errors;
    if (const auto parsed = api::CronSchedule::parse(spec.schedule); !parsed) {
        errors.push_back(api::invalid_value(path, spec.schedule, parsed.error().message));
    }
    const bool zone_allowed = old != nullptr && mentions_zone(old->schedule);
    if (mentions_zone(spec.schedule) && !zone_allowed) {
        errors.push_back(
            api::invalid_value(path, spec.schedule,
                               "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"));
    } else if (mentions_zone(spec.schedule) && spec.timeZone) {
        errors.push_back(api::invalid_value(
            path, spec.schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule"));
    }
    return errors;
}

// Whether a part between slashes is what a part of a zone's name may be.
bool is_zone_part(std::string_view part) {
    constexpr std::size_t length_max = 14;
    return part != "." && part != ".." && !part.starts_with('-') && !part.empty() &&
           part.size() <= length_max && std::ranges::all_of(part, [](char each) {
               return std::isalnum(static_cast<unsigned char>(each)) != 0 || each == '.' ||
                      each == '-' || each == '_' || each == '+';
           });
}

bool is_local(std::string_view zone) {
    constexpr std::string_view local = "local";
    return std::ranges::equal(zone, local, [](char left, char right) {
        return std::tolower(static_cast<unsigned char>(left)) == right;
    });
}

FieldErrors validate_time_zone(const std::string& zone, const Path& path) {
    if (zone.empty()) {
        return {api::invalid_value(path, zone, "timeZone must be nil or non-empty string")};
    }
    const std::string unknown = "unknown time zone " + zone;
    for (std::size_t begin = 0; begin <= zone.size();) {
        const std::size_t end = std::min(zone.find('/', begin), zone.size());
        if (!is_zone_part(std::string_view{zone}.substr(begin, end - begin))) {
            return {api::invalid_value(path, zone, unknown)};
        }
        begin = end + 1;
    }
    FieldErrors errors;
    if (is_local(zone)) {
        errors.push_back(api::invalid_value(path, zone,
                                            "timeZone must be an explicit time zone as defined in "
                                            "https://www.iana.org/time-zones"));
    }
    if (zone != "Local" && !TimeZone::load(zone)) {
        errors.push_back(api::invalid_value(path, zone, unknown));
    }
    return errors;
}

FieldErrors validate_job_template(Cluster& cluster, const JobTemplateSpec& job, const Path& path) {
    FieldErrors errors = validate_job_body(cluster, job.spec, path / "spec");
    if (job.spec.selector) {
        errors.push_back(api::invalid_literal(path / "spec" / "selector",
                                              selector_json(*job.spec.selector),
                                              "`selector` will be auto-generated"));
    }
    if (job.spec.manualSelector.value_or(false)) {
        errors.push_back({.reason = "FieldValueNotSupported",
                          .message = "Unsupported value: true: supported values: \"nil\", "
                                     "\"false\"",
                          .field = (path / "spec" / "manualSelector").text()});
    }
    return errors;
}

FieldErrors validate_cron_spec(Cluster& cluster, const CronJobSpec& spec, const CronJobSpec* old) {
    const Path path{"spec"};
    FieldErrors errors = validate_schedule(spec, old, path / "schedule");
    if (spec.startingDeadlineSeconds) {
        check_not_negative(errors, path / "startingDeadlineSeconds", *spec.startingDeadlineSeconds);
    }
    if (spec.timeZone && (old == nullptr || old->timeZone != spec.timeZone)) {
        append(errors, validate_time_zone(*spec.timeZone, path / "timeZone"));
    }
    const std::string& policy = spec.concurrencyPolicy;
    if (policy != "Allow" && policy != "Forbid" && policy != "Replace") {
        errors.push_back(api::unsupported_value(path / "concurrencyPolicy", policy,
                                                {"Allow", "Forbid", "Replace"}));
    }
    append(errors, validate_job_template(cluster, spec.jobTemplate, path / "jobTemplate"));
    if (spec.successfulJobsHistoryLimit) {
        check_not_negative(errors, path / "successfulJobsHistoryLimit",
                           *spec.successfulJobsHistoryLimit);
    }
    if (spec.failedJobsHistoryLimit) {
        check_not_negative(errors, path / "failedJobsHistoryLimit", *spec.failedJobsHistoryLimit);
    }
    return errors;
}

}  // namespace

void Rules<CronJob>::set_defaults(Cluster& cluster, CronJob& object) {
    constexpr std::int32_t successful_limit = 3;
    CronJobSpec& spec = object.spec;
    if (spec.concurrencyPolicy.empty()) {
        spec.concurrencyPolicy = "Allow";
    }
    spec.suspend = spec.suspend.value_or(false);
    spec.successfulJobsHistoryLimit = spec.successfulJobsHistoryLimit.value_or(successful_limit);
    spec.failedJobsHistoryLimit = spec.failedJobsHistoryLimit.value_or(1);
    default_job_body(cluster, spec.jobTemplate.spec);
}

void Rules<CronJob>::prepare_create(CronJob& object) {
    object.status = {};
    object.metadata.generation = 1;
}

void Rules<CronJob>::prepare_update(CronJob& next, const CronJob& old) {
    next.status = old.status;
    if (next.spec != old.spec) {
        next.metadata.generation = old.metadata.generation + 1;
    }
}

void Rules<CronJob>::prepare_status(CronJob& next, const CronJob& old) {
    next.spec = old.spec;
}

FieldErrors Rules<CronJob>::validate(Cluster& cluster, const CronJob& object, const CronJob* old) {
    FieldErrors errors =
        validate_cron_spec(cluster, object.spec, old == nullptr ? nullptr : &old->spec);
    if (old == nullptr && object.metadata.name.size() > cron_job_name_length_max) {
        errors.push_back(api::invalid_value("metadata.name", object.metadata.name,
                                            "must be no more than 52 characters"));
    }
    return errors;
}

std::vector<std::string> Rules<CronJob>::warnings(const CronJob& object) {
    std::vector<std::string> warnings = name_warnings(object.metadata.name);
    for (std::string& each :
         job_body_warnings(object.spec.jobTemplate.spec, Path{"spec.jobTemplate.spec"})) {
        warnings.push_back(std::move(each));
    }
    return warnings;
}

std::vector<std::string> Rules<CronJob>::update_warnings(const CronJob& next, const CronJob& old) {
    std::vector<std::string> warnings;
    if (next.metadata.generation != old.metadata.generation) {
        warnings = job_body_warnings(next.spec.jobTemplate.spec, Path{"spec.jobTemplate.spec"});
    }
    if (mentions_zone(next.spec.schedule)) {
        warnings.emplace_back(
            "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see "
            "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more "
            "details");
    }
    return warnings;
}

}  // namespace wavetank::registry
