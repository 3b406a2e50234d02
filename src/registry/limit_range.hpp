#pragma once

/// \file
/// The rules of LimitRanges.

#include "registry/json_kind.hpp"

#include <wavetank/api/corev1/limit_range.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::corev1::LimitRange> : JsonRules<api::corev1::LimitRange> {
    using LimitRange = api::corev1::LimitRange;
    static constexpr bool checks_whole_update = true;
    static constexpr bool created_by_put = true;
    static void set_defaults(Cluster& cluster, LimitRange& object);
    static Result<> admit(Cluster& cluster, LimitRange& object, DryRun dry_run);
    static Result<> admit_update(Cluster& cluster, LimitRange& next, const LimitRange& old,
                                 DryRun dry_run);
    static void release(Cluster& cluster, const LimitRange& object);
    static FieldErrors validate(Cluster& cluster, const LimitRange& object, const LimitRange* old);
};

}  // namespace wavetank::registry
