#pragma once

/// \file
/// Which plugins take part where, in which order and with which weight.

#include <wavetank/base/result.hpp>
#include <wavetank/scheduler/framework.hpp>
#include <wavetank/scheduler/plugin_registry.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::scheduler {

/// A plugin of a list; the weight counts for scores alone, 0 stands for 1.
struct PluginEntry {
    std::string name;
    std::int64_t weight = 0;
};

/// Changes to the default plugins (Kubernetes' `PluginSet`); "*" disables all.
struct PluginSet {
    std::vector<PluginEntry> enabled{};
    std::vector<std::string> disabled{};
};

/// A profile of a KubeSchedulerConfiguration. The default one is kube-scheduler's.
struct ProfileOptions {
    std::string scheduler_name = "default-scheduler";
    PluginSet multi_point{};                            ///< against `default_plugins()`
    std::map<std::string, PluginSet> points{};          ///< by extension point: "score"
    std::map<std::string, boost::json::object> args{};  ///< by plugin
    std::optional<std::int32_t> percentage_of_nodes_to_score{};

    /// Tells whether a pod asks for this scheduler; without a name it asks for the default one.
    [[nodiscard]] bool schedules(const api::corev1::Pod& pod) const;
};

/// Returns the default plugins of Kubernetes v1.37 in their order, with their weights.
[[nodiscard]] std::vector<PluginEntry> default_plugins();

/// A plugin at one of its extension points.
template <class Point>
struct PluginAt {
    const Plugin* plugin = nullptr;
    Point* point = nullptr;
};

struct ScorePluginAt {
    const Plugin* plugin = nullptr;
    const ScorePlugin* point = nullptr;
    const PreScorePlugin* pre_score = nullptr;  ///< null: no PreScore in this profile
    std::int64_t weight = 1;
};

/// The plugins that have a say on where one pod fits: those whose PreFilter did not skip it.
struct CyclePlugins {
    std::vector<PluginAt<PreFilterPlugin>> pre_filter{};
    std::vector<PluginAt<FilterPlugin>> filter{};
};

/// The plugins of a profile, made and sorted by extension point.
struct Profile {
    ProfileOptions options;
    std::vector<std::unique_ptr<Plugin>> plugins;

    std::vector<PluginAt<PreEnqueuePlugin>> pre_enqueue;
    std::vector<PluginAt<QueueSortPlugin>> queue_sort;
    std::vector<PluginAt<PreFilterPlugin>> pre_filter;
    std::vector<PluginAt<FilterPlugin>> filter;
    std::vector<PluginAt<PostFilterPlugin>> post_filter;
    std::vector<PluginAt<PreScorePlugin>> pre_score;
    std::vector<ScorePluginAt> score;
    std::vector<PluginAt<ReservePlugin>> reserve;
    std::vector<PluginAt<PermitPlugin>> permit;
    std::vector<PluginAt<PreBindPlugin>> pre_bind;
    std::vector<PluginAt<BindPlugin>> bind;
    std::vector<PluginAt<PostBindPlugin>> post_bind;
    /// The plugins that can turn a pod down; one without `EnqueueExtensions` wants every event.
    std::vector<PluginAt<const EnqueueExtensions>> enqueue;

    /// Makes the plugins. Plugins of kube-scheduler that are not modelled are left out.
    /// Errors: `Invalid`, for an unknown plugin or one listed twice, or bad arguments.
    [[nodiscard]] static Result<Profile> make(ProfileOptions options,
                                              const PluginRegistry& registry,
                                              const PluginContext& context);
};

}  // namespace wavetank::scheduler
