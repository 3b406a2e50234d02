#pragma once

/// \file
/// How does a KubeSchedulerConfiguration look? Its types of v1, with upstream's field names.

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/corev1/scheduling.hpp>
#include <wavetank/api/type_info.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::scheduler::configuration {

struct PluginV1 {
    std::string name{};
    std::optional<std::int32_t> weight{};
};
BOOST_DESCRIBE_STRUCT(PluginV1, (), (name, weight))

struct PluginSetV1 {
    std::vector<PluginV1> enabled{};
    std::vector<PluginV1> disabled{};
};
BOOST_DESCRIBE_STRUCT(PluginSetV1, (), (enabled, disabled))

struct PluginsV1 {
    PluginSetV1 preEnqueue{};
    PluginSetV1 queueSort{};
    PluginSetV1 preFilter{};
    PluginSetV1 filter{};
    PluginSetV1 postFilter{};
    PluginSetV1 preScore{};
    PluginSetV1 score{};
    PluginSetV1 reserve{};
    PluginSetV1 permit{};
    PluginSetV1 preBind{};
    PluginSetV1 bind{};
    PluginSetV1 postBind{};
    PluginSetV1 multiPoint{};
    PluginSetV1 placementGenerate{};
    PluginSetV1 placementScore{};
    PluginSetV1 podGroupPostFilter{};
};
BOOST_DESCRIBE_STRUCT(PluginsV1, (),
                      (preEnqueue, queueSort, preFilter, filter, postFilter, preScore, score,
                       reserve, permit, preBind, bind, postBind, multiPoint, placementGenerate,
                       placementScore, podGroupPostFilter))

struct PluginConfigV1 {
    std::string name{};
    boost::json::value args{};
};
BOOST_DESCRIBE_STRUCT(PluginConfigV1, (), (name, args))

struct ProfileV1 {
    std::optional<std::string> schedulerName{};
    std::optional<std::int32_t> percentageOfNodesToScore{};
    PluginsV1 plugins{};
    std::vector<PluginConfigV1> pluginConfig{};
};
BOOST_DESCRIBE_STRUCT(ProfileV1, (),
                      (schedulerName, percentageOfNodesToScore, plugins, pluginConfig))

struct ConfigurationV1 {
    std::string apiVersion{};
    std::string kind{};
    std::optional<std::int32_t> parallelism{};
    boost::json::value leaderElection{};
    boost::json::value clientConnection{};
    std::optional<bool> enableProfiling{};
    std::optional<bool> enableContentionProfiling{};
    std::optional<std::int32_t> percentageOfNodesToScore{};
    std::optional<std::int64_t> podInitialBackoffSeconds{};
    std::optional<std::int64_t> podMaxBackoffSeconds{};
    std::vector<ProfileV1> profiles{};
    std::vector<boost::json::value> extenders{};
    bool delayCacheUntilActive = false;
};
BOOST_DESCRIBE_STRUCT(ConfigurationV1, (),
                      (apiVersion, kind, parallelism, leaderElection, clientConnection,
                       enableProfiling, enableContentionProfiling, percentageOfNodesToScore,
                       podInitialBackoffSeconds, podMaxBackoffSeconds, profiles, extenders,
                       delayCacheUntilActive))

struct ResourceSpecV1 {
    std::string name{};
    std::int64_t weight = 0;
};
BOOST_DESCRIBE_STRUCT(ResourceSpecV1, (), (name, weight))

struct ShapePointV1 {
    std::int32_t utilization = 0;
    std::int32_t score = 0;
};
BOOST_DESCRIBE_STRUCT(ShapePointV1, (), (utilization, score))

struct RatioV1 {
    std::vector<ShapePointV1> shape{};
};
BOOST_DESCRIBE_STRUCT(RatioV1, (), (shape))

struct ScoringStrategyV1 {
    std::string type{};
    std::vector<ResourceSpecV1> resources{};
    std::optional<RatioV1> requestedToCapacityRatio{};
};
BOOST_DESCRIBE_STRUCT(ScoringStrategyV1, (), (type, resources, requestedToCapacityRatio))

struct FitArgsV1 {
    std::string apiVersion{};
    std::string kind{};
    std::vector<std::string> ignoredResources{};
    std::vector<std::string> ignoredResourceGroups{};
    std::optional<ScoringStrategyV1> scoringStrategy{};
};
BOOST_DESCRIBE_STRUCT(FitArgsV1, (),
                      (apiVersion, kind, ignoredResources, ignoredResourceGroups, scoringStrategy))

struct BalancedAllocationArgsV1 {
    std::string apiVersion{};
    std::string kind{};
    std::vector<ResourceSpecV1> resources{};
};
BOOST_DESCRIBE_STRUCT(BalancedAllocationArgsV1, (), (apiVersion, kind, resources))

struct InterPodAffinityArgsV1 {
    std::string apiVersion{};
    std::string kind{};
    std::optional<std::int32_t> hardPodAffinityWeight{};
    bool ignorePreferredTermsOfExistingPods = false;
};
BOOST_DESCRIBE_STRUCT(InterPodAffinityArgsV1, (),
                      (apiVersion, kind, hardPodAffinityWeight, ignorePreferredTermsOfExistingPods))

struct NodeAffinityArgsV1 {
    std::string apiVersion{};
    std::string kind{};
    std::optional<api::corev1::NodeAffinity> addedAffinity{};
};
BOOST_DESCRIBE_STRUCT(NodeAffinityArgsV1, (), (apiVersion, kind, addedAffinity))

struct PodTopologySpreadArgsV1 {
    std::string apiVersion{};
    std::string kind{};
    std::vector<api::corev1::TopologySpreadConstraint> defaultConstraints{};
    std::string defaultingType{};
};
BOOST_DESCRIBE_STRUCT(PodTopologySpreadArgsV1, (),
                      (apiVersion, kind, defaultConstraints, defaultingType))

struct DefaultPreemptionArgsV1 {
    std::string apiVersion{};
    std::string kind{};
    std::optional<std::int32_t> minCandidateNodesPercentage{};
    std::optional<std::int32_t> minCandidateNodesAbsolute{};
};
BOOST_DESCRIBE_STRUCT(DefaultPreemptionArgsV1, (),
                      (apiVersion, kind, minCandidateNodesPercentage, minCandidateNodesAbsolute))

struct VolumeBindingArgsV1 {
    std::string apiVersion{};
    std::string kind{};
    std::optional<std::int64_t> bindTimeoutSeconds{};
    std::optional<std::vector<ShapePointV1>> shape{};
};
BOOST_DESCRIBE_STRUCT(VolumeBindingArgsV1, (), (apiVersion, kind, bindTimeoutSeconds, shape))

struct DynamicResourcesArgsV1 {
    std::string apiVersion{};
    std::string kind{};
    std::optional<std::string> filterTimeout{};
    std::optional<std::string> bindingTimeout{};
};
BOOST_DESCRIBE_STRUCT(DynamicResourcesArgsV1, (), (apiVersion, kind, filterTimeout, bindingTimeout))

}  // namespace wavetank::scheduler::configuration
