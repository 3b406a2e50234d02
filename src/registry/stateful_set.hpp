#pragma once

/// \file
/// The rules of StatefulSets.

#include "registry/rules.hpp"

#include <wavetank/api/appsv1/stateful_set.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::appsv1::StatefulSet> : PlainRules<api::appsv1::StatefulSet> {
    using StatefulSet = api::appsv1::StatefulSet;
    static constexpr NameRule name_rule = NameRule::DnsLabel;
    static void set_defaults(Cluster& cluster, StatefulSet& object);
    static void prepare_create(StatefulSet& object);
    static void prepare_update(StatefulSet& next, const StatefulSet& old);
    static void prepare_status(StatefulSet& next, const StatefulSet& old);
    static FieldErrors validate(Cluster& cluster, const StatefulSet& object,
                                const StatefulSet* old);
    static FieldErrors validate_status(const StatefulSet& next, const StatefulSet& old);
    static std::vector<std::string> warnings(const StatefulSet& object);
    static std::vector<std::string> update_warnings(const StatefulSet& next,
                                                    const StatefulSet& old);
};

}  // namespace wavetank::registry
