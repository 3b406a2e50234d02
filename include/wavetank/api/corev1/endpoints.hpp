#pragma once

/// \file
/// The older form of EndpointSlices.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/corev1/reference.hpp>
#include <wavetank/api/metav1.hpp>
#include <wavetank/api/scheme.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' `core/v1` EndpointAddress.
struct EndpointAddress {
    std::string ip{};
    std::string hostname{};
    std::optional<std::string> nodeName{};
    Boxed<ObjectReference> targetRef{};

    bool operator==(const EndpointAddress&) const = default;
};
BOOST_DESCRIBE_STRUCT(EndpointAddress, (), (ip, hostname, nodeName, targetRef))

/// Kubernetes' `core/v1` EndpointPort.
struct EndpointsPort {
    std::string name{};
    std::int32_t port = 0;
    std::string protocol{};
    std::optional<std::string> appProtocol{};

    bool operator==(const EndpointsPort&) const = default;
};
BOOST_DESCRIBE_STRUCT(EndpointsPort, (), (name, port, protocol, appProtocol))

/// Kubernetes' `core/v1` EndpointSubset.
struct EndpointSubset {
    std::vector<EndpointAddress> addresses{};
    std::vector<EndpointAddress> notReadyAddresses{};
    std::vector<EndpointsPort> ports{};

    bool operator==(const EndpointSubset&) const = default;
};
BOOST_DESCRIBE_STRUCT(EndpointSubset, (), (addresses, notReadyAddresses, ports))

/// Kubernetes' kind `Endpoints` of `v1`.
struct Endpoints {
    metav1::ObjectMeta metadata{};
    std::vector<EndpointSubset> subsets{};
};
BOOST_DESCRIBE_STRUCT(Endpoints, (), (metadata, subsets))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::EndpointAddress> = "EndpointAddress";
inline constexpr FieldFacts corev1_endpoint_address_facts[] = {
    {.field = "ip", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::EndpointAddress>{
    corev1_endpoint_address_facts};
template <>
inline constexpr std::string_view type_name<corev1::EndpointsPort> = "EndpointPort";
inline constexpr FieldFacts corev1_endpoints_port_facts[] = {
    {.field = "port", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::EndpointsPort>{
    corev1_endpoints_port_facts};
template <>
inline constexpr std::string_view type_name<corev1::EndpointSubset> = "EndpointSubset";
template <>
inline constexpr std::string_view type_name<corev1::Endpoints> = "Endpoints";
template <>
inline constexpr KindInfo kind_info<corev1::Endpoints>{.version = "v1",
                                                       .kind = "Endpoints",
                                                       .plural = "endpoints",
                                                       .singular = "endpoints",
                                                       .short_name = "ep"};

}  // namespace wavetank::api
