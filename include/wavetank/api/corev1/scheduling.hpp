#pragma once

/// \file
/// Where may a pod go? Affinity, tolerations, topology spread.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' `core/v1` NodeSelectorRequirement.
struct NodeSelectorRequirement {
    std::string key{};
    std::string operator_{};
    std::vector<std::string> values{};
    Unmodelled unmodelled{};

    bool operator==(const NodeSelectorRequirement&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeSelectorRequirement, (), (key, operator_, values))

/// Kubernetes' `core/v1` NodeSelectorTerm.
struct NodeSelectorTerm {
    std::vector<NodeSelectorRequirement> matchExpressions{};
    std::vector<NodeSelectorRequirement> matchFields{};
    Unmodelled unmodelled{};

    bool operator==(const NodeSelectorTerm&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeSelectorTerm, (), (matchExpressions, matchFields))

/// Kubernetes' `core/v1` NodeSelector.
struct NodeSelector {
    std::vector<NodeSelectorTerm> nodeSelectorTerms{};
    Unmodelled unmodelled{};

    bool operator==(const NodeSelector&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeSelector, (), (nodeSelectorTerms))

/// Kubernetes' `core/v1` PreferredSchedulingTerm.
struct PreferredSchedulingTerm {
    std::int32_t weight = 0;
    NodeSelectorTerm preference{};
    Unmodelled unmodelled{};

    bool operator==(const PreferredSchedulingTerm&) const = default;
};
BOOST_DESCRIBE_STRUCT(PreferredSchedulingTerm, (), (weight, preference))

/// Kubernetes' `core/v1` NodeAffinity.
struct NodeAffinity {
    Boxed<NodeSelector> requiredDuringSchedulingIgnoredDuringExecution{};
    std::vector<PreferredSchedulingTerm> preferredDuringSchedulingIgnoredDuringExecution{};
    Unmodelled unmodelled{};

    bool operator==(const NodeAffinity&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeAffinity, (),
                      (requiredDuringSchedulingIgnoredDuringExecution,
                       preferredDuringSchedulingIgnoredDuringExecution))

/// Kubernetes' `core/v1` PodAffinityTerm.
struct PodAffinityTerm {
    Boxed<metav1::LabelSelector> labelSelector{};
    std::vector<std::string> namespaces{};
    std::string topologyKey{};
    Boxed<metav1::LabelSelector> namespaceSelector{};
    std::vector<std::string> matchLabelKeys{};
    std::vector<std::string> mismatchLabelKeys{};
    Unmodelled unmodelled{};

    bool operator==(const PodAffinityTerm&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodAffinityTerm, (),
                      (labelSelector, namespaces, topologyKey, namespaceSelector, matchLabelKeys,
                       mismatchLabelKeys))

/// Kubernetes' `core/v1` WeightedPodAffinityTerm.
struct WeightedPodAffinityTerm {
    std::int32_t weight = 0;
    PodAffinityTerm podAffinityTerm{};
    Unmodelled unmodelled{};

    bool operator==(const WeightedPodAffinityTerm&) const = default;
};
BOOST_DESCRIBE_STRUCT(WeightedPodAffinityTerm, (), (weight, podAffinityTerm))

/// Kubernetes' `core/v1` PodAffinity.
struct PodAffinity {
    std::vector<PodAffinityTerm> requiredDuringSchedulingIgnoredDuringExecution{};
    std::vector<WeightedPodAffinityTerm> preferredDuringSchedulingIgnoredDuringExecution{};
    Unmodelled unmodelled{};

    bool operator==(const PodAffinity&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodAffinity, (),
                      (requiredDuringSchedulingIgnoredDuringExecution,
                       preferredDuringSchedulingIgnoredDuringExecution))

/// Kubernetes' `core/v1` PodAntiAffinity.
struct PodAntiAffinity {
    std::vector<PodAffinityTerm> requiredDuringSchedulingIgnoredDuringExecution{};
    std::vector<WeightedPodAffinityTerm> preferredDuringSchedulingIgnoredDuringExecution{};
    Unmodelled unmodelled{};

    bool operator==(const PodAntiAffinity&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodAntiAffinity, (),
                      (requiredDuringSchedulingIgnoredDuringExecution,
                       preferredDuringSchedulingIgnoredDuringExecution))

/// Kubernetes' `core/v1` Affinity.
struct Affinity {
    Boxed<NodeAffinity> nodeAffinity{};
    Boxed<PodAffinity> podAffinity{};
    Boxed<PodAntiAffinity> podAntiAffinity{};
    Unmodelled unmodelled{};

    bool operator==(const Affinity&) const = default;
};
BOOST_DESCRIBE_STRUCT(Affinity, (), (nodeAffinity, podAffinity, podAntiAffinity))

/// Kubernetes' `core/v1` Toleration.
struct Toleration {
    std::string key{};
    std::string operator_{};
    std::string value{};
    std::string effect{};
    std::optional<std::int64_t> tolerationSeconds{};
    Unmodelled unmodelled{};

