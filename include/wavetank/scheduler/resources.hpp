#pragma once

/// \file
/// How much of each resource a node has and a pod asks for, in the integers that kube-scheduler
/// computes with.

#include <wavetank/api/corev1/pod.hpp>

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::scheduler {

/// Amounts of resources (Kubernetes' `framework.Resource`).
struct Resources {
    std::int64_t milli_cpu = 0;
    std::int64_t memory = 0;             ///< bytes
    std::int64_t ephemeral_storage = 0;  ///< bytes
    std::int64_t pods = 0;               ///< how many a node takes
    std::map<std::string, std::int64_t, std::less<>> scalars{};

    /// Reads a list; resources that the scheduler does not account for are left out.
    [[nodiscard]] static Resources from(const api::ResourceList& list);

    /// Returns the amount of a resource other than pods; nothing if it is a scalar not named here.
    [[nodiscard]] std::optional<std::int64_t> of(std::string_view name) const;

    Resources& operator+=(const Resources& other);
    Resources& operator-=(const Resources& other);
    bool operator==(const Resources&) const = default;
};

/// Tells whether a resource is counted beside cpu, memory and ephemeral-storage: extended
/// resources, huge pages, prefixed native resources and attachable volumes.
[[nodiscard]] bool is_scalar_resource(std::string_view name);

/// Tells whether a resource is an extended one: "example.com/gpu".
[[nodiscard]] bool is_extended_resource(std::string_view name);

/// A port that a pod takes on its node's own addresses.
struct HostPort {
    std::string ip;        ///< "0.0.0.0": all of them
    std::string protocol;  ///< "TCP" unless the pod says otherwise
    std::int32_t port = 0;

    auto operator<=>(const HostPort&) const = default;
};

/// Tells whether both ports cannot be had on one node. As upstream, "::" is an ordinary address.
[[nodiscard]] bool conflicts(const HostPort& left, const HostPort& right);

struct PodTerms;

/// What a pod takes from the node it runs on, and what it asks of the pods around it.
struct PodDemand {
    Resources requested{};
    std::int64_t milli_cpu_nonzero = 0;  ///< for scores: 100m a container that does not say
    std::int64_t memory_nonzero = 0;     ///< for scores: 200Mi a container that does not say
    std::vector<HostPort> host_ports{};
    std::shared_ptr<const PodTerms> terms{};  ///< null: none, or they cannot be read
};

/// How `pod_requests` counts.
struct RequestOptions {
    api::ResourceList container_defaults{};  ///< for containers that lack the key
    bool pod_level = true;                   ///< lets `spec.resources` replace the containers' sums
};

/// Sums the requests of a pod: the larger of containers with sidecars and each step of the walk
/// over init containers, then pod-level requests, then overhead (Kubernetes' `PodRequests`).
///
/// Departs from upstream in reading the spec alone, not what an in-place resize left in the status.
[[nodiscard]] api::ResourceList pod_requests(const api::corev1::Pod& pod,
                                             const RequestOptions& options = {});

/// Returns the requests that scores assume of containers that name none: 100m and 200Mi.
[[nodiscard]] const api::ResourceList& nonzero_defaults();

/// Returns what a pod takes from its node; pods of one spec and namespace take the same.
[[nodiscard]] PodDemand demand_of(const api::corev1::Pod& pod);

/// Returns the host ports of containers and sidecars.
[[nodiscard]] std::vector<HostPort> host_ports_of(const api::corev1::Pod& pod);

}  // namespace wavetank::scheduler
