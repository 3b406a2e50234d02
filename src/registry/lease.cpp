#include "registry/lease.hpp"

#include <wavetank/api/names.hpp>

#include <algorithm>

namespace wavetank::registry {
namespace {

FieldErrors validate_lease_strategy(const std::string& strategy, const Path& path) {
    FieldErrors errors;
    const auto slashes = std::ranges::count(strategy, '/');
    if (slashes == 0 && strategy != "OldestEmulationVersion") {
        errors.push_back(api::unsupported_value(path, strategy, {"OldestEmulationVersion"}));
    } else if (slashes > 0) {
        append_problems(errors, path, strategy, api::check_qualified_name(strategy));
    }
    return errors;
}

}  // namespace

using api::coordinationv1::Lease;

FieldErrors Rules<Lease>::validate(Cluster& /*cluster*/, const Lease& object,
                                   const Lease* /*old*/) {
    const auto& spec = object.spec;
    FieldErrors errors;
    if (spec.leaseDurationSeconds && *spec.leaseDurationSeconds <= 0) {
        errors.push_back(api::invalid_value("spec.leaseDurationSeconds",
                                            std::int64_t{*spec.leaseDurationSeconds},
                                            "must be greater than 0"));
    }
    if (spec.leaseTransitions && *spec.leaseTransitions < 0) {
        errors.push_back(api::invalid_value("spec.leaseTransitions",
                                            std::int64_t{*spec.leaseTransitions},
                                            "must be greater than or equal to 0"));
    }
    if (spec.strategy) {
        append(errors, validate_lease_strategy(*spec.strategy, Path{"spec.strategy"}));
    }
    if (spec.preferredHolder && !spec.preferredHolder->empty() &&
        (!spec.strategy || spec.strategy->empty())) {
        errors.push_back(api::forbidden_value("spec.preferredHolder",
                                              "may only be specified if `strategy` is defined"));
    }
    return errors;
}

}  // namespace wavetank::registry
