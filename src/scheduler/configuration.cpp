#include <wavetank/scheduler/configuration.hpp>

#include "scheduler/configuration_types.hpp"
#include "scheduler/plugin_args.hpp"

#include <wavetank/api/field_error.hpp>
#include <wavetank/codec/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>

namespace wavetank::scheduler {
namespace {

using configuration::ConfigurationV1;
using configuration::PluginSetV1;
using configuration::ProfileV1;

constexpr std::string_view configuration_version = "kubescheduler.config.k8s.io/v1";
constexpr std::int32_t percent_max = 100;

// Plugins that kube-scheduler had once.
constexpr std::array<std::string_view, 4> plugins_of_old{"AzureDiskLimits", "CinderLimits",
                                                         "EBSLimits", "GCEPDLimits"};

struct NamedSet {
    const char* point;
    PluginSetV1 configuration::PluginsV1::*set;
};

constexpr std::array<NamedSet, 12> extension_points{{
    {"preEnqueue", &configuration::PluginsV1::preEnqueue},
    {"queueSort", &configuration::PluginsV1::queueSort},
    {"preFilter", &configuration::PluginsV1::preFilter},
    {"filter", &configuration::PluginsV1::filter},
    {"postFilter", &configuration::PluginsV1::postFilter},
    {"preScore", &configuration::PluginsV1::preScore},
    {"score", &configuration::PluginsV1::score},
    {"reserve", &configuration::PluginsV1::reserve},
    {"permit", &configuration::PluginsV1::permit},
    {"preBind", &configuration::PluginsV1::preBind},
    {"bind", &configuration::PluginsV1::bind},
    {"postBind", &configuration::PluginsV1::postBind},
}};

PluginSet plugin_set_of(const PluginSetV1& given) {
    PluginSet set;
    for (const auto& [name, weight] : given.enabled) {
        set.enabled.push_back({name, weight.value_or(0)});
    }
    for (const auto& [name, weight] : given.disabled) {
        set.disabled.push_back(name);
    }
    return set;
}

// Reads one configuration and collects what is wrong with it.
class ConfigurationReader {
public:
    explicit ConfigurationReader(const PluginRegistry& registry) : registry_(registry) {}

    ConfigurationReading read(const boost::json::object& json);

private:
    void decode(const boost::json::object& json);
    void refuse(Cause cause);
    void check();
    void check_percentage(const std::optional<std::int32_t>& percentage, const std::string& path);
    void check_profile(const ProfileV1& profile, const std::string& path);
    void check_plugins_of_old(const ProfileV1& profile, const std::string& path);
    void check_names();
    void check_queue_sort();
    void convert();
    void try_profiles();

