#include <wavetank/scheduler/configuration.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace wavetank::scheduler {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ConfigurationReading read(std::string_view json) {
    return read_configuration(boost::json::parse(json).as_object());
}

std::vector<std::string> errors_of(std::string_view json) {
    std::vector<std::string> messages;
    for (const Error& error : read(json).errors) {
        messages.push_back(error.message);
    }
    return messages;
}

// The errors of the arguments of one plugin.
std::vector<std::string> errors_of_args(const std::string& plugin, const std::string& args) {
    return errors_of(R"({"profiles": [{"pluginConfig": [{"name": ")" + plugin + R"(", "args": )" +
                     args + "}]}]}");
}

const std::string args_path = "profiles[0].pluginConfig[0].args";

TEST(SchedulerConfiguration, HasTheDefaultsOfKubeScheduler) {
    const auto [configuration, errors] = read(R"({"apiVersion": "kubescheduler.config.k8s.io/v1",
                 "kind": "KubeSchedulerConfiguration"})");

    EXPECT_THAT(errors, IsEmpty());
    ASSERT_EQ(configuration.profiles.size(), 1U);
    EXPECT_EQ(configuration.profiles.front().scheduler_name, "default-scheduler");
    EXPECT_EQ(configuration.profiles.front().percentage_of_nodes_to_score, std::nullopt);
    EXPECT_EQ(configuration.queue.backoff_initial, std::chrono::seconds{1});
    EXPECT_EQ(configuration.queue.backoff_max, std::chrono::seconds{10});
}

TEST(SchedulerConfiguration, HasAProfileForEachSchedulerName) {
    const auto [configuration, errors] = read(R"({
        "percentageOfNodesToScore": 30, "podInitialBackoffSeconds": 2, "podMaxBackoffSeconds": 20,
        "profiles": [
            {"schedulerName": "default-scheduler"},
            {"schedulerName": "packing", "percentageOfNodesToScore": 100,
             "plugins": {"multiPoint": {"enabled": [{"name": "NodeAffinity", "weight": 7}]},
                         "score": {"disabled": [{"name": "ImageLocality"}]}},
             "pluginConfig": [{"name": "NodeResourcesFit", "args":
                 {"scoringStrategy": {"type": "MostAllocated"}}}]}]})");

    EXPECT_THAT(errors, IsEmpty());
    EXPECT_EQ(configuration.profile_for("")->percentage_of_nodes_to_score, 30);
    const ProfileOptions* const packing = configuration.profile_for("packing");
    ASSERT_NE(packing, nullptr);
    EXPECT_EQ(packing->percentage_of_nodes_to_score, 100);
    EXPECT_EQ(packing->multi_point.enabled.front().weight, 7);
    EXPECT_THAT(packing->points.at("score").disabled, ElementsAre("ImageLocality"));
    EXPECT_TRUE(packing->args.contains("NodeResourcesFit"));
    EXPECT_EQ(configuration.profile_for("third"), nullptr);
    EXPECT_EQ(configuration.queue.backoff_initial, std::chrono::seconds{2});
    EXPECT_EQ(configuration.queue.backoff_max, std::chrono::seconds{20});
}

TEST(SchedulerConfiguration, RefusesWhatItDoesNotKnow) {
    EXPECT_THAT(errors_of(R"({"profile": []})"),
                ElementsAre("strict decoding error: unknown field \"profile\""));
    EXPECT_THAT(errors_of(R"({"profiles": [{"plugins": {"scores": {}}}]})"),
                ElementsAre("strict decoding error: unknown field "
                            "\"profiles[0].plugins.scores\""));
    EXPECT_EQ(errors_of(R"({"profiles": [{"schedulerName": 7}]})").size(), 1U);
    EXPECT_EQ(errors_of(R"({"apiVersion": "kubescheduler.config.k8s.io/v1beta3"})").size(), 1U);
}

TEST(SchedulerConfiguration, ReportsAllErrorsWithTheirFields) {
    EXPECT_THAT(
        errors_of(R"({"parallelism": 0, "percentageOfNodesToScore": 101,
                      "podInitialBackoffSeconds": 0, "podMaxBackoffSeconds": -1,
                      "profiles": [{"schedulerName": "a"}, {"schedulerName": "a"}, {}]})"),
        ElementsAre("parallelism: Invalid value: 0: should be an integer value greater than zero",
                    "profiles[2].schedulerName: Required value",
                    "profiles[1].schedulerName: Duplicate value: \"profiles[0].schedulerName\"",
                    "percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]",
                    "podInitialBackoffSeconds: Invalid value: 0: must be greater than 0",
                    "podMaxBackoffSeconds: Invalid value: -1: must be greater than or equal to "
                    "PodInitialBackoffSeconds"));
}

