#pragma once

/// \file
/// What a proxy knows of one host behind a cluster, and the list in which it is told of all.
///
/// The names are those of Envoy's v3 API (`ClusterLoadAssignment`, `LocalityLbEndpoints`), so that
/// a recorded configuration maps one to one.

#include <wavetank/base/time.hpp>

#include <boost/json/object.hpp>

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::mesh {

/// Where a host, or a proxy, stands. Ordered by region, then zone, then sub-zone.
struct Locality {
    std::string region{};
    std::string zone{};
    std::string sub_zone{};

    auto operator<=>(const Locality&) const = default;
};

/// What the control plane says of a host.
enum class HealthStatus : std::uint8_t {
    Unknown,  ///< as healthy
    Healthy,
    Unhealthy,
    Draining,  ///< unhealthy, and not counted when the part of healthy hosts is reckoned
    Timeout,   ///< unhealthy
    Degraded,  ///< only for what healthy hosts cannot take
};

/// What a proxy found out about a host by itself.
enum class HealthFlag : std::uint8_t {
    FailedActiveHealthCheck = 1,
    FailedOutlierCheck = 2,         ///< it is ejected
    DegradedActiveHealthCheck = 4,  ///< its answer to a check said so
    PendingActiveHealthCheck = 8,   ///< not checked yet; not counted
    ExcludedByImmediateHealthCheckFailure = 16,
};

/// What a picker makes of both.
enum class Health : std::uint8_t { Unhealthy, Degraded, Healthy };

/// The key under which balancers look for a host's metadata.
inline constexpr std::string_view lb_metadata = "envoy.lb";

/// Free-form facts by filter name. Balancers read `lb_metadata`: subsets, and `hash_key`.
struct Metadata {
    std::map<std::string, boost::json::object, std::less<>> filter_metadata{};

    /// Returns the value; null if there is none.
    [[nodiscard]] const boost::json::value* find(std::string_view filter,
                                                 std::string_view key) const;

    bool operator==(const Metadata&) const = default;
};

/// One host, as it is listed.
struct LbEndpoint {
    std::string address{};  ///< an IP
    std::uint32_t port_value = 0;
    std::string hostname{};
    std::uint32_t load_balancing_weight = 1;  ///< at least 1
    HealthStatus health_status = HealthStatus::Unknown;
    Metadata metadata{};
    std::uint8_t health_flags = 0;  ///< of `HealthFlag`, the sum of those that are set
    /// When it last became healthy. A balancer with slow start takes the time at which it first
    /// sees the host, if none is given.
    std::optional<TimePoint> last_hc_pass_time{};

    [[nodiscard]] bool has(HealthFlag flag) const {
        return (health_flags & static_cast<std::uint8_t>(flag)) != 0;
    }

    bool operator==(const LbEndpoint&) const = default;
};

/// Returns what pickers make of a host, as Envoy's `Host::coarseHealth`.
[[nodiscard]] Health health_of(const LbEndpoint& endpoint);

/// Returns whether a host is left out when the part of healthy hosts is reckoned.
[[nodiscard]] bool is_excluded(const LbEndpoint& endpoint);

/// Returns what names a host among those of a cluster: "10.0.0.1:80", "[::1]:80".
[[nodiscard]] std::string address_of(const LbEndpoint& endpoint);

/// Hosts of one locality and priority.
struct LocalityLbEndpoints {
    Locality locality{};
    std::vector<LbEndpoint> lb_endpoints{};
    /// Unset, its hosts get nothing where localities are weighted.
    std::optional<std::uint32_t> load_balancing_weight{};
    std::uint32_t priority = 0;  ///< 0 is the highest

    bool operator==(const LocalityLbEndpoints&) const = default;
};

/// A part of all requests that is not sent at all.
struct DropOverload {
    std::string category{};
    double drop_percentage = 0;  ///< 0 to 100

    bool operator==(const DropOverload&) const = default;
};

/// What holds for all hosts of a cluster.
struct LoadAssignmentPolicy {
    std::vector<DropOverload> drop_overloads{};  ///< Envoy accepts one at most
    /// In percent: how many more requests than its share a host is trusted with.
    std::uint32_t overprovisioning_factor = 140;
    bool weighted_priority_health = false;  ///< the health of a priority counts weights, not hosts

    bool operator==(const LoadAssignmentPolicy&) const = default;
};

/// All hosts of a cluster. A host's index is its place when all lists are read one after the other.
struct ClusterLoadAssignment {
    std::vector<LocalityLbEndpoints> endpoints{};
    LoadAssignmentPolicy policy{};

    /// Returns how many hosts there are.
    [[nodiscard]] std::size_t size() const;

    bool operator==(const ClusterLoadAssignment&) const = default;
};

}  // namespace wavetank::mesh
