#pragma once

/// \file
/// What can be set on a simulation, with the defaults that make a first run sensible.

#include <wavetank/base/distribution.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/node/node_options.hpp>
#include <wavetank/sim/control_plane_timing.hpp>
#include <wavetank/sim/load_balancing.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace wavetank::sim {

/// How autoscaling works, and how metrics reach it.
struct AutoscalingOptions {
    std::optional<Duration> sync_period;                ///< default: 15 s
    std::optional<Duration> downscale_stabilization;    ///< default: 5 min
    std::optional<double> tolerance;                    ///< part of the target; default: 0.1
    std::optional<Duration> cpu_initialization_period;  ///< default: 5 min
    std::optional<Duration> initial_readiness_delay;    ///< default: 30 s
    /// Between two looks of a kubelet at a container; default: 10 s.
    std::optional<Duration> housekeeping_interval;
    /// Between two times that metrics-server asks the kubelets; default: 15 s.
    std::optional<Duration> metric_resolution;
    /// Over which requests are counted; default: 1 min.
    std::optional<Duration> rate_window;
};

/// How the simulated machinery behaves where no manifest says so. An absent member takes what the
/// Scenario says, then the default; the report lists the defaults that were used.
struct SimulationOptions {
    std::optional<std::uint64_t> seed;  ///< default: of the Scenario, then 1
    WallTime wall_epoch = default_wall_epoch;
    std::optional<Duration> duration;          ///< default: of the Scenario, then 2 minutes
    std::optional<std::string> load_balancer;  ///< default: LEAST_REQUEST
    std::optional<LoadBalancing> load_balancing{};
    /// Whether kube-proxy alone stands between clients and Services, no proxies of their own.
    std::optional<bool> has_kube_proxy{};
    std::optional<Duration> keep_alive{};    ///< of connections, under kube-proxy; default: 90 s
    std::optional<Distribution> network;     ///< one way; default: 250 µs
    std::optional<Distribution> image_pull;  ///< default: 2 s for an image a node has not got
    std::optional<Distribution> start_up;    ///< default: 500 ms
    std::optional<Distribution> readiness;   ///< default: 500 ms
    /// How nodes fetch images, after `image_pull`, which takes no time by default if their line has
    /// an end; default: all at once, whatever their size.
    std::optional<node::ImagePulls> image_pulls{};
    /// In bytes, by name; others have a million. If there are any, nodes list their images.
    std::optional<std::map<std::string, std::int64_t>> image_sizes{};
    std::optional<std::int32_t> status_images_max;  ///< that a node lists; default: 50; -1: all
    std::optional<node::EvictionRules> eviction{};  ///< when nodes are short of something
    ControlPlaneTiming control_plane{};
    AutoscalingOptions autoscaling;
    /// Whether each change of the cluster is checked for what must always hold, see
    /// `InvariantChecker`; breaches are events of the report. For debugging: it takes time.
    bool check_invariants = false;
};

}  // namespace wavetank::sim