TEST(SchedulerConfiguration, HasOneOrderOfTheQueue) {
    EXPECT_THAT(errors_of(R"({"profiles": [{"schedulerName": "a"},
                      {"schedulerName": "b", "plugins":
                          {"queueSort": {"disabled": [{"name": "*"}]}}}]})"),
                ElementsAre(testing::StartsWith("profiles[1].plugins.queueSort: Invalid value: ")));
}

TEST(SchedulerConfiguration, RefusesPluginsThatDoNotExist) {
    EXPECT_THAT(errors_of(R"({"profiles": [{"plugins":
                              {"filter": {"enabled": [{"name": "Magic"}]}}}]})"),
                ElementsAre("initializing profiles: creating profile for scheduler name "
                            "default-scheduler: FilterPlugin \"Magic\" does not exist"));
    EXPECT_THAT(errors_of(R"({"profiles": [{"plugins":
                              {"multiPoint": {"enabled": [{"name": "Magic"}]}}}]})"),
                ElementsAre("initializing profiles: creating profile for scheduler name "
                            "default-scheduler: PreFilterPlugin \"Magic\" does not exist"));
    EXPECT_THAT(errors_of(R"({"profiles": [{"plugins":
                              {"filter": {"enabled": [{"name": "EBSLimits"}]}}}]})"),
                ElementsAre(testing::StartsWith(
                    "profiles[0].plugins.filter.enabled[0]: Invalid value: \"EBSLimits\": was "
                    "invalid in version")));
    EXPECT_THAT(errors_of(R"({"profiles": [{"plugins":
                              {"bind": {"disabled": [{"name": "*"}]}}}]})"),
                ElementsAre("initializing profiles: creating profile for scheduler name "
                            "default-scheduler: at least one bind plugin is needed for profile "
                            "with scheduler name \"default-scheduler\""));
}

TEST(SchedulerConfiguration, ListsPluginsOnceWhereTheyHaveAPart) {
    EXPECT_THAT(errors_of(R"({"profiles": [{"plugins":
                              {"score": {"enabled": [{"name": "NodeName"}]}}}]})"),
                ElementsAre("initializing profiles: creating profile for scheduler name "
                            "default-scheduler: plugin \"NodeName\" does not extend ScorePlugin "
                            "plugin"));
    EXPECT_THAT(errors_of(R"({"profiles": [{"plugins": {"filter":
                              {"enabled": [{"name": "NodeName"}, {"name": "NodeName"}]}}}]})"),
                ElementsAre("initializing profiles: creating profile for scheduler name "
                            "default-scheduler: plugin \"NodeName\" already registered as "
                            "\"FilterPlugin\""));
    EXPECT_THAT(errors_of(R"({"profiles": [{"plugins": {"filter":
                              {"enabled": [{"name": "GangScheduling"}]}}}]})"),
                IsEmpty());
}

TEST(SchedulerConfiguration, ChecksHowNodesAreScored) {
    const std::string strategy = args_path + ".scoringStrategy";
    EXPECT_THAT(errors_of_args("NodeResourcesFit", R"({"scoringStrategy": {"type": "Best"}})"),
                ElementsAre(strategy +
                            ".type: Unsupported value: \"Best\": supported values: "
                            "\"LeastAllocated\", \"MostAllocated\", \"RequestedToCapacityRatio\""));
    EXPECT_THAT(
        errors_of_args("NodeResourcesFit", R"({"scoringStrategy": {"type": "LeastAllocated",
            "resources": [{"name": "cpu", "weight": 101}], "requestedToCapacityRatio": {}}})"),
        ElementsAre(strategy +
                        ".resources[0].weight: Invalid value: 101: resource weight of cpu not in "
                        "valid range (0, 100]",
                    strategy + ".requestedToCapacityRatio: Forbidden: must be nil when type is not "
                               "RequestedToCapacityRatio"));
    EXPECT_THAT(
        errors_of_args("NodeResourcesFit",
                       R"({"scoringStrategy": {"type": "RequestedToCapacityRatio"}})"),
        ElementsAre(strategy + ".requestedToCapacityRatio: Required value: must be specified when "
                               "type is RequestedToCapacityRatio"));
    EXPECT_THAT(
        errors_of_args("NodeResourcesFit",
                       R"({"scoringStrategy": {"type": "RequestedToCapacityRatio",
            "requestedToCapacityRatio": {"shape": [{"utilization": 50, "score": 11},
                                                   {"utilization": 50, "score": 0}]}}})"),
        ElementsAre(
            strategy + ".requestedToCapacityRatio.shape[1].utilization: Invalid value: 50: values "
                       "must be sorted in increasing order",
            strategy + ".requestedToCapacityRatio.shape[0].score: Invalid value: 11: not in valid "
                       "range [0, 10]"));
    EXPECT_THAT(errors_of_args("NodeResourcesFit", R"({"ignoredResourceGroups": ["a.b/c"]})"),
                ElementsAre(args_path +
                            ".ignoredResourceGroups[0]: Invalid value: \"a.b/c\": resource group "
                            "name can't contain '/'"));
    EXPECT_THAT(errors_of_args("NodeResourcesBalancedAllocation",
                               R"({"resources": [{"name": "cpu"}, {"name": "cpu", "weight": 2}]})"),
                ElementsAre(args_path + ".resources[1].name: Duplicate value: \"cpu\"",
                            args_path + ".resources[1].weight: Invalid value: 2: must be 1"));
}

