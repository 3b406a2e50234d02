#pragma once

/// \file
/// The rules of Jobs.

#include "registry/rules.hpp"

#include <wavetank/api/batchv1/job.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::batchv1::Job> : PlainRules<api::batchv1::Job> {
    using Job = api::batchv1::Job;
    static void set_defaults(Cluster& cluster, Job& object);
    static Propagation default_propagation(const Job& object);
    static void prepare_create(Job& object);
    static void prepare_update(Job& next, const Job& old);
    static void prepare_status(Job& next, const Job& old);
    static FieldErrors validate(Cluster& cluster, const Job& object, const Job* old);
    static FieldErrors validate_status(const Job& next, const Job& old);
    static std::vector<std::string> warnings(const Job& object);
    static std::vector<std::string> update_warnings(const Job& next, const Job& old);
};

}  // namespace wavetank::registry
