#pragma once

/// \file
/// How a cluster is balanced: the fields of Envoy's v3 `Cluster` that say so, with its defaults.

#include <wavetank/base/result.hpp>
#include <wavetank/base/time.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::mesh {

enum class LbPolicy : std::uint8_t { RoundRobin, LeastRequest, Random, RingHash, Maglev };

/// A host that has just become healthy gets requests as if it weighed less:
/// weight * max(min_weight_percent / 100, (age / slow_start_window) ^ (1 / aggression)).
struct SlowStartConfig {
    Duration slow_start_window{};    ///< counted in whole milliseconds; 0: no slow start
    double aggression = 1;           ///< above 0
    double min_weight_percent = 10;  ///< 0 to 100

    bool operator==(const SlowStartConfig&) const = default;
};

struct RoundRobinLbConfig {
    SlowStartConfig slow_start_config{};

    bool operator==(const RoundRobinLbConfig&) const = default;
};

enum class SelectionMethod : std::uint8_t {
    NChoices,  ///< the idlest of some that are sampled with replacement
    FullScan,  ///< the idlest of all; one of the equal ones, each as likely as the others
};

struct LeastRequestLbConfig {
    std::uint32_t choice_count = 2;  ///< at least 2
    /// Where weights differ, a host counts weight / (requests in flight + 1) ^ bias; at least 0.
    double active_request_bias = 1;
    SlowStartConfig slow_start_config{};
    SelectionMethod selection_method = SelectionMethod::NChoices;

    bool operator==(const LeastRequestLbConfig&) const = default;
};

/// Where on the ring hosts are. Requests are hashed by xxHash64 in any case.
enum class HashFunction : std::uint8_t { XxHash, MurmurHash2 };

struct RingHashLbConfig {
    std::uint64_t minimum_ring_size = 1024;
    std::uint64_t maximum_ring_size = 8388608;  ///< at most 8388608
    HashFunction hash_function = HashFunction::XxHash;

    bool operator==(const RingHashLbConfig&) const = default;
};

struct MaglevLbConfig {
    std::uint64_t table_size = 65537;  ///< a prime, at most 5000011

    bool operator==(const MaglevLbConfig&) const = default;
};

/// Each proxy sends requests to its own zone as far as hosts there can take their part.
struct ZoneAwareLbConfig {
    double routing_enabled = 100;  ///< percent of the requests
    std::uint64_t min_cluster_size = 6;
    bool fail_traffic_on_panic = false;  ///< in panic, no host at all in place of all hosts
    bool force_locality_direct_routing = false;

    bool operator==(const ZoneAwareLbConfig&) const = default;
};

struct ConsistentHashingLbConfig {
    bool use_hostname_for_hashing = false;  ///< in place of the address
    /// In percent: no host gets more than so much of the average load. 0: no bound; else >= 100.
    std::uint32_t hash_balance_factor = 0;

    bool operator==(const ConsistentHashingLbConfig&) const = default;
};

struct CommonLbConfig {
    /// Percent of the hosts of a priority. Where fewer are healthy or degraded, all get requests.
    double healthy_panic_threshold = 50;
    ZoneAwareLbConfig zone_aware_lb_config{};
    bool locality_weighted_lb_config = false;  ///< localities get their part by their weights
    ConsistentHashingLbConfig consistent_hashing_lb_config{};
    /// Changes of health, weight and metadata that follow one another within it come together.
    Duration update_merge_window = std::chrono::seconds{1};

    bool operator==(const CommonLbConfig&) const = default;
};

enum class SubsetFallbackPolicy : std::uint8_t { NoFallback, AnyEndpoint, DefaultSubset };

enum class SelectorFallbackPolicy : std::uint8_t {
    NotDefined,  ///< that of the cluster
    NoFallback,
    AnyEndpoint,
    DefaultSubset,
    KeysSubset,  ///< once more, with `fallback_keys_subset` alone
};

enum class SubsetMetadataFallbackPolicy : std::uint8_t {
    MetadataNoFallback,
    FallbackList,  ///< the route's `fallback_list` has metadata to try one after the other
};

/// Makes a subset of each combination of values that hosts have for its keys.
struct LbSubsetSelector {
    std::vector<std::string> keys{};
    bool single_host_per_subset = false;
    SelectorFallbackPolicy fallback_policy = SelectorFallbackPolicy::NotDefined;
    std::vector<std::string> fallback_keys_subset{};

    bool operator==(const LbSubsetSelector&) const = default;
};

/// Balancing among the hosts whose metadata are those that the route asks for. Without selectors
/// there is none of it.
struct LbSubsetConfig {
    SubsetFallbackPolicy fallback_policy = SubsetFallbackPolicy::NoFallback;
    boost::json::object default_subset{};
    std::vector<LbSubsetSelector> subset_selectors{};
    bool locality_weight_aware = false;  ///< subsets weigh localities as the cluster does
    bool scale_locality_weight = false;  ///< by the part of a locality's hosts that they have
    bool panic_mode_any = false;  ///< where the fallback has no host, any host of the cluster
    bool list_as_any = false;     ///< a host whose value is a list is in the subset of each element
    bool allow_redundant_keys = false;  ///< keys that no selector asks for do not matter
    SubsetMetadataFallbackPolicy metadata_fallback_policy =
        SubsetMetadataFallbackPolicy::MetadataNoFallback;

    bool operator==(const LbSubsetConfig&) const = default;
};

/// All of it.
struct ClusterLbConfig {
    LbPolicy lb_policy = LbPolicy::RoundRobin;
    RoundRobinLbConfig round_robin_lb_config{};
    LeastRequestLbConfig least_request_lb_config{};
    RingHashLbConfig ring_hash_lb_config{};
    MaglevLbConfig maglev_lb_config{};
    CommonLbConfig common_lb_config{};
    LbSubsetConfig lb_subset_config{};

    bool operator==(const ClusterLbConfig&) const = default;
};

/// Returns whether Envoy would take `config`. Errors: `Invalid`, with a cause a field.
[[nodiscard]] Result<void> validate(const ClusterLbConfig& config);

}  // namespace wavetank::mesh