TEST(SchedulerConfiguration, ChecksTheArgumentsOfOtherPlugins) {
    EXPECT_THAT(
        errors_of_args("InterPodAffinity", R"({"hardPodAffinityWeight": -1})"),
        ElementsAre(args_path + ".hardPodAffinityWeight: Invalid value: -1: not in valid range [0, "
                                "100]"));
    EXPECT_THAT(
        errors_of_args("DefaultPreemption",
                       R"({"minCandidateNodesPercentage": 0, "minCandidateNodesAbsolute": 0})"),
        ElementsAre(
            args_path + ".minCandidateNodesPercentage: Invalid value: 0: cannot be zero at the "
                        "same time as minCandidateNodesAbsolute",
            args_path + ".minCandidateNodesAbsolute: Invalid value: 0: cannot be zero at the same "
                        "time as minCandidateNodesPercentage"));
    EXPECT_THAT(
        errors_of_args("PodTopologySpread", R"({"defaultConstraints": [
            {"maxSkew": 0, "topologyKey": "", "whenUnsatisfiable": "Never", "labelSelector": {}}]})"),
        ElementsAre(
            args_path + ".defaultingType: Invalid value: \"System\": when .defaultConstraints are "
                        "not empty",
            args_path +
                ".defaultConstraints[0].maxSkew: Invalid value: 0: not in valid range (0, inf)",
            args_path + ".defaultConstraints[0].topologyKey: Required value: can not be empty",
            args_path +
                ".defaultConstraints[0].whenUnsatisfiable: Unsupported value: \"Never\": supported "
                "values: \"DoNotSchedule\", \"ScheduleAnyway\"",
            args_path +
                ".defaultConstraints[0].labelSelector: Forbidden: constraint must not define a "
                "selector, as they deduced for each pod"));
    EXPECT_THAT(
        errors_of_args("NodeAffinity", R"({"addedAffinity":
            {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                {"matchExpressions": [{"key": "a", "operator": "In"},
                                      {"key": "a", "operator": "Is"}]}]}}})"),
        ElementsAre(
            args_path + ".addedAffinity.requiredDuringSchedulingIgnoredDuringExecution."
                        "nodeSelectorTerms[0].matchExpressions[0].values: Invalid value: []: for "
                        "'in', 'notin' operators, values set can't be empty",
            args_path +
                ".addedAffinity.requiredDuringSchedulingIgnoredDuringExecution."
                "nodeSelectorTerms[0].matchExpressions[1].operator: Unsupported value: "
                "\"Is\": supported values: \"In\", \"NotIn\", \"Exists\", \"DoesNotExist\", "
                "\"Gt\", \"Lt\""));
}

TEST(SchedulerConfiguration, ChecksTheTimesOfDynamicResources) {
    EXPECT_THAT(
        errors_of_args("DynamicResources", R"({"filterTimeout": "0s", "bindingTimeout": "1s"})"),
        IsEmpty());
    EXPECT_THAT(
        errors_of_args("DynamicResources", R"({"filterTimeout": "-1s", "bindingTimeout": "0"})"),
        ElementsAre(
            args_path + ".filterTimeout: Invalid value: \"-1s\": must be zero or positive",
            args_path + ".bindingTimeout: Invalid value: \"0s\": must be at least 1 second"));
    EXPECT_THAT(errors_of_args("DynamicResources", R"({"filterTimeout": "soon"})"),
                ElementsAre("decoding .profiles[0].pluginConfig[0]: decoding args for plugin "
                            "DynamicResources: time: invalid duration \"soon\""));
}

TEST(SchedulerConfiguration, RefusesArgumentsOfAnotherPlugin) {
    EXPECT_THAT(errors_of_args("NodeAffinity", R"({"hardPodAffinityWeight": 1})"),
                ElementsAre("decoding .profiles[0].pluginConfig[0]: decoding args for plugin "
                            "NodeAffinity: unknown field \"hardPodAffinityWeight\""));
    EXPECT_THAT(errors_of_args("NodeAffinity", R"({"kind": "InterPodAffinityArgs"})"),
                ElementsAre("decoding .profiles[0].pluginConfig[0]: args for plugin NodeAffinity "
                            "were not of type NodeAffinityArgs.kubescheduler.config.k8s.io, got "
                            "InterPodAffinityArgs.kubescheduler.config.k8s.io"));
}

}  // namespace
}  // namespace wavetank::scheduler
