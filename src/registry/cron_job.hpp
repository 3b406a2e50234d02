#pragma once

/// \file
/// The rules of CronJobs.

#include "registry/rules.hpp"

#include <wavetank/api/batchv1/cron_job.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::batchv1::CronJob> : PlainRules<api::batchv1::CronJob> {
    using CronJob = api::batchv1::CronJob;
    static void set_defaults(Cluster& cluster, CronJob& object);
    static void prepare_create(CronJob& object);
    static void prepare_update(CronJob& next, const CronJob& old);
    static void prepare_status(CronJob& next, const CronJob& old);
    static FieldErrors validate(Cluster& cluster, const CronJob& object, const CronJob* old);
    static std::vector<std::string> warnings(const CronJob& object);
    static std::vector<std::string> update_warnings(const CronJob& next, const CronJob& old);
};

}  // namespace wavetank::registry
