#pragma once

/// \file
/// What an EndpointSlice says of a Service's pods (upstream's `k8s.io/endpointslice`), as functions
/// of the objects alone.

#include <wavetank/api/corev1/node.hpp>
#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/corev1/service.hpp>
#include <wavetank/api/discoveryv1/endpoint_slice.hpp>
#include <wavetank/api/latest_shared.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace wavetank::controllers {

inline constexpr const char* slice_manager = "endpointslice-controller.k8s.io";
inline constexpr const char* managed_by_label = "endpointslice.kubernetes.io/managed-by";
inline constexpr const char* service_name_label = "kubernetes.io/service-name";

/// Tells whether the pod has addresses and will still run; terminating ones do.
[[nodiscard]] bool belongs_in_endpoints(const api::corev1::Pod& pod);

/// Tells whether a pod's change may change its endpoint.
[[nodiscard]] bool endpoint_changed(const api::corev1::Pod& before, const api::corev1::Pod& pod);

/// Returns the address types of a Service's slices, each once: "IPv4", "IPv6".
[[nodiscard]] std::vector<std::string> address_types(const api::corev1::Service& service);

/// Returns the Service's ports as this pod has them; those it does not name are left out.
[[nodiscard]] std::vector<api::discoveryv1::EndpointPort> endpoint_ports(
    const api::corev1::Service& service, const api::corev1::Pod& pod);

/// Writes ports so that equal sets are equal texts.
[[nodiscard]] std::string port_key(const std::vector<api::discoveryv1::EndpointPort>& ports);

/// Makes endpoints; those made one after the other share what they have in common.
class EndpointMaker {
public:
    /// Returns the pod's endpoint, with the hints that the Service asks for; without addresses if
    /// the pod has none of that type. `zone` is that of its node; empty if there is none.
    [[nodiscard]] api::discoveryv1::Endpoint make(const api::corev1::Service& service,
                                                  const api::corev1::Pod& pod,
                                                  const api::Text& zone,
                                                  std::string_view address_type);

private:
    // Service by service, a few zones and conditions at once.
    api::LatestShared<api::discoveryv1::EndpointBody, 16> bodies_;
    api::LatestShared<api::discoveryv1::TargetBody, 4> targets_;
};

/// Returns the labels of a Service's slices.
[[nodiscard]] api::StringMap slice_labels(const api::corev1::Service& service);

}  // namespace wavetank::controllers
