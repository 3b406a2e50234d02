#pragma once

/// \file
/// Which pods may talk to which.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/scheme.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::networkingv1 {

/// Kubernetes' `networking.k8s.io/v1` NetworkPolicyPort.
struct NetworkPolicyPort {
    std::optional<std::string> protocol{};
    std::optional<IntOrString> port{};
    std::optional<std::int32_t> endPort{};

    bool operator==(const NetworkPolicyPort&) const = default;
};
BOOST_DESCRIBE_STRUCT(NetworkPolicyPort, (), (protocol, port, endPort))

/// Kubernetes' `networking.k8s.io/v1` IPBlock.
struct IPBlock {
    std::string cidr{};
    std::vector<std::string> except{};

    bool operator==(const IPBlock&) const = default;
};
BOOST_DESCRIBE_STRUCT(IPBlock, (), (cidr, except))

/// Kubernetes' `networking.k8s.io/v1` NetworkPolicyPeer.
struct NetworkPolicyPeer {
    Boxed<metav1::LabelSelector> podSelector{};
    Boxed<metav1::LabelSelector> namespaceSelector{};
    std::optional<IPBlock> ipBlock{};

    bool operator==(const NetworkPolicyPeer&) const = default;
};
BOOST_DESCRIBE_STRUCT(NetworkPolicyPeer, (), (podSelector, namespaceSelector, ipBlock))

/// Kubernetes' `networking.k8s.io/v1` NetworkPolicyIngressRule.
struct NetworkPolicyIngressRule {
    std::vector<NetworkPolicyPort> ports{};
    std::vector<NetworkPolicyPeer> from{};

    bool operator==(const NetworkPolicyIngressRule&) const = default;
};
BOOST_DESCRIBE_STRUCT(NetworkPolicyIngressRule, (), (ports, from))

/// Kubernetes' `networking.k8s.io/v1` NetworkPolicyEgressRule.
struct NetworkPolicyEgressRule {
    std::vector<NetworkPolicyPort> ports{};
    std::vector<NetworkPolicyPeer> to{};

    bool operator==(const NetworkPolicyEgressRule&) const = default;
};
BOOST_DESCRIBE_STRUCT(NetworkPolicyEgressRule, (), (ports, to))

/// Kubernetes' `networking.k8s.io/v1` NetworkPolicySpec.
struct NetworkPolicySpec {
    metav1::LabelSelector podSelector{};
    std::vector<NetworkPolicyIngressRule> ingress{};
    std::vector<NetworkPolicyEgressRule> egress{};
    std::vector<std::string> policyTypes{};

    bool operator==(const NetworkPolicySpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(NetworkPolicySpec, (), (podSelector, ingress, egress, policyTypes))

/// Kubernetes' kind `NetworkPolicy` of `networking.k8s.io/v1`.
struct NetworkPolicy {
    metav1::ObjectMeta metadata{};
    NetworkPolicySpec spec{};
};
BOOST_DESCRIBE_STRUCT(NetworkPolicy, (), (metadata, spec))

}  // namespace wavetank::api::networkingv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<networkingv1::NetworkPolicyPort> = "NetworkPolicyPort";
template <>
inline constexpr std::string_view type_name<networkingv1::IPBlock> = "IPBlock";
inline constexpr FieldFacts networkingv1_ip_block_facts[] = {
    {.field = "cidr", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<networkingv1::IPBlock>{
    networkingv1_ip_block_facts};
template <>
inline constexpr std::string_view type_name<networkingv1::NetworkPolicyPeer> = "NetworkPolicyPeer";
template <>
inline constexpr std::string_view type_name<networkingv1::NetworkPolicyIngressRule> =
    "NetworkPolicyIngressRule";
template <>
inline constexpr std::string_view type_name<networkingv1::NetworkPolicyEgressRule> =
    "NetworkPolicyEgressRule";
template <>
inline constexpr std::string_view type_name<networkingv1::NetworkPolicySpec> = "NetworkPolicySpec";
inline constexpr FieldFacts networkingv1_network_policy_spec_facts[] = {
    {.field = "podSelector", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<networkingv1::NetworkPolicySpec>{
    networkingv1_network_policy_spec_facts};
template <>
inline constexpr std::string_view type_name<networkingv1::NetworkPolicy> = "NetworkPolicy";
inline constexpr FieldFacts networkingv1_network_policy_facts[] = {
    {.field = "spec", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<networkingv1::NetworkPolicy>{
    networkingv1_network_policy_facts};
template <>
inline constexpr KindInfo kind_info<networkingv1::NetworkPolicy>{.group = "networking.k8s.io",
                                                                 .version = "v1",
                                                                 .kind = "NetworkPolicy",
                                                                 .plural = "networkpolicies",
                                                                 .singular = "networkpolicy",
                                                                 .short_name = "netpol"};

}  // namespace wavetank::api
