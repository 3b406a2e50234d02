#pragma once

/// \file
/// Which HTTP requests from outside go to which Service.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/corev1/reference.hpp>
#include <wavetank/api/given_list.hpp>
#include <wavetank/api/metav1.hpp>
#include <wavetank/api/scheme.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::networkingv1 {

/// Kubernetes' `networking.k8s.io/v1` ServiceBackendPort.
struct ServiceBackendPort {
    std::string name{};
    std::int32_t number = 0;
};
BOOST_DESCRIBE_STRUCT(ServiceBackendPort, (), (name, number))

/// Kubernetes' `networking.k8s.io/v1` IngressServiceBackend.
struct IngressServiceBackend {
    std::string name{};
    ServiceBackendPort port{};
};
BOOST_DESCRIBE_STRUCT(IngressServiceBackend, (), (name, port))

/// Kubernetes' `networking.k8s.io/v1` IngressBackend.
struct IngressBackend {
    std::optional<IngressServiceBackend> service{};
    std::optional<corev1::TypedLocalObjectReference> resource{};
};
BOOST_DESCRIBE_STRUCT(IngressBackend, (), (service, resource))

/// Kubernetes' `networking.k8s.io/v1` HTTPIngressPath.
struct HTTPIngressPath {
    std::string path{};
    std::optional<std::string> pathType{};
    IngressBackend backend{};
};
BOOST_DESCRIBE_STRUCT(HTTPIngressPath, (), (path, pathType, backend))

/// Kubernetes' `networking.k8s.io/v1` HTTPIngressRuleValue.
struct HTTPIngressRuleValue {
    std::vector<HTTPIngressPath> paths{};
};
BOOST_DESCRIBE_STRUCT(HTTPIngressRuleValue, (), (paths))

/// Kubernetes' `networking.k8s.io/v1` IngressRule.
struct IngressRule {
    std::string host{};
    std::optional<HTTPIngressRuleValue> http{};
};
BOOST_DESCRIBE_STRUCT(IngressRule, (), (host, http))

/// Kubernetes' `networking.k8s.io/v1` IngressTLS.
struct IngressTLS {
    std::vector<std::string> hosts{};
    std::string secretName{};
};
BOOST_DESCRIBE_STRUCT(IngressTLS, (), (hosts, secretName))

/// Kubernetes' `networking.k8s.io/v1` IngressSpec.
struct IngressSpec {
    std::optional<std::string> ingressClassName{};
    std::optional<IngressBackend> defaultBackend{};
    std::vector<IngressTLS> tls{};
    GivenList<IngressRule> rules{};
};
BOOST_DESCRIBE_STRUCT(IngressSpec, (), (ingressClassName, defaultBackend, tls, rules))

/// Kubernetes' `networking.k8s.io/v1` IngressPortStatus.
struct IngressPortStatus {
    std::int32_t port = 0;
    std::string protocol{};
    std::optional<std::string> error{};
};
BOOST_DESCRIBE_STRUCT(IngressPortStatus, (), (port, protocol, error))

/// Kubernetes' `networking.k8s.io/v1` IngressLoadBalancerIngress.
struct IngressLoadBalancerIngress {
    std::string ip{};
    std::string hostname{};
    std::vector<IngressPortStatus> ports{};
};
BOOST_DESCRIBE_STRUCT(IngressLoadBalancerIngress, (), (ip, hostname, ports))

/// Kubernetes' `networking.k8s.io/v1` IngressLoadBalancerStatus.
struct IngressLoadBalancerStatus {
    std::vector<IngressLoadBalancerIngress> ingress{};
};
BOOST_DESCRIBE_STRUCT(IngressLoadBalancerStatus, (), (ingress))

/// Kubernetes' `networking.k8s.io/v1` IngressStatus.
struct IngressStatus {
    IngressLoadBalancerStatus loadBalancer{};
};
BOOST_DESCRIBE_STRUCT(IngressStatus, (), (loadBalancer))

/// Kubernetes' kind `Ingress` of `networking.k8s.io/v1`.
struct Ingress {
    metav1::ObjectMeta metadata{};
    IngressSpec spec{};
    IngressStatus status{};
};
BOOST_DESCRIBE_STRUCT(Ingress, (), (metadata, spec, status))

}  // namespace wavetank::api::networkingv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<networkingv1::ServiceBackendPort> =
    "ServiceBackendPort";
template <>
inline constexpr std::string_view type_name<networkingv1::IngressServiceBackend> =
    "IngressServiceBackend";
inline constexpr FieldFacts networkingv1_ingress_service_backend_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "port", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<networkingv1::IngressServiceBackend>{
    networkingv1_ingress_service_backend_facts};
template <>
inline constexpr std::string_view type_name<networkingv1::IngressBackend> = "IngressBackend";
template <>
inline constexpr std::string_view type_name<networkingv1::HTTPIngressPath> = "HTTPIngressPath";
inline constexpr FieldFacts networkingv1_http_ingress_path_facts[] = {
    {.field = "pathType", .presence = Presence::Always},
    {.field = "backend", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<networkingv1::HTTPIngressPath>{
    networkingv1_http_ingress_path_facts};
template <>
inline constexpr std::string_view type_name<networkingv1::HTTPIngressRuleValue> =
    "HTTPIngressRuleValue";
inline constexpr FieldFacts networkingv1_http_ingress_rule_value_facts[] = {
    {.field = "paths", .presence = Presence::Always, .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<networkingv1::HTTPIngressRuleValue>{
    networkingv1_http_ingress_rule_value_facts};
template <>
inline constexpr std::string_view type_name<networkingv1::IngressRule> = "IngressRule";
template <>
inline constexpr std::string_view type_name<networkingv1::IngressTLS> = "IngressTLS";
template <>
inline constexpr std::string_view type_name<networkingv1::IngressSpec> = "IngressSpec";
template <>
inline constexpr std::string_view type_name<networkingv1::IngressPortStatus> = "IngressPortStatus";
inline constexpr FieldFacts networkingv1_ingress_port_status_facts[] = {
    {.field = "port", .presence = Presence::Always},
    {.field = "protocol", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<networkingv1::IngressPortStatus>{
    networkingv1_ingress_port_status_facts};
template <>
inline constexpr std::string_view type_name<networkingv1::IngressLoadBalancerIngress> =
    "IngressLoadBalancerIngress";
template <>
inline constexpr std::string_view type_name<networkingv1::IngressLoadBalancerStatus> =
    "IngressLoadBalancerStatus";
template <>
inline constexpr std::string_view type_name<networkingv1::IngressStatus> = "IngressStatus";
inline constexpr FieldFacts networkingv1_ingress_status_facts[] = {
    {.field = "loadBalancer", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<networkingv1::IngressStatus>{
    networkingv1_ingress_status_facts};
template <>
inline constexpr std::string_view type_name<networkingv1::Ingress> = "Ingress";
inline constexpr FieldFacts networkingv1_ingress_facts[] = {
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<networkingv1::Ingress>{
    networkingv1_ingress_facts};
template <>
inline constexpr KindInfo kind_info<networkingv1::Ingress>{.group = "networking.k8s.io",
                                                           .version = "v1",
                                                           .kind = "Ingress",
                                                           .plural = "ingresses",
                                                           .singular = "ingress",
                                                           .short_name = "ing"};

}  // namespace wavetank::api