    bool operator==(const Toleration&) const = default;
};
BOOST_DESCRIBE_STRUCT(Toleration, (), (key, operator_, value, effect, tolerationSeconds))

/// Kubernetes' `core/v1` TopologySpreadConstraint.
struct TopologySpreadConstraint {
    std::int32_t maxSkew = 0;
    std::string topologyKey{};
    std::string whenUnsatisfiable{};
    Boxed<metav1::LabelSelector> labelSelector{};
    std::optional<std::int32_t> minDomains{};
    std::optional<std::string> nodeAffinityPolicy{};
    std::optional<std::string> nodeTaintsPolicy{};
    std::vector<std::string> matchLabelKeys{};
    Unmodelled unmodelled{};

    bool operator==(const TopologySpreadConstraint&) const = default;
};
BOOST_DESCRIBE_STRUCT(TopologySpreadConstraint, (),
                      (maxSkew, topologyKey, whenUnsatisfiable, labelSelector, minDomains,
                       nodeAffinityPolicy, nodeTaintsPolicy, matchLabelKeys))

/// Kubernetes' `core/v1` Taint.
struct Taint {
    std::string key{};
    std::string value{};
    std::string effect{};
    std::optional<Time> timeAdded{};
    Unmodelled unmodelled{};

    bool operator==(const Taint&) const = default;
};
BOOST_DESCRIBE_STRUCT(Taint, (), (key, value, effect, timeAdded))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::NodeSelectorRequirement> =
    "NodeSelectorRequirement";
inline constexpr FieldFacts corev1_node_selector_requirement_facts[] = {
    {.field = "key", .presence = Presence::Always},
    {.field = "operator", .presence = Presence::Always},
    {.field = "values", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NodeSelectorRequirement>{
    corev1_node_selector_requirement_facts};
template <>
inline constexpr std::string_view type_name<corev1::NodeSelectorTerm> = "NodeSelectorTerm";
inline constexpr FieldFacts corev1_node_selector_term_facts[] = {
    {.field = "matchExpressions", .atomic = true},
    {.field = "matchFields", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NodeSelectorTerm>{
    corev1_node_selector_term_facts};
template <>
inline constexpr std::string_view type_name<corev1::NodeSelector> = "NodeSelector";
inline constexpr FieldFacts corev1_node_selector_facts[] = {
    {.field = "nodeSelectorTerms", .presence = Presence::Always, .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NodeSelector>{
    corev1_node_selector_facts};
template <>
inline constexpr std::string_view type_name<corev1::PreferredSchedulingTerm> =
    "PreferredSchedulingTerm";
inline constexpr FieldFacts corev1_preferred_scheduling_term_facts[] = {
    {.field = "weight", .presence = Presence::Always},
    {.field = "preference", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PreferredSchedulingTerm>{
    corev1_preferred_scheduling_term_facts};
template <>
inline constexpr std::string_view type_name<corev1::NodeAffinity> = "NodeAffinity";
inline constexpr FieldFacts corev1_node_affinity_facts[] = {
    {.field = "preferredDuringSchedulingIgnoredDuringExecution", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NodeAffinity>{
    corev1_node_affinity_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodAffinityTerm> = "PodAffinityTerm";
inline constexpr FieldFacts corev1_pod_affinity_term_facts[] = {
    {.field = "namespaces", .atomic = true},
    {.field = "topologyKey", .presence = Presence::Always},
    {.field = "matchLabelKeys", .atomic = true},
    {.field = "mismatchLabelKeys", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodAffinityTerm>{
    corev1_pod_affinity_term_facts};
template <>
inline constexpr std::string_view type_name<corev1::WeightedPodAffinityTerm> =
    "WeightedPodAffinityTerm";
inline constexpr FieldFacts corev1_weighted_pod_affinity_term_facts[] = {
    {.field = "weight", .presence = Presence::Always},
    {.field = "podAffinityTerm", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::WeightedPodAffinityTerm>{
    corev1_weighted_pod_affinity_term_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodAffinity> = "PodAffinity";
inline constexpr FieldFacts corev1_pod_affinity_facts[] = {
    {.field = "requiredDuringSchedulingIgnoredDuringExecution", .atomic = true},
    {.field = "preferredDuringSchedulingIgnoredDuringExecution", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodAffinity>{
    corev1_pod_affinity_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodAntiAffinity> = "PodAntiAffinity";
inline constexpr FieldFacts corev1_pod_anti_affinity_facts[] = {
    {.field = "requiredDuringSchedulingIgnoredDuringExecution", .atomic = true},
    {.field = "preferredDuringSchedulingIgnoredDuringExecution", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodAntiAffinity>{
    corev1_pod_anti_affinity_facts};
template <>
inline constexpr std::string_view type_name<corev1::Affinity> = "Affinity";
template <>
inline constexpr std::string_view type_name<corev1::Toleration> = "Toleration";
template <>
inline constexpr std::string_view type_name<corev1::TopologySpreadConstraint> =
    "TopologySpreadConstraint";
inline constexpr FieldFacts corev1_topology_spread_constraint_facts[] = {
    {.field = "maxSkew", .presence = Presence::Always},
    {.field = "topologyKey", .presence = Presence::Always},
    {.field = "whenUnsatisfiable", .presence = Presence::Always},
    {.field = "matchLabelKeys", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::TopologySpreadConstraint>{
    corev1_topology_spread_constraint_facts};
template <>
inline constexpr std::string_view type_name<corev1::Taint> = "Taint";
inline constexpr FieldFacts corev1_taint_facts[] = {
    {.field = "key", .presence = Presence::Always},
    {.field = "effect", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::Taint>{corev1_taint_facts};

}  // namespace wavetank::api
