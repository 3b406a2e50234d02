#pragma once

/// \file
/// A stable name and address before a set of pods.
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

/// Kubernetes' `core/v1` ServicePort.
struct ServicePort {
    std::string name{};
    std::string protocol{};
    std::optional<std::string> appProtocol{};
    std::int32_t port = 0;
    IntOrString targetPort{};
    std::int32_t nodePort = 0;
    Unmodelled unmodelled{};

    bool operator==(const ServicePort&) const = default;
};
BOOST_DESCRIBE_STRUCT(ServicePort, (), (name, protocol, appProtocol, port, targetPort, nodePort))

/// Kubernetes' `core/v1` ClientIPConfig.
struct ClientIPConfig {
    std::optional<std::int32_t> timeoutSeconds{};
    Unmodelled unmodelled{};

    bool operator==(const ClientIPConfig&) const = default;
};
BOOST_DESCRIBE_STRUCT(ClientIPConfig, (), (timeoutSeconds))

/// Kubernetes' `core/v1` SessionAffinityConfig.
struct SessionAffinityConfig {
    Boxed<ClientIPConfig> clientIP{};
    Unmodelled unmodelled{};

    bool operator==(const SessionAffinityConfig&) const = default;
};
BOOST_DESCRIBE_STRUCT(SessionAffinityConfig, (), (clientIP))

/// Kubernetes' `core/v1` ServiceSpec.
struct ServiceSpec {
    std::vector<ServicePort> ports{};
    StringMap selector{};
    std::string clusterIP{};
    std::vector<std::string> clusterIPs{};
    std::string type{};
    std::vector<std::string> externalIPs{};
    std::string sessionAffinity{};
    std::string loadBalancerIP{};
    std::vector<std::string> loadBalancerSourceRanges{};
    std::string externalName{};
    std::string externalTrafficPolicy{};
    std::int32_t healthCheckNodePort = 0;
    bool publishNotReadyAddresses = false;
    Boxed<SessionAffinityConfig> sessionAffinityConfig{};
    std::vector<std::string> ipFamilies{};
    std::optional<std::string> ipFamilyPolicy{};
    std::optional<bool> allocateLoadBalancerNodePorts{};
    std::optional<std::string> loadBalancerClass{};
    std::optional<std::string> internalTrafficPolicy{};
    std::optional<std::string> trafficDistribution{};
    Unmodelled unmodelled{};

    bool operator==(const ServiceSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(ServiceSpec, (),
                      (ports, selector, clusterIP, clusterIPs, type, externalIPs, sessionAffinity,
                       loadBalancerIP, loadBalancerSourceRanges, externalName,
                       externalTrafficPolicy, healthCheckNodePort, publishNotReadyAddresses,
                       sessionAffinityConfig, ipFamilies, ipFamilyPolicy,
                       allocateLoadBalancerNodePorts, loadBalancerClass, internalTrafficPolicy,
                       trafficDistribution))

/// Kubernetes' `core/v1` PortStatus.
struct PortStatus {
    std::int32_t port = 0;
    std::string protocol{};
    std::optional<std::string> error{};
    Unmodelled unmodelled{};

    bool operator==(const PortStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(PortStatus, (), (port, protocol, error))

/// Kubernetes' `core/v1` LoadBalancerIngress.
struct LoadBalancerIngress {
    std::string ip{};
    std::string hostname{};
    std::optional<std::string> ipMode{};
    std::vector<PortStatus> ports{};
    Unmodelled unmodelled{};

    bool operator==(const LoadBalancerIngress&) const = default;
};
BOOST_DESCRIBE_STRUCT(LoadBalancerIngress, (), (ip, hostname, ipMode, ports))

/// Kubernetes' `core/v1` LoadBalancerStatus.
struct LoadBalancerStatus {
    std::vector<LoadBalancerIngress> ingress{};
    Unmodelled unmodelled{};

    bool operator==(const LoadBalancerStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(LoadBalancerStatus, (), (ingress))

/// Kubernetes' `core/v1` ServiceStatus.
struct ServiceStatus {
    LoadBalancerStatus loadBalancer{};
    std::vector<metav1::Condition> conditions{};
    Unmodelled unmodelled{};

    bool operator==(const ServiceStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(ServiceStatus, (), (loadBalancer, conditions))

/// Kubernetes' kind `Service` of `v1`.
struct Service {
    metav1::ObjectMeta metadata{};
    ServiceSpec spec{};
    ServiceStatus status{};
    Unmodelled unmodelled{};

    bool operator==(const Service&) const = default;
};
BOOST_DESCRIBE_STRUCT(Service, (), (metadata, spec, status))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::ServicePort> = "ServicePort";
inline constexpr FieldFacts corev1_service_port_facts[] = {
    {.field = "port", .presence = Presence::Always},
    {.field = "targetPort", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ServicePort>{
    corev1_service_port_facts};
template <>
inline constexpr std::string_view type_name<corev1::ClientIPConfig> = "ClientIPConfig";
template <>
inline constexpr std::string_view type_name<corev1::SessionAffinityConfig> =
    "SessionAffinityConfig";
template <>
inline constexpr std::string_view type_name<corev1::ServiceSpec> = "ServiceSpec";
inline constexpr FieldFacts corev1_service_spec_facts[] = {
    {.field = "ports", .patch_key = "port", .list_keys = "port,protocol"},
    {.field = "selector", .atomic = true},
    {.field = "clusterIPs", .atomic = true},
    {.field = "externalIPs", .atomic = true},
    {.field = "loadBalancerSourceRanges", .atomic = true},
    {.field = "ipFamilies", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ServiceSpec>{
    corev1_service_spec_facts};
template <>
inline constexpr std::string_view type_name<corev1::PortStatus> = "PortStatus";
inline constexpr FieldFacts corev1_port_status_facts[] = {
    {.field = "port", .presence = Presence::Always},
    {.field = "protocol", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PortStatus>{
    corev1_port_status_facts};
template <>
inline constexpr std::string_view type_name<corev1::LoadBalancerIngress> = "LoadBalancerIngress";
inline constexpr FieldFacts corev1_load_balancer_ingress_facts[] = {
    {.field = "ports", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::LoadBalancerIngress>{
    corev1_load_balancer_ingress_facts};
template <>
inline constexpr std::string_view type_name<corev1::LoadBalancerStatus> = "LoadBalancerStatus";
inline constexpr FieldFacts corev1_load_balancer_status_facts[] = {
    {.field = "ingress", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::LoadBalancerStatus>{
    corev1_load_balancer_status_facts};
template <>
inline constexpr std::string_view type_name<corev1::ServiceStatus> = "ServiceStatus";
inline constexpr FieldFacts corev1_service_status_facts[] = {
    {.field = "loadBalancer", .presence = Presence::Always},
    {.field = "conditions", .patch_key = "type", .list_keys = "type"},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ServiceStatus>{
    corev1_service_status_facts};
template <>
inline constexpr std::string_view type_name<corev1::Service> = "Service";
inline constexpr FieldFacts corev1_service_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::Service>{corev1_service_facts};

}  // namespace wavetank::api
