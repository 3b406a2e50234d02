#pragma once

/// \file
/// Kinds that users define.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/apiextensionsv1/json_schema_props.hpp>
#include <wavetank/api/given_list.hpp>
#include <wavetank/api/metav1.hpp>
#include <wavetank/api/scheme.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::apiextensionsv1 {

/// Kubernetes' `apiextensions.k8s.io/v1` CustomResourceDefinitionNames.
struct CustomResourceDefinitionNames {
    std::string plural{};
    std::string singular{};
    std::vector<std::string> shortNames{};
    std::string kind{};
    std::string listKind{};
    std::vector<std::string> categories{};

    bool operator==(const CustomResourceDefinitionNames&) const = default;
};
BOOST_DESCRIBE_STRUCT(CustomResourceDefinitionNames, (),
                      (plural, singular, shortNames, kind, listKind, categories))

/// Kubernetes' `apiextensions.k8s.io/v1` CustomResourceValidation.
struct CustomResourceValidation {
    Boxed<JSONSchemaProps> openAPIV3Schema{};
};
BOOST_DESCRIBE_STRUCT(CustomResourceValidation, (), (openAPIV3Schema))

/// Kubernetes' `apiextensions.k8s.io/v1` CustomResourceSubresourceScale.
struct CustomResourceSubresourceScale {
    std::string specReplicasPath{};
    std::string statusReplicasPath{};
    std::optional<std::string> labelSelectorPath{};

    bool operator==(const CustomResourceSubresourceScale&) const = default;
};
BOOST_DESCRIBE_STRUCT(CustomResourceSubresourceScale, (),
                      (specReplicasPath, statusReplicasPath, labelSelectorPath))

