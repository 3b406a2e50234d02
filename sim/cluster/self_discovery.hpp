#pragma once

/// \file
/// Which proxies know of the others that share their load? With Istio, those whose bootstrap has
/// ISTIO_META_ENABLE_SELF_DISCOVERY: they know the ready pods of their own workload and region.

#include <wavetank/api/corev1/pod.hpp>

#include <boost/json/value.hpp>

#include <string>

namespace wavetank::sim {

/// Returns the controller of a pod, "ReplicaSet/web-5d8f"; of a pod that has none, itself.
[[nodiscard]] std::string controller_of(const api::corev1::Pod& pod);

/// Tells whether a pod's annotation proxy.istio.io/config lets its proxy discover the others.
[[nodiscard]] bool discovers_itself(const api::corev1::Pod& pod);

/// Tells whether an object is such a pod, or has a template of such pods.
[[nodiscard]] bool has_discovering_pods(const boost::json::value& object);

}  // namespace wavetank::sim
