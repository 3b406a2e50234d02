#include <wavetank/scheduler/profile.hpp>

#include "scheduler/invalid.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace wavetank::scheduler {
namespace {

// Tells whether kube-scheduler has a plugin that configurations may name but that has no model
// here.
bool is_not_modelled(std::string_view name) {
    constexpr std::array<std::string_view, 4> plugins{"GangScheduling", "PodGroupPodsCount",
                                                      "TopologyPlacementGenerator",
                                                      "DeferredPodScheduling"};
    return std::ranges::find(plugins, name) != plugins.end();
}

// Upstream's type for the plugins at an extension point: FilterPlugin at `filter`.
std::string type_at(std::string point) {
    point.front() = static_cast<char>(point.front() - 'a' + 'A');
    return point + "Plugin";
}

Error does_not_exist(const std::string& point, const std::string& name) {
    return invalid(type_at(point) + " \"" + name + "\" does not exist");
}

Error already_registered(const std::string& point, const std::string& name) {
    return invalid("plugin \"" + name + "\" already registered as \"" + type_at(point) + "\"");
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

const PluginEntry* find(const std::vector<PluginEntry>& entries, std::string_view name) {
    const auto found = std::ranges::find(entries, name, &PluginEntry::name);
    return found == entries.end() ? nullptr : &*found;
}

// The defaults with the profile's changes, as upstream's `mergePluginSet`: a default that is
// configured again keeps its place.
std::vector<PluginEntry> merged(const PluginSet& changes) {
    std::vector<PluginEntry> result;
    std::set<std::string> replaced;
    if (!contains(changes.disabled, "*")) {
        for (const PluginEntry& entry : default_plugins()) {
            if (contains(changes.disabled, entry.name)) {
                continue;
            }
            const PluginEntry* own = find(changes.enabled, entry.name);
            result.push_back(own != nullptr ? *own : entry);
            if (own != nullptr) {
                replaced.insert(entry.name);
            }
        }
    }
    std::ranges::copy_if(changes.enabled, std::back_inserter(result),
                         [&](const auto& entry) { return !replaced.contains(entry.name); });
    return result;
}

// Makes the lists of one profile.
class ProfileMaker {
public:
    ProfileMaker(Profile& profile, const PluginRegistry& registry, const PluginContext& context)
        : profile_(profile), registry_(registry), context_(context) {}

    Result<void> make_plugins();
    Result<void> fill_points();

private:
    using Implements = bool (*)(Plugin& plugin);

    template <class Visit>
    Result<void> visit_points(Visit visit);
    Result<void> check_own(const std::string& point, Implements implements) const;
    Result<std::vector<std::string>> names_at(const std::string& point,
                                              Implements implements) const;
    void fill_scores();
    void fill_enqueue();
    Result<void> make_plugin(const std::string& name);
    [[nodiscard]] PluginSet own_of(const std::string& point) const;
    [[nodiscard]] std::int64_t weight_of(const std::string& name) const;

    Profile& profile_;
    const PluginRegistry& registry_;
    const PluginContext& context_;
    std::vector<PluginEntry> multi_point_;
    std::map<std::string, Plugin*> plugins_;  // the modelled ones
    std::vector<PluginAt<ScorePlugin>> scores_;
};

Result<void> ProfileMaker::make_plugin(const std::string& name) {
    if (plugins_.contains(name)) {
        return {};
    }
    if (!registry_.contains(name)) {
        return {};  // where it is listed, it is missed
    }
    const auto args = profile_.options.args.find(name);
    auto plugin = registry_.make(
        name, args == profile_.options.args.end() ? boost::json::object{} : args->second, context_);
    if (!plugin) {
        return plugin.error();
    }
    plugins_[name] = plugin->get();
    profile_.plugins.push_back(std::move(*plugin));
    return {};
}

Result<void> ProfileMaker::make_plugins() {
    multi_point_ = merged(profile_.options.multi_point);
    for (const PluginEntry& entry : multi_point_) {
        if (auto made = make_plugin(entry.name); !made) {
            return made;
        }
    }
    for (const auto& [point, set] : profile_.options.points) {
        for (const PluginEntry& entry : set.enabled) {
            if (auto made = make_plugin(entry.name); !made) {
                return made;
            }
        }
    }
    return {};
}

PluginSet ProfileMaker::own_of(const std::string& point) const {
    const auto configured = profile_.options.points.find(point);
    return configured == profile_.options.points.end() ? PluginSet{} : configured->second;
}

// Visits the lists of all extension points in upstream's order, until one is wrong.
template <class Visit>
Result<void> ProfileMaker::visit_points(Visit visit) {
    Result<void> result;
    const auto then = [&]<class Point>(std::vector<PluginAt<Point>>& list, const char* point) {
        if (result) {
            result = visit(list, point,
                           [](Plugin& plugin) { return dynamic_cast<Point*>(&plugin) != nullptr; });
        }
    };
    then(profile_.pre_filter, "preFilter");
    then(profile_.filter, "filter");
    then(profile_.post_filter, "postFilter");
    then(profile_.reserve, "reserve");
    then(profile_.pre_score, "preScore");
    then(scores_, "score");
    then(profile_.pre_bind, "preBind");
    then(profile_.bind, "bind");
    then(profile_.post_bind, "postBind");
    then(profile_.permit, "permit");
    then(profile_.pre_enqueue, "preEnqueue");
    then(profile_.queue_sort, "queueSort");
    return result;
}

// As upstream's `updatePluginList`.
Result<void> ProfileMaker::check_own(const std::string& point, Implements implements) const {
    std::set<std::string> seen;
    for (const PluginEntry& entry : own_of(point).enabled) {
        if (is_not_modelled(entry.name)) {
            continue;
        }
        const auto plugin = plugins_.find(entry.name);
        if (plugin == plugins_.end()) {
            return does_not_exist(point, entry.name);
        }
        if (!implements(*plugin->second)) {
            return invalid("plugin \"" + entry.name + "\" does not extend " + type_at(point) +
                           " plugin");
        }
        if (!seen.insert(entry.name).second) {
            return already_registered(point, entry.name);
        }
    }
    return {};
}

// The order is upstream's: plugins of the point's own list that are also multi-point ones, the
// other multi-point ones, the rest of the point's own list.
Result<std::vector<std::string>> ProfileMaker::names_at(const std::string& point,
                                                        Implements implements) const {
    const PluginSet own = own_of(point);
    std::vector<std::string> overriding;
    std::vector<std::string> expanded;
    std::vector<std::string> rest;
    if (!contains(own.disabled, "*")) {
        for (const PluginEntry& entry : multi_point_) {
            const auto plugin = plugins_.find(entry.name);
            if (plugin == plugins_.end() && !is_not_modelled(entry.name)) {
                return does_not_exist(point, entry.name);
            }
            if (plugin == plugins_.end() || !implements(*plugin->second) ||
                contains(own.disabled, entry.name) || find(own.enabled, entry.name) != nullptr) {
                continue;
            }
            if (contains(expanded, entry.name)) {
                return already_registered(point, entry.name);
            }
            expanded.push_back(entry.name);
        }
    }
    for (const PluginEntry& entry : own.enabled) {
        if (!plugins_.contains(entry.name)) {
            continue;
        }
        const bool overrides = !contains(own.disabled, "*") &&
                               !contains(own.disabled, entry.name) &&
                               find(multi_point_, entry.name) != nullptr;
        (overrides ? overriding : rest).push_back(entry.name);
    }
    overriding.insert(overriding.end(), expanded.begin(), expanded.end());
    overriding.insert(overriding.end(), rest.begin(), rest.end());
    return overriding;
}

std::int64_t ProfileMaker::weight_of(const std::string& name) const {
    const auto scores = profile_.options.points.find("score");
    const PluginEntry* entry = nullptr;
    if (scores != profile_.options.points.end()) {
        entry = find(scores->second.enabled, name);
    }
    if (entry == nullptr) {
        entry = find(multi_point_, name);
    }
    return entry == nullptr || entry->weight == 0 ? 1 : entry->weight;
}

void ProfileMaker::fill_scores() {
    for (const auto& [plugin, point] : scores_) {
        ScorePluginAt entry{
            .plugin = plugin, .point = point, .weight = weight_of(std::string{plugin->name()})};
        for (const auto& before : profile_.pre_score) {
            if (before.plugin == plugin) {
                entry.pre_score = before.point;
            }
        }
        profile_.score.push_back(entry);
    }
}

void ProfileMaker::fill_enqueue() {
    for (const auto& owned : profile_.plugins) {
        const Plugin* plugin = owned.get();
        const bool rejects = dynamic_cast<const PreEnqueuePlugin*>(plugin) != nullptr ||
                             dynamic_cast<const PreFilterPlugin*>(plugin) != nullptr ||
                             dynamic_cast<const FilterPlugin*>(plugin) != nullptr ||
                             dynamic_cast<const ReservePlugin*>(plugin) != nullptr ||
                             dynamic_cast<const PermitPlugin*>(plugin) != nullptr;
        if (rejects) {
            profile_.enqueue.push_back({plugin, dynamic_cast<const EnqueueExtensions*>(plugin)});
        }
    }
}

Result<void> ProfileMaker::fill_points() {
    Result<void> result =
        visit_points([&](auto& /*list*/, const char* point, auto implements) -> Result<void> {
            return check_own(point, implements);
        });
    if (!result) {
        return result;
    }
    result = visit_points([&]<class Point>(std::vector<PluginAt<Point>>& list, const char* point,
                                           auto implements) -> Result<void> {
        const auto names = names_at(point, implements);
        if (!names) {
            return names.error();
        }
        for (const std::string& name : *names) {
            Plugin* const plugin = plugins_.at(name);
            list.push_back({plugin, dynamic_cast<Point*>(plugin)});
        }
        return {};
    });
    if (result) {
        fill_scores();
        fill_enqueue();
    }
    return result;
}

}  // namespace

std::vector<PluginEntry> default_plugins() {
    return {{"SchedulingGates"},
            {"PrioritySort"},
            {"NodeName"},
            {"NodeUnschedulable"},
            {"TaintToleration", 3},
            {"NodeAffinity", 2},
            {"NodePorts"},
            {"NodeResourcesFit", 1},
            {"VolumeRestrictions"},
            {"NodeVolumeLimits"},
            {"VolumeBinding"},
            {"VolumeZone"},
            {"PodTopologySpread", 2},
            {"InterPodAffinity", 2},
            {"DynamicResources", 2},
            {"DefaultPreemption"},
            {"NodeResourcesBalancedAllocation", 1},
            {"ImageLocality", 1},
            {"DefaultBinder"},
            {"NodeDeclaredFeatures"}};
}

bool ProfileOptions::schedules(const api::corev1::Pod& pod) const {
    const std::string& name = pod.spec->schedulerName;
    return name == scheduler_name ||
           (name.empty() && scheduler_name == ProfileOptions{}.scheduler_name);
}

Result<Profile> Profile::make(ProfileOptions options, const PluginRegistry& registry,
                              const PluginContext& context) {
    Profile profile{.options = std::move(options)};
    ProfileMaker maker{profile, registry, context};
    Result<void> made = maker.make_plugins();
    if (made) {
        made = maker.fill_points();
    }
    if (!made) {
        return made.error();
    }
    return profile;
}

}  // namespace wavetank::scheduler