/// Kubernetes' `apiextensions.k8s.io/v1` CustomResourceSubresourceStatus: without a field.
struct CustomResourceSubresourceStatus {
    bool operator==(const CustomResourceSubresourceStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(CustomResourceSubresourceStatus, (), ())

/// Kubernetes' `apiextensions.k8s.io/v1` CustomResourceSubresources.
struct CustomResourceSubresources {
    std::optional<CustomResourceSubresourceStatus> status{};
    std::optional<CustomResourceSubresourceScale> scale{};

    bool operator==(const CustomResourceSubresources&) const = default;
};
BOOST_DESCRIBE_STRUCT(CustomResourceSubresources, (), (status, scale))

/// Kubernetes' `apiextensions.k8s.io/v1` CustomResourceColumnDefinition.
struct CustomResourceColumnDefinition {
    std::string name{};
    std::string type{};
    std::string format{};
    std::string description{};
    std::int32_t priority = 0;
    std::string jsonPath{};

    bool operator==(const CustomResourceColumnDefinition&) const = default;
};
BOOST_DESCRIBE_STRUCT(CustomResourceColumnDefinition, (),
                      (name, type, format, description, priority, jsonPath))

/// Kubernetes' `apiextensions.k8s.io/v1` SelectableField.
struct SelectableField {
    std::string jsonPath{};

    bool operator==(const SelectableField&) const = default;
};
BOOST_DESCRIBE_STRUCT(SelectableField, (), (jsonPath))

/// Kubernetes' `apiextensions.k8s.io/v1` CustomResourceDefinitionVersion.
struct CustomResourceDefinitionVersion {
    std::string name{};
    bool served = false;
    bool storage = false;
    bool deprecated = false;
    std::optional<std::string> deprecationWarning{};
    std::optional<CustomResourceValidation> schema{};
    std::optional<CustomResourceSubresources> subresources{};
    std::vector<CustomResourceColumnDefinition> additionalPrinterColumns{};
    std::vector<SelectableField> selectableFields{};
};
BOOST_DESCRIBE_STRUCT(CustomResourceDefinitionVersion, (),
                      (name, served, storage, deprecated, deprecationWarning, schema, subresources,
                       additionalPrinterColumns, selectableFields))

/// Kubernetes' `apiextensions.k8s.io/v1` ServiceReference.
struct ServiceReference {
    std::string namespace_{};
    std::string name{};
    std::optional<std::string> path{};
    std::optional<std::int32_t> port{};
};
BOOST_DESCRIBE_STRUCT(ServiceReference, (), (namespace_, name, path, port))

/// Kubernetes' `apiextensions.k8s.io/v1` WebhookClientConfig. `caBundle` is base64.
struct WebhookClientConfig {
    std::optional<std::string> url{};
    std::optional<ServiceReference> service{};
    std::string caBundle{};
};
BOOST_DESCRIBE_STRUCT(WebhookClientConfig, (), (url, service, caBundle))

/// Kubernetes' `apiextensions.k8s.io/v1` WebhookConversion.
struct WebhookConversion {
    std::optional<WebhookClientConfig> clientConfig{};
    std::vector<std::string> conversionReviewVersions{};
};
BOOST_DESCRIBE_STRUCT(WebhookConversion, (), (clientConfig, conversionReviewVersions))

/// Kubernetes' `apiextensions.k8s.io/v1` CustomResourceConversion.
struct CustomResourceConversion {
    std::string strategy{};
    std::optional<WebhookConversion> webhook{};
};
BOOST_DESCRIBE_STRUCT(CustomResourceConversion, (), (strategy, webhook))

/// Kubernetes' `apiextensions.k8s.io/v1` CustomResourceDefinitionSpec.
struct CustomResourceDefinitionSpec {
    std::string group{};
    CustomResourceDefinitionNames names{};
    std::string scope{};
    GivenList<CustomResourceDefinitionVersion> versions{};
    std::optional<CustomResourceConversion> conversion{};
    bool preserveUnknownFields = false;
};
BOOST_DESCRIBE_STRUCT(CustomResourceDefinitionSpec, (),
                      (group, names, scope, versions, conversion, preserveUnknownFields))

/// Kubernetes' `apiextensions.k8s.io/v1` CustomResourceDefinitionCondition.
struct CustomResourceDefinitionCondition {
    std::string type{};
    std::string status{};
    std::optional<Time> lastTransitionTime{};
    std::string reason{};
    std::string message{};
    std::int64_t observedGeneration = 0;
};
BOOST_DESCRIBE_STRUCT(CustomResourceDefinitionCondition, (),
                      (type, status, lastTransitionTime, reason, message, observedGeneration))

/// Kubernetes' `apiextensions.k8s.io/v1` CustomResourceDefinitionStatus.
struct CustomResourceDefinitionStatus {
    std::vector<CustomResourceDefinitionCondition> conditions{};
    CustomResourceDefinitionNames acceptedNames{};
    std::vector<std::string> storedVersions{};
    std::int64_t observedGeneration = 0;
};
BOOST_DESCRIBE_STRUCT(CustomResourceDefinitionStatus, (),
                      (conditions, acceptedNames, storedVersions, observedGeneration))

/// Kubernetes' kind `CustomResourceDefinition` of `apiextensions.k8s.io/v1`.
struct CustomResourceDefinition {
    metav1::ObjectMeta metadata{};
    CustomResourceDefinitionSpec spec{};
    CustomResourceDefinitionStatus status{};
};
BOOST_DESCRIBE_STRUCT(CustomResourceDefinition, (), (metadata, spec, status))

}  // namespace wavetank::api::apiextensionsv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<apiextensionsv1::CustomResourceDefinitionNames> =
    "CustomResourceDefinitionNames";
inline constexpr FieldFacts apiextensionsv1_custom_resource_definition_names_facts[] = {
    {.field = "plural", .presence = Presence::Always},
    {.field = "kind", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<apiextensionsv1::CustomResourceDefinitionNames>{
        apiextensionsv1_custom_resource_definition_names_facts};
template <>
inline constexpr std::string_view type_name<apiextensionsv1::CustomResourceValidation> =
    "CustomResourceValidation";
template <>
inline constexpr std::string_view type_name<apiextensionsv1::CustomResourceSubresourceScale> =
    "CustomResourceSubresourceScale";
inline constexpr FieldFacts apiextensionsv1_custom_resource_subresource_scale_facts[] = {
    {.field = "specReplicasPath", .presence = Presence::Always},
    {.field = "statusReplicasPath", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<apiextensionsv1::CustomResourceSubresourceScale>{
        apiextensionsv1_custom_resource_subresource_scale_facts};
template <>
inline constexpr std::string_view type_name<apiextensionsv1::CustomResourceSubresourceStatus> =
    "CustomResourceSubresourceStatus";
template <>
inline constexpr std::string_view type_name<apiextensionsv1::CustomResourceSubresources> =
    "CustomResourceSubresources";
template <>
inline constexpr std::string_view type_name<apiextensionsv1::CustomResourceColumnDefinition> =
    "CustomResourceColumnDefinition";
inline constexpr FieldFacts apiextensionsv1_custom_resource_column_definition_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "type", .presence = Presence::Always},
    {.field = "jsonPath", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<apiextensionsv1::CustomResourceColumnDefinition>{
        apiextensionsv1_custom_resource_column_definition_facts};
template <>
inline constexpr std::string_view type_name<apiextensionsv1::SelectableField> = "SelectableField";
inline constexpr FieldFacts apiextensionsv1_selectable_field_facts[] = {
    {.field = "jsonPath", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<apiextensionsv1::SelectableField>{
    apiextensionsv1_selectable_field_facts};
template <>
inline constexpr std::string_view type_name<apiextensionsv1::CustomResourceDefinitionVersion> =
    "CustomResourceDefinitionVersion";
inline constexpr FieldFacts apiextensionsv1_custom_resource_definition_version_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "served", .presence = Presence::Always},
    {.field = "storage", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<apiextensionsv1::CustomResourceDefinitionVersion>{
        apiextensionsv1_custom_resource_definition_version_facts};
template <>
inline constexpr std::string_view type_name<apiextensionsv1::ServiceReference> = "ServiceReference";
inline constexpr FieldFacts apiextensionsv1_service_reference_facts[] = {
    {.field = "namespace", .presence = Presence::Always},
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<apiextensionsv1::ServiceReference>{
    apiextensionsv1_service_reference_facts};
template <>
inline constexpr std::string_view type_name<apiextensionsv1::WebhookClientConfig> =
    "WebhookClientConfig";
template <>
inline constexpr std::string_view type_name<apiextensionsv1::WebhookConversion> =
    "WebhookConversion";
inline constexpr FieldFacts apiextensionsv1_webhook_conversion_facts[] = {
    {.field = "conversionReviewVersions", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<apiextensionsv1::WebhookConversion>{
    apiextensionsv1_webhook_conversion_facts};
template <>
inline constexpr std::string_view type_name<apiextensionsv1::CustomResourceConversion> =
    "CustomResourceConversion";
inline constexpr FieldFacts apiextensionsv1_custom_resource_conversion_facts[] = {
    {.field = "strategy", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<apiextensionsv1::CustomResourceConversion>{
    apiextensionsv1_custom_resource_conversion_facts};
template <>
inline constexpr std::string_view type_name<apiextensionsv1::CustomResourceDefinitionSpec> =
    "CustomResourceDefinitionSpec";
inline constexpr FieldFacts apiextensionsv1_custom_resource_definition_spec_facts[] = {
    {.field = "group", .presence = Presence::Always},
    {.field = "names", .presence = Presence::Always},
    {.field = "scope", .presence = Presence::Always},
    {.field = "versions", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<apiextensionsv1::CustomResourceDefinitionSpec>{
        apiextensionsv1_custom_resource_definition_spec_facts};
template <>
inline constexpr std::string_view type_name<apiextensionsv1::CustomResourceDefinitionCondition> =
    "CustomResourceDefinitionCondition";
inline constexpr FieldFacts apiextensionsv1_custom_resource_definition_condition_facts[] = {
    {.field = "type", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
    {.field = "lastTransitionTime", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<apiextensionsv1::CustomResourceDefinitionCondition>{
        apiextensionsv1_custom_resource_definition_condition_facts};
template <>
inline constexpr std::string_view type_name<apiextensionsv1::CustomResourceDefinitionStatus> =
    "CustomResourceDefinitionStatus";
inline constexpr FieldFacts apiextensionsv1_custom_resource_definition_status_facts[] = {
    {.field = "conditions", .presence = Presence::Always},
    {.field = "acceptedNames", .presence = Presence::Always},
    {.field = "storedVersions", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<apiextensionsv1::CustomResourceDefinitionStatus>{
        apiextensionsv1_custom_resource_definition_status_facts};
template <>
inline constexpr std::string_view type_name<apiextensionsv1::CustomResourceDefinition> =
    "CustomResourceDefinition";
inline constexpr FieldFacts apiextensionsv1_custom_resource_definition_facts[] = {
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<apiextensionsv1::CustomResourceDefinition>{
    apiextensionsv1_custom_resource_definition_facts};
template <>
inline constexpr KindInfo kind_info<apiextensionsv1::CustomResourceDefinition>{
    .group = "apiextensions.k8s.io",
    .version = "v1",
    .kind = "CustomResourceDefinition",
    .plural = "customresourcedefinitions",
    .singular = "customresourcedefinition",
    .short_name = "crd",
    .namespaced = false};

}  // namespace wavetank::api
