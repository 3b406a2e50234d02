#pragma once

/// \file
/// What all Kubernetes objects have in common: metadata, owners, label selectors.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::metav1 {

/// Kubernetes' `meta/v1` OwnerReference.
struct OwnerReference {
    std::string apiVersion{};
    std::string kind{};
    std::string name{};
    std::string uid{};
    std::optional<bool> controller{};
    std::optional<bool> blockOwnerDeletion{};
    Unmodelled unmodelled{};

    bool operator==(const OwnerReference&) const = default;
};
BOOST_DESCRIBE_STRUCT(OwnerReference, (),
                      (apiVersion, kind, name, uid, controller, blockOwnerDeletion))

/// Kubernetes' `meta/v1` ManagedFieldsEntry.
struct ManagedFieldsEntry {
    std::string manager{};
    std::string operation{};
    std::string apiVersion{};
    std::optional<Time> time{};
    std::string fieldsType{};
    std::optional<boost::json::value> fieldsV1{};
    std::string subresource{};
    Unmodelled unmodelled{};

    bool operator==(const ManagedFieldsEntry&) const = default;
};
BOOST_DESCRIBE_STRUCT(ManagedFieldsEntry, (),
                      (manager, operation, apiVersion, time, fieldsType, fieldsV1, subresource))

/// What few objects have of Kubernetes' `meta/v1` ObjectMeta, in one word of it.
struct RareMeta {
    std::string selfLink{};
    std::optional<std::int64_t> deletionGracePeriodSeconds{};
    std::vector<std::string> finalizers{};
    std::vector<ManagedFieldsEntry> managedFields{};

    bool operator==(const RareMeta&) const = default;
};
BOOST_DESCRIBE_STRUCT(RareMeta, (),
                      (selfLink, deletionGracePeriodSeconds, finalizers, managedFields))

/// Kubernetes' `meta/v1` ObjectMeta.
struct ObjectMeta {
    Text name{};
    Shared<std::string> generateName{};
    Text namespace_{};
    Uid uid{};
    Text resourceVersion{};
    std::int64_t generation = 0;
    CompactOptional<Time> creationTimestamp{};
    CompactOptional<Time> deletionTimestamp{};
    Shared<StringMap> labels{};
    Shared<StringMap> annotations{};
    Shared<std::vector<OwnerReference>> ownerReferences{};
    Shared<RareMeta> rare{};
    Unmodelled unmodelled{};

    bool operator==(const ObjectMeta&) const = default;
};
BOOST_DESCRIBE_STRUCT(ObjectMeta, (),
                      (name, generateName, namespace_, uid, resourceVersion, generation,
                       creationTimestamp, deletionTimestamp, labels, annotations, ownerReferences,
                       rare))

/// Kubernetes' `meta/v1` LabelSelectorRequirement.
struct LabelSelectorRequirement {
    std::string key{};
    std::string operator_{};
    std::vector<std::string> values{};
    Unmodelled unmodelled{};

    bool operator==(const LabelSelectorRequirement&) const = default;
};
BOOST_DESCRIBE_STRUCT(LabelSelectorRequirement, (), (key, operator_, values))

/// Kubernetes' `meta/v1` LabelSelector.
struct LabelSelector {
    StringMap matchLabels{};
    std::vector<LabelSelectorRequirement> matchExpressions{};
    Unmodelled unmodelled{};

    bool operator==(const LabelSelector&) const = default;
};
BOOST_DESCRIBE_STRUCT(LabelSelector, (), (matchLabels, matchExpressions))

/// Kubernetes' `meta/v1` Condition.
struct Condition {
    std::string type{};
    std::string status{};
    std::int64_t observedGeneration = 0;
    std::optional<Time> lastTransitionTime{};
    std::string reason{};
    std::string message{};
    Unmodelled unmodelled{};

    bool operator==(const Condition&) const = default;
};
BOOST_DESCRIBE_STRUCT(Condition, (),
                      (type, status, observedGeneration, lastTransitionTime, reason, message))

}  // namespace wavetank::api::metav1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<metav1::OwnerReference> = "OwnerReference";
inline constexpr FieldFacts metav1_owner_reference_facts[] = {
    {.field = "apiVersion", .presence = Presence::Always},
    {.field = "kind", .presence = Presence::Always},
    {.field = "name", .presence = Presence::Always},
    {.field = "uid", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<metav1::OwnerReference>{
    metav1_owner_reference_facts};
template <>
inline constexpr std::string_view type_name<metav1::ManagedFieldsEntry> = "ManagedFieldsEntry";
template <>
inline constexpr std::string_view type_name<metav1::RareMeta> = "RareMeta";
inline constexpr FieldFacts metav1_rare_meta_facts[] = {
    {.field = "finalizers", .patch_set = true, .list_set = true},
    {.field = "managedFields", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<metav1::RareMeta>{metav1_rare_meta_facts};
template <>
inline constexpr std::string_view type_name<metav1::ObjectMeta> = "ObjectMeta";
inline constexpr FieldFacts metav1_object_meta_facts[] = {
    {.field = "ownerReferences", .patch_key = "uid", .list_keys = "uid"},
    {.field = "rare", .inlined = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<metav1::ObjectMeta>{
    metav1_object_meta_facts};
template <>
inline constexpr std::string_view type_name<metav1::LabelSelectorRequirement> =
    "LabelSelectorRequirement";
inline constexpr FieldFacts metav1_label_selector_requirement_facts[] = {
    {.field = "key", .presence = Presence::Always},
    {.field = "operator", .presence = Presence::Always},
    {.field = "values", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<metav1::LabelSelectorRequirement>{
    metav1_label_selector_requirement_facts};
template <>
inline constexpr std::string_view type_name<metav1::LabelSelector> = "LabelSelector";
inline constexpr FieldFacts metav1_label_selector_facts[] = {
    {.field = "matchExpressions", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<metav1::LabelSelector>{
    metav1_label_selector_facts};
template <>
inline constexpr std::string_view type_name<metav1::Condition> = "Condition";
inline constexpr FieldFacts metav1_condition_facts[] = {
    {.field = "type", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
    {.field = "lastTransitionTime", .presence = Presence::Always},
    {.field = "reason", .presence = Presence::Always},
    {.field = "message", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<metav1::Condition>{metav1_condition_facts};

}  // namespace wavetank::api
