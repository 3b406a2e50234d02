#pragma once

/// \file
/// The addresses behind a Service.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/corev1/reference.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::discoveryv1 {

/// Kubernetes' `discovery/v1` EndpointConditions.
struct EndpointConditions {
    std::optional<bool> ready{};
    std::optional<bool> serving{};
    std::optional<bool> terminating{};
    Unmodelled unmodelled{};

    bool operator==(const EndpointConditions&) const = default;
};
BOOST_DESCRIBE_STRUCT(EndpointConditions, (), (ready, serving, terminating))

/// Kubernetes' `discovery/v1` ForZone.
struct ForZone {
    std::string name{};
    Unmodelled unmodelled{};

    bool operator==(const ForZone&) const = default;
};
BOOST_DESCRIBE_STRUCT(ForZone, (), (name))

/// Kubernetes' `discovery/v1` ForNode.
struct ForNode {
    std::string name{};
    Unmodelled unmodelled{};

    bool operator==(const ForNode&) const = default;
};
BOOST_DESCRIBE_STRUCT(ForNode, (), (name))

/// Kubernetes' `discovery/v1` EndpointHints.
struct EndpointHints {
    std::vector<ForZone> forZones{};
    std::vector<ForNode> forNodes{};
    Unmodelled unmodelled{};

    bool operator==(const EndpointHints&) const = default;
};
BOOST_DESCRIBE_STRUCT(EndpointHints, (), (forZones, forNodes))

/// The part of a reference that the endpoints of a Service have in common.
struct TargetBody {
    Text kind{};
    Text namespace_{};
    Text apiVersion{};
    std::string resourceVersion{};
    std::string fieldPath{};
    Unmodelled unmodelled{};

    bool operator==(const TargetBody&) const = default;
};
BOOST_DESCRIBE_STRUCT(TargetBody, (), (kind, namespace_, apiVersion, resourceVersion, fieldPath))

/// Kubernetes' `core/v1` ObjectReference, of an endpoint: `target->kind` reads the shared part.
struct Target {
    Text name{};
    Uid uid{};
    Shared<TargetBody> body{};

    [[nodiscard]] const TargetBody* operator->() const {
        return &*body;
    }
    bool operator==(const Target&) const = default;
};
BOOST_DESCRIBE_STRUCT(Target, (), (body, name, uid))

/// The part of an endpoint that those of a Service in one zone have in common.
struct EndpointBody {
    EndpointConditions conditions{};
    std::optional<std::string> hostname{};
    StringMap deprecatedTopology{};
    OptionalText zone{};
    Boxed<EndpointHints> hints{};
    Unmodelled unmodelled{};

    bool operator==(const EndpointBody&) const = default;
};
BOOST_DESCRIBE_STRUCT(EndpointBody, (), (conditions, hostname, deprecatedTopology, zone, hints))

/// Kubernetes' `discovery/v1` Endpoint: `endpoint->zone` reads the shared part, `endpoint.edit()`
/// changes it.
struct Endpoint {
    ShortList<Address> addresses{};
    Shared<EndpointBody> body{};
    std::optional<Target> targetRef{};
    OptionalText nodeName{};

    [[nodiscard]] const EndpointBody* operator->() const {
        return &*body;
    }
    [[nodiscard]] EndpointBody& edit() {
        return body.edit();
    }
    bool operator==(const Endpoint&) const = default;
};
BOOST_DESCRIBE_STRUCT(Endpoint, (), (addresses, body, targetRef, nodeName))

/// Kubernetes' `discovery/v1` EndpointPort.
struct EndpointPort {
    std::optional<std::string> name{};
    std::optional<std::string> protocol{};
    std::optional<std::int32_t> port{};
    std::optional<std::string> appProtocol{};
    Unmodelled unmodelled{};

    bool operator==(const EndpointPort&) const = default;
};
BOOST_DESCRIBE_STRUCT(EndpointPort, (), (name, protocol, port, appProtocol))

/// Kubernetes' kind `EndpointSlice` of `discovery.k8s.io/v1`.
struct EndpointSlice {
    metav1::ObjectMeta metadata{};
    std::string addressType{};
    std::vector<Shared<Endpoint>> endpoints{};
    std::vector<EndpointPort> ports{};
    Unmodelled unmodelled{};

    bool operator==(const EndpointSlice&) const = default;
};
BOOST_DESCRIBE_STRUCT(EndpointSlice, (), (metadata, addressType, endpoints, ports))

}  // namespace wavetank::api::discoveryv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<discoveryv1::EndpointConditions> = "EndpointConditions";
template <>
inline constexpr std::string_view type_name<discoveryv1::ForZone> = "ForZone";
inline constexpr FieldFacts discoveryv1_for_zone_facts[] = {
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<discoveryv1::ForZone>{
    discoveryv1_for_zone_facts};
template <>
inline constexpr std::string_view type_name<discoveryv1::ForNode> = "ForNode";
inline constexpr FieldFacts discoveryv1_for_node_facts[] = {
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<discoveryv1::ForNode>{
    discoveryv1_for_node_facts};
template <>
inline constexpr std::string_view type_name<discoveryv1::EndpointHints> = "EndpointHints";
inline constexpr FieldFacts discoveryv1_endpoint_hints_facts[] = {
    {.field = "forZones", .atomic = true},
    {.field = "forNodes", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<discoveryv1::EndpointHints>{
    discoveryv1_endpoint_hints_facts};
template <>
inline constexpr std::string_view type_name<discoveryv1::TargetBody> = "TargetBody";
template <>
inline constexpr std::string_view type_name<discoveryv1::Target> = "ObjectReference";
inline constexpr FieldFacts discoveryv1_target_facts[] = {
    {.field = "body", .inlined = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<discoveryv1::Target>{
    discoveryv1_target_facts};
template <>
inline constexpr std::string_view type_name<discoveryv1::EndpointBody> = "EndpointBody";
inline constexpr FieldFacts discoveryv1_endpoint_body_facts[] = {
    {.field = "conditions", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<discoveryv1::EndpointBody>{
    discoveryv1_endpoint_body_facts};
template <>
inline constexpr std::string_view type_name<discoveryv1::Endpoint> = "Endpoint";
inline constexpr FieldFacts discoveryv1_endpoint_facts[] = {
    {.field = "addresses", .presence = Presence::Always, .list_set = true},
    {.field = "body", .inlined = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<discoveryv1::Endpoint>{
    discoveryv1_endpoint_facts};
template <>
inline constexpr std::string_view type_name<discoveryv1::EndpointPort> = "EndpointPort";
template <>
inline constexpr std::string_view type_name<discoveryv1::EndpointSlice> = "EndpointSlice";
inline constexpr FieldFacts discoveryv1_endpoint_slice_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "addressType", .presence = Presence::Always},
    {.field = "endpoints", .presence = Presence::Always, .atomic = true},
    {.field = "ports", .presence = Presence::Always, .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<discoveryv1::EndpointSlice>{
    discoveryv1_endpoint_slice_facts};

}  // namespace wavetank::api
