#pragma once

/// \file
/// The rules of Services.

#include "registry/rules.hpp"

#include <wavetank/api/corev1/service.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::corev1::Service> : PlainRules<api::corev1::Service> {
    using Service = api::corev1::Service;
    static constexpr bool checks_whole_update = true;
    static constexpr NameRule name_rule = NameRule::DnsLabel;
    static void set_defaults(Cluster& cluster, Service& object);
    static Result<> admit(Cluster& cluster, Service& object, DryRun dry_run);
    static Result<> admit_update(Cluster& cluster, Service& next, const Service& old,
                                 DryRun dry_run);
    static void release(Cluster& cluster, const Service& object);
    static void prepare_create(Service& object);
    static void prepare_update(Service& next, const Service& old);
    static void prepare_status(Service& next, const Service& old);
    static FieldErrors validate(Cluster& cluster, const Service& object, const Service* old);
    static FieldErrors validate_status(const Service& next, const Service& old);
    static std::vector<std::string> warnings(const Service& object);
    static std::vector<std::string> update_warnings(const Service& next, const Service& old);
};

}  // namespace wavetank::registry
