#pragma once

/// \file
/// What does a client's proxy do besides choosing an endpoint? Time limits, retries, and limits of
/// what it has in flight, under the names and with the defaults of Envoy's v3 API.

#include <wavetank/base/time.hpp>
#include <wavetank/mesh/circuit_breakers.hpp>
#include <wavetank/mesh/conn_pool.hpp>
#include <wavetank/mesh/fault.hpp>
#include <wavetank/mesh/hash_policy.hpp>
#include <wavetank/mesh/health_check.hpp>
#include <wavetank/mesh/http_filter.hpp>
#include <wavetank/mesh/lb_config.hpp>
#include <wavetank/mesh/outlier_detection.hpp>
#include <wavetank/mesh/retry_policy.hpp>
#include <wavetank/mesh/traffic_stats.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::mesh {

/// How clients without a proxy of their own reach a Service: over connections, for each of which
/// kube-proxy picks one of its endpoints at random.
struct KubeProxyPolicy {
    /// For how long a client keeps a connection that has nothing to do; the one that was used last
    /// is used again first. 0: each request has one of its own.
    Duration keep_alive = std::chrono::seconds{90};
    /// `sessionAffinity: ClientIP`: for how long after its last connection a client's next one goes
    /// to the same endpoint.
    std::optional<Duration> session_affinity{};
    /// Where there is no endpoint, nobody answers: there are some, but not for this node. Else
    /// connections are refused at once.
    bool drops = false;
};

/// What a route does to a header before requests are hashed.
struct HashedHeader {
    std::string name{};                  ///< in lower case
    std::optional<std::string> value{};  ///< unset: it is taken out
    bool appends = false;                ///< to what is there, which else it takes the place of
};

/// How requests to one service are sent.
struct RoutePolicy {
    Duration timeout = std::chrono::seconds{15};  ///< of all attempts and pauses; 0: none
    RetryPolicy retry_policy{};
    Thresholds thresholds{};
    /// If set, requests go over connections, of which `thresholds` limits how many there are and
    /// how many requests wait for one. Unset, there is always one.
    std::optional<ConnPoolOptions> connection_pool{};
    std::optional<OutlierDetection> outlier_detection{};
    std::optional<HealthCheck> health_check{};  ///< hosts that fail it are not picked
    /// Whether a host counts for nothing until its first check, not as one that has failed.
    bool ignore_new_hosts_until_first_hc = false;
    /// Whether a host that leaves is gone at once, not when it fails a check.
    bool ignore_health_on_host_removal = false;
    /// Whether an attempt that has had its time goes on beside the next one; whichever has a good
    /// answer first is the one.
    bool hedge_on_per_try_timeout = false;
    /// In percent: if fewer of a service's hosts are left, all of them are picked from.
    double healthy_panic_threshold = 50;
    /// Whoever picks hosts hears of ejections at once, and of those that follow within this time
    /// when it ends.
    Duration update_merge_window = std::chrono::seconds{1};
    /// How hosts are picked; valid. Unset: as whoever asks for it does by default.
    std::optional<ClusterLbConfig> load_balancing{};
    /// What of a request its hash goes by, if hosts are picked by one; valid.
    std::vector<HashPolicy> hash_policy{};
    std::vector<HashedHeader> hashed_headers{};  ///< one after the other
    std::string hashed_path = "/";  ///< the path of its requests, with the query, for the same
    /// If set, nothing else above counts but `timeout` and `retry_policy`.
    std::optional<KubeProxyPolicy> kube_proxy{};
};

/// What became of requests to a service, under Envoy's names for a cluster's counters.
struct UpstreamCounters : RetryStats, TrafficStats {
    std::uint64_t upstream_rq_timeout = 0;
    std::uint64_t upstream_rq_per_try_timeout = 0;
    std::uint64_t lb_healthy_panic = 0;  ///< picks among all hosts, as too few are left
    OutlierStats outlier_detection{};
    HealthCheckStats health_check{};
    HttpFilterStats filters{};
    FaultStats fault{};  ///< what was done to requests on purpose, before they were sent

    /// Adds what others counted.
    UpstreamCounters& operator+=(const UpstreamCounters& others);

    bool operator==(const UpstreamCounters&) const = default;
};

}  // namespace wavetank::mesh
