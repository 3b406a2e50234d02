#pragma once

/// \file
/// What does a KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1) ask for?

#include <wavetank/base/error.hpp>
#include <wavetank/scheduler/profile.hpp>
#include <wavetank/scheduler/queue_options.hpp>

#include <boost/json.hpp>

#include <string_view>
#include <vector>

namespace wavetank::scheduler {

/// The API group that configurations are of, and their kind.
inline constexpr std::string_view configuration_group = "kubescheduler.config.k8s.io";
inline constexpr std::string_view configuration_kind = "KubeSchedulerConfiguration";

/// A configuration with kube-scheduler's defaults. What does not change placements or their times
/// (leader election, clients, profiling, parallelism) is checked and forgotten.
struct SchedulerConfiguration {
    std::vector<ProfileOptions> profiles{ProfileOptions{}};  ///< one a scheduler name
    QueueOptions queue{};

    /// Returns the profile for pods of this scheduler name, empty standing for the default one;
    /// null if there is none.
    [[nodiscard]] const ProfileOptions* profile_for(std::string_view scheduler_name) const;
};

/// A configuration as far as it could be read, and all that is wrong with it.
struct ConfigurationReading {
    SchedulerConfiguration configuration{};
    /// In kube-scheduler's words. The field of the first cause says where.
    std::vector<Error> errors{};
};

/// Reads and checks a configuration: unknown fields and values of the wrong type, kube-scheduler's
/// own rules, and whether `registry` can make each profile.
///
/// Departs from upstream in naming the whole path of arguments of NodeResourcesFit, which upstream
/// checks apart from the others, and in refusing extenders, which are not simulated.
[[nodiscard]] ConfigurationReading read_configuration(
    const boost::json::object& json, const PluginRegistry& registry = PluginRegistry::defaults());

}  // namespace wavetank::scheduler
