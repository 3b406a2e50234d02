#pragma once

/// \file
/// What a run adds to plain manifests: how long, on which nodes, over which network, and what
/// happens.
///
/// Durations are text as Go writes it ("90s", "10m"); a time a thing takes is a distribution
/// ("5ms", "exponential(5ms)", "uniform(1ms,3ms)", "lognormal(5ms,0.5)", "pareto(5ms,2.5)",
/// "gamma(5ms,2)", "empirical(0 1ms, 0.99 5ms, 1 80ms)", "mixture(9 1ms, 1 exponential(20ms))").

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/scheme.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::api::wavetankv1 {

/// Equal nodes to be made, named `node-1` and on.
struct NodePool {
    std::int32_t count = 0;
    ResourceList capacity{};  ///< cpu, memory, pods, ...; all of it allocatable
    StringMap labels{};
    std::vector<std::string> zones{};  ///< nodes are dealt to them in turn
    Unmodelled unmodelled{};

    bool operator==(const NodePool&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodePool, (), (count, capacity, labels, zones))

/// `kubectl scale --replicas=N KIND/NAME`.
struct ScaleAction {
    std::string kind{};  ///< Deployment (the default) or ReplicaSet
    std::string name{};
    std::string namespace_{};
    std::int32_t replicas = 0;
    Unmodelled unmodelled{};

    bool operator==(const ScaleAction&) const = default;
};
BOOST_DESCRIBE_STRUCT(ScaleAction, (), (kind, name, namespace_, replicas))

/// `kubectl delete KIND NAME`.
struct DeleteAction {
    std::string kind{};
    std::string name{};
    std::string namespace_{};
    Unmodelled unmodelled{};

    bool operator==(const DeleteAction&) const = default;
};
BOOST_DESCRIBE_STRUCT(DeleteAction, (), (kind, name, namespace_))

/// Something that is done to the cluster at a time of the run; exactly one of its verbs is set.
struct Action {
    std::string at{};
    Boxed<ScaleAction> scale{};
    boost::json::value apply{};  ///< an object, as `kubectl apply` takes it
    Boxed<DeleteAction> delete_{};
    Unmodelled unmodelled{};

    bool operator==(const Action&) const = default;
};
BOOST_DESCRIBE_STRUCT(Action, (), (at, scale, apply, delete_))

/// How long the machinery takes. Absent ones keep their defaults.
struct Latencies {
    std::optional<std::string> imagePull{};
    std::optional<std::string> startUp{};
    std::optional<std::string> readiness{};
    std::optional<std::string> network{};  ///< one way, between any two pods
    Unmodelled unmodelled{};

    bool operator==(const Latencies&) const = default;
};
BOOST_DESCRIBE_STRUCT(Latencies, (), (imagePull, startUp, readiness, network))

/// An image and what it takes on a disk.
struct ImageSize {
    std::string name{};  ///< as containers have it
    Quantity size{};     ///< bytes, 1Pi at most; of an image that nobody names, a million
    Unmodelled unmodelled{};

    bool operator==(const ImageSize&) const = default;
};
BOOST_DESCRIBE_STRUCT(ImageSize, (), (name, size))

/// Where nodes fetch images from: `latencies.imagePull` until the first byte comes, then as fast as
/// the line is.
struct ImageRegistry {
    /// Bits a second of each node's line, shared by its pulls: "1G"; without an end by default.
    std::optional<Quantity> bandwidth{};
    std::vector<ImageSize> images{};
    Unmodelled unmodelled{};

    bool operator==(const ImageRegistry&) const = default;
};
BOOST_DESCRIBE_STRUCT(ImageRegistry, (), (bandwidth, images))

/// What all kubelets are told, in the words of KubeletConfiguration. Absent ones keep upstream's
/// defaults; only `processesMax` is the kernel's.
struct KubeletSettings {
    /// One image at a time. True by default if there is `maxParallelImagePulls` or
    /// `registry.bandwidth`; without any of the three, pulls do not wait for one another.
    std::optional<bool> serializeImagePulls{};
    std::optional<std::int32_t> maxParallelImagePulls{};
    /// memory.available, imagefs.available (a whole percentage), pid.available
    StringMap evictionHard{};
    std::optional<std::int32_t> imageGCHighThresholdPercent{};  ///< of the disk; 85 by default
    std::optional<std::int32_t> imageGCLowThresholdPercent{};   ///< 80 by default
    std::optional<std::int32_t> nodeStatusMaxImages{};          ///< 50 by default; -1: no limit
    std::optional<std::int64_t> processesMax{};  ///< of a node; 32768 by default, 4194304 at most
    Unmodelled unmodelled{};

    bool operator==(const KubeletSettings&) const = default;
};
BOOST_DESCRIBE_STRUCT(KubeletSettings, (),
                      (serializeImagePulls, maxParallelImagePulls, evictionHard,
                       imageGCHighThresholdPercent, imageGCLowThresholdPercent, nodeStatusMaxImages,
                       processesMax))

/// The links between some nodes, or what befalls them.
struct NetworkLink {
    metav1::LabelSelector from{};  ///< nodes; default: all, and what is on no node
    metav1::LabelSelector to{};
    bool oneWay = false;  ///< default: both ways
    std::optional<std::string> latency{};
    std::optional<std::string> delay{};  ///< besides the latency
    std::optional<Quantity> loss{};      ///< part of the messages, below 1; they are sent again
    bool cut = false;                    ///< no message gets through
    /// Bits a second of each pair of nodes, each way: "100M"; messages go one after the other.
    std::optional<Quantity> bandwidth{};
    Unmodelled unmodelled{};

    bool operator==(const NetworkLink&) const = default;
};
BOOST_DESCRIBE_STRUCT(NetworkLink, (), (from, to, oneWay, latency, delay, loss, cut, bandwidth))

/// Latencies of a message, one way. What is absent is `latencies.network`.
struct Network {
    std::optional<std::string> sameNode{};
    std::optional<std::string> betweenZones{};
    std::optional<std::string> betweenRegions{};
    std::vector<NetworkLink> links{};  ///< what a later one says counts
    Unmodelled unmodelled{};

    bool operator==(const Network&) const = default;
};
BOOST_DESCRIBE_STRUCT(Network, (), (sameNode, betweenZones, betweenRegions, links))

/// What of a request says where it goes: exactly one of the first three is set.
struct HashPolicy {
    std::string header{};  ///< all its values
    std::string cookie{};
    std::string queryParameter{};  ///< of the URL
    bool terminal = false;         ///< if it is there, those that follow do not count
    Unmodelled unmodelled{};

    bool operator==(const HashPolicy&) const = default;
};
BOOST_DESCRIBE_STRUCT(HashPolicy, (), (header, cookie, queryParameter, terminal))

/// How proxies balance, beyond the name of the policy; as Envoy's API has it.
struct LoadBalancing {
    std::vector<HashPolicy> hashPolicy{};           ///< without one that fits, any endpoint will do
    std::optional<std::int64_t> minimumRingSize{};  ///< 1024 by default
    std::optional<std::int64_t> maximumRingSize{};  ///< 8388608 by default
    std::optional<std::int64_t> tableSize{};        ///< of MAGLEV, a prime; 65537 by default
    std::optional<std::int32_t> hashBalanceFactor{};  ///< percent of the average load at most
    Unmodelled unmodelled{};

    bool operator==(const LoadBalancing&) const = default;
};
BOOST_DESCRIBE_STRUCT(LoadBalancing, (),
                      (hashPolicy, minimumRingSize, maximumRingSize, tableSize, hashBalanceFactor))
/// How autoscaling works. The first five are flags of kube-controller-manager, by which
/// HorizontalPodAutoscalers go; absent ones keep their defaults.
struct Autoscaling {
    std::optional<std::string> syncPeriod{};
    std::optional<std::string> downscaleStabilization{};
    std::optional<Quantity> tolerance{};  ///< part of the target: "0.1"
    std::optional<std::string> cpuInitializationPeriod{};
    std::optional<std::string> initialReadinessDelay{};
    std::optional<std::string> housekeepingInterval{};  ///< of kubelets looking at containers
    std::optional<std::string> metricResolution{};      ///< of metrics-server asking kubelets
    std::optional<std::string> rateWindow{};            ///< over which requests are counted
    Unmodelled unmodelled{};

    bool operator==(const Autoscaling&) const = default;
};
BOOST_DESCRIBE_STRUCT(Autoscaling, (),
                      (syncPeriod, downscaleStabilization, tolerance, cpuInitializationPeriod,
                       initialReadinessDelay, housekeepingInterval, metricResolution, rateWindow))

/// What a metric is at a time; between two points it goes in a straight line.
struct MetricPoint {
    std::string at{};
    Quantity value{};
    Unmodelled unmodelled{};

    bool operator==(const MetricPoint&) const = default;
};
BOOST_DESCRIBE_STRUCT(MetricPoint, (), (at, value))

/// The object that a metric is about.
struct MetricObject {
    std::string kind{};
    std::string name{};
    Unmodelled unmodelled{};

    bool operator==(const MetricObject&) const = default;
};
BOOST_DESCRIBE_STRUCT(MetricObject, (), (kind, name))

/// A metric that nothing in the run gives rise to: the length of a queue elsewhere. Autoscalers see
/// it as an External metric, or as one of an Object.
struct DeclaredMetric {
    std::string name{};
    std::string namespace_{};      ///< "default" by default
    StringMap labels{};            ///< of an External metric
    Boxed<MetricObject> object{};  ///< default: none, it is External
    std::vector<MetricPoint> values{};
    Unmodelled unmodelled{};

    bool operator==(const DeclaredMetric&) const = default;
};
BOOST_DESCRIBE_STRUCT(DeclaredMetric, (), (name, namespace_, labels, object, values))

struct ScenarioSpec {
    std::optional<std::string> duration{};
    std::optional<std::int64_t> seed{};
    std::string loadBalancer{};  ///< LEAST_REQUEST by default; `BalancerRegistry` has the others
    std::optional<LoadBalancing> loadBalancing{};  ///< of RING_HASH and MAGLEV
    /// What stands between clients and Services: envoy (the default), a proxy of each client's own;
    /// or kube-proxy, which picks an endpoint for each connection: at random, or as IPVS_* does.
    std::string proxy{};
    /// Under kube-proxy, for how long a client keeps a connection that has nothing to do: 90s by
    /// default, as Go's HTTP client. With 0s, each request has a connection of its own.
    std::optional<std::string> keepAlive{};
    std::vector<NodePool> nodePools{};
    Latencies latencies{};
    std::optional<ImageRegistry> registry{};
    std::optional<KubeletSettings> kubelet{};
    std::optional<Network> network{};  ///< where it is not the same everywhere
    std::vector<Action> actions{};
    Autoscaling autoscaling{};
    std::vector<DeclaredMetric> metrics{};
    Unmodelled unmodelled{};

    bool operator==(const ScenarioSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(ScenarioSpec, (),
                      (duration, seed, loadBalancer, loadBalancing, proxy, keepAlive, nodePools,
                       latencies, registry, kubelet, network, actions, autoscaling, metrics))

/// The kind `Scenario` of `wavetank.dev/v1`.
struct Scenario {
    metav1::ObjectMeta metadata{};
    ScenarioSpec spec{};
    Unmodelled unmodelled{};

    bool operator==(const Scenario&) const = default;
};
BOOST_DESCRIBE_STRUCT(Scenario, (), (metadata, spec))

}  // namespace wavetank::api::wavetankv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<wavetankv1::NodePool> = "NodePool";
template <>
inline constexpr std::string_view type_name<wavetankv1::ScaleAction> = "ScaleAction";
template <>
inline constexpr std::string_view type_name<wavetankv1::DeleteAction> = "DeleteAction";
template <>
inline constexpr std::string_view type_name<wavetankv1::Action> = "Action";
template <>
inline constexpr std::string_view type_name<wavetankv1::Latencies> = "Latencies";
template <>
inline constexpr std::string_view type_name<wavetankv1::ImageSize> = "ImageSize";
template <>
inline constexpr std::string_view type_name<wavetankv1::ImageRegistry> = "ImageRegistry";
template <>
inline constexpr std::string_view type_name<wavetankv1::KubeletSettings> = "KubeletSettings";
template <>
inline constexpr std::string_view type_name<wavetankv1::NetworkLink> = "NetworkLink";
template <>
inline constexpr std::string_view type_name<wavetankv1::Network> = "Network";
template <>
inline constexpr std::string_view type_name<wavetankv1::HashPolicy> = "HashPolicy";
template <>
inline constexpr std::string_view type_name<wavetankv1::LoadBalancing> = "LoadBalancing";
template <>
inline constexpr std::string_view type_name<wavetankv1::Autoscaling> = "Autoscaling";
template <>
inline constexpr std::string_view type_name<wavetankv1::MetricPoint> = "MetricPoint";
template <>
inline constexpr std::string_view type_name<wavetankv1::MetricObject> = "MetricObject";
template <>
inline constexpr std::string_view type_name<wavetankv1::DeclaredMetric> = "DeclaredMetric";
template <>
inline constexpr std::string_view type_name<wavetankv1::ScenarioSpec> = "ScenarioSpec";
template <>
inline constexpr std::string_view type_name<wavetankv1::Scenario> = "Scenario";

template <>
inline constexpr KindInfo kind_info<wavetankv1::Scenario>{.group = "wavetank.dev",
                                                          .version = "v1",
                                                          .kind = "Scenario",
                                                          .plural = "scenarios",
                                                          .singular = "scenario",
                                                          .type = &type_info<wavetankv1::Scenario>};

}  // namespace wavetank::api