    const PluginRegistry& registry_;
    ConfigurationV1 given_;
    ConfigurationReading reading_;
};

void ConfigurationReader::refuse(Cause cause) {
    reading_.errors.push_back({.reason = Reason::Invalid,
                               .message = api::to_string(cause),
                               .causes = {std::move(cause)}});
}

void ConfigurationReader::decode(const boost::json::object& json) {
    codec::Diagnostics diagnostics;
    given_ = codec::from_json<ConfigurationV1>(json, codec::Mode::Strict, diagnostics);
    for (const codec::Diagnostic& diagnostic : diagnostics.items) {
        reading_.errors.push_back(
            {.reason = Reason::BadRequest,
             .message =
                 (diagnostic.complaint == codec::Complaint::WrongType ? ""
                                                                      : "strict decoding error: ") +
                 diagnostic.message,
             .causes = {{.reason = {}, .message = diagnostic.message, .field = diagnostic.field}}});
    }
    const bool is_other_version =
        !given_.apiVersion.empty() && given_.apiVersion != configuration_version;
    const bool is_other_kind = !given_.kind.empty() && given_.kind != configuration_kind;
    if (is_other_version || is_other_kind) {
        reading_.errors.push_back(
            {.reason = Reason::BadRequest,
             .message = "no kind \"" + given_.kind + "\" is registered for version \"" +
                        given_.apiVersion + "\"; there is " + std::string{configuration_kind} +
                        " of " + std::string{configuration_version},
             .causes = {{.reason = {},
                         .message = {},
                         .field = is_other_version ? "apiVersion" : "kind"}}});
    }
}

void ConfigurationReader::check_percentage(const std::optional<std::int32_t>& percentage,
                                           const std::string& path) {
    if (percentage && (*percentage < 0 || *percentage > percent_max)) {
        refuse(api::invalid_value(path, *percentage, "not in valid range [0-100]"));
    }
}

void ConfigurationReader::check_plugins_of_old(const ProfileV1& profile, const std::string& path) {
    for (const auto& [point, set] : extension_points) {
        const auto& enabled = (profile.plugins.*set).enabled;
        for (std::size_t i = 0; i < enabled.size(); ++i) {
            if (std::ranges::find(plugins_of_old, enabled[i].name) != plugins_of_old.end()) {
                refuse(api::invalid_value(
                    path + ".plugins." + point + ".enabled[" + std::to_string(i) + "]",
                    enabled[i].name,
                    "was invalid in version \"kubescheduler.config.k8s.io/v1\" "
                    "(KubeSchedulerConfiguration is version \"kubescheduler.config.k8s.io/v1\")"));
            }
        }
    }
}

void ConfigurationReader::check_profile(const ProfileV1& profile, const std::string& path) {
    if (profile.schedulerName.value_or("").empty() &&
        (profile.schedulerName || given_.profiles.size() > 1)) {
        refuse(api::required_value(path + ".schedulerName", ""));
    }
    check_percentage(profile.percentageOfNodesToScore, path + ".percentageOfNodesToScore");
    check_plugins_of_old(profile, path);
    for (std::size_t i = 0; i < profile.pluginConfig.size(); ++i) {
        const auto& [name, args] = profile.pluginConfig[i];
        const std::string place = path + ".pluginConfig[" + std::to_string(i) + "]";
        const auto first =
            std::ranges::find(profile.pluginConfig, name, &configuration::PluginConfigV1::name);
        if (first - profile.pluginConfig.begin() < static_cast<std::ptrdiff_t>(i)) {
            refuse(api::duplicate_value(place, name));
        }
        if (std::ranges::find(plugins_of_old, name) != plugins_of_old.end()) {
            refuse(api::invalid_value(
                place, name,
                "was invalid in version \"kubescheduler.config.k8s.io/v1\" "
                "(KubeSchedulerConfiguration is version \"kubescheduler.config.k8s.io/v1\")"));
            continue;
        }
        for (Error& error : check_plugin_args(name, args, place)) {
            reading_.errors.push_back(std::move(error));
        }
    }
}

void ConfigurationReader::check_names() {
    std::map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < given_.profiles.size(); ++i) {
        const std::string name = given_.profiles[i].schedulerName.value_or("");
        const auto [first, is_new] = seen.try_emplace(name, i);
        if (!is_new) {
            refuse(api::duplicate_value(
                "profiles[" + std::to_string(i) + "].schedulerName",
                "profiles[" + std::to_string(first->second) + "].schedulerName"));
            first->second = i;
        }
    }
}

// All pods wait in one queue, which has one order.
void ConfigurationReader::check_queue_sort() {
    const auto names_of = [](const std::vector<configuration::PluginV1>& plugins) {
        std::vector<std::string> names;
        for (const auto& [name, weight] : plugins) {
            names.push_back(name);
        }
        return names;
    };
    const PluginSetV1& first = given_.profiles.front().plugins.queueSort;
    if (first.enabled.size() > 1) {
        refuse(api::invalid_value("profiles[0].plugins.queueSort.Enabled",
                                  static_cast<std::int64_t>(first.enabled.size()),
                                  "only one queue sort plugin can be enabled"));
    }
    for (std::size_t i = 1; i < given_.profiles.size(); ++i) {
        const PluginSetV1& other = given_.profiles[i].plugins.queueSort;
        if (names_of(other.enabled) != names_of(first.enabled) ||
            names_of(other.disabled) != names_of(first.disabled)) {
            refuse(api::invalid_literal(
                "profiles[" + std::to_string(i) + "].plugins.queueSort",
                boost::json::serialize(codec::encode(api::type_info<PluginSetV1>(), &other)),
                "must be the same for all profiles"));
        }
    }
}

void ConfigurationReader::check() {
    if (given_.parallelism && *given_.parallelism <= 0) {
        refuse(api::invalid_value("parallelism", *given_.parallelism,
                                  "should be an integer value greater than zero"));
    }
    for (std::size_t i = 0; i < given_.profiles.size(); ++i) {
        check_profile(given_.profiles[i], "profiles[" + std::to_string(i) + "]");
    }
    if (!given_.profiles.empty()) {
        check_names();
        check_queue_sort();
    }
    check_percentage(given_.percentageOfNodesToScore, "percentageOfNodesToScore");
    const std::int64_t initial = given_.podInitialBackoffSeconds.value_or(1);
    const std::int64_t most = given_.podMaxBackoffSeconds.value_or(10);
    if (initial <= 0) {
        refuse(api::invalid_value("podInitialBackoffSeconds", initial, "must be greater than 0"));
    }
    if (most < initial) {
        refuse(api::invalid_value("podMaxBackoffSeconds", most,
                                  "must be greater than or equal to PodInitialBackoffSeconds"));
    }
    if (!given_.extenders.empty()) {
        refuse(api::forbidden_value("extenders", "extenders are not simulated"));
    }
}

void ConfigurationReader::convert() {
    SchedulerConfiguration& configuration = reading_.configuration;
    configuration.queue.backoff_initial =
        std::chrono::seconds{given_.podInitialBackoffSeconds.value_or(1)};
    configuration.queue.backoff_max =
        std::chrono::seconds{given_.podMaxBackoffSeconds.value_or(10)};
    if (given_.profiles.empty()) {
        given_.profiles.emplace_back();
    }
    configuration.profiles.clear();
    for (const ProfileV1& profile : given_.profiles) {
        ProfileOptions& options = configuration.profiles.emplace_back();
        options.scheduler_name = profile.schedulerName.value_or(options.scheduler_name);
        options.percentage_of_nodes_to_score = profile.percentageOfNodesToScore
                                                   ? profile.percentageOfNodesToScore
                                                   : given_.percentageOfNodesToScore;
        options.multi_point = plugin_set_of(profile.plugins.multiPoint);
        for (const auto& [point, set] : extension_points) {
            const PluginSetV1& own = profile.plugins.*set;
            if (!own.enabled.empty() || !own.disabled.empty()) {
                options.points[point] = plugin_set_of(own);
            }
        }
        for (const auto& [name, args] : profile.pluginConfig) {
            if (args.is_object()) {
                options.args[name] = args.get_object();
            }
        }
    }
}

// What only the making of a profile finds: plugins that do not exist or are listed twice, and
// profiles that cannot order or bind.
void ConfigurationReader::try_profiles() {
    const auto& profiles = reading_.configuration.profiles;
    for (std::size_t i = 0; i < profiles.size(); ++i) {
        const auto made = Profile::make(profiles[i], registry_, {});
        std::string flaw;
        if (!made) {
            flaw = made.error().message;
        } else if (made->queue_sort.size() != 1) {
            flaw = "only one queue sort plugin required for profile with scheduler name \"" +
                   profiles[i].scheduler_name + "\", but got " +
                   std::to_string(made->queue_sort.size());
        } else if (made->bind.empty()) {
            flaw = "at least one bind plugin is needed for profile with scheduler name \"" +
                   profiles[i].scheduler_name + "\"";
        }
        if (!flaw.empty()) {
            reading_.errors.push_back(
                {.reason = Reason::Invalid,
                 .message = "initializing profiles: creating profile for scheduler name " +
                            profiles[i].scheduler_name + ": " + flaw,
                 .causes = {{.reason = {},
                             .message = flaw,
                             .field = "profiles[" + std::to_string(i) + "]"}}});
        }
    }
}

ConfigurationReading ConfigurationReader::read(const boost::json::object& json) {
    decode(json);
    if (reading_.errors.empty()) {
        check();
    }
    if (reading_.errors.empty()) {
        convert();
        try_profiles();
    }
    return std::move(reading_);
}

}  // namespace

const ProfileOptions* SchedulerConfiguration::profile_for(std::string_view scheduler_name) const {
    const std::string_view name =
        scheduler_name.empty() ? std::string_view{"default-scheduler"} : scheduler_name;
    const auto found = std::ranges::find(profiles, name, &ProfileOptions::scheduler_name);
    return found == profiles.end() ? nullptr : &*found;
}

ConfigurationReading read_configuration(const boost::json::object& json,
                                        const PluginRegistry& registry) {
    return ConfigurationReader{registry}.read(json);
}

}  // namespace wavetank::scheduler
