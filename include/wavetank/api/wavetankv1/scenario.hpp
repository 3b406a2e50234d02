#pragma once

/// \file
/// What a run adds to plain manifests: how long, on which nodes, under which load, what happens.
///
/// Durations are text as Go writes it ("90s", "10m"); a time a thing takes is a distribution
/// ("5ms", "exponential(5ms)", "uniform(1ms,3ms)", "lognormal(5ms,0.5)", "pareto(5ms,2.5)",
/// "gamma(5ms,2)", "empirical(0 1ms, 0.99 5ms, 1 80ms)", "mixture(9 1ms, 1 exponential(20ms))").

#include <wavetank/api/int_or_string.hpp>
#include <wavetank/api/metav1.hpp>
#include <wavetank/api/scheme.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <optional>
#include <string>
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
    std::vector<NodePool> nodePools{};
    Latencies latencies{};
    std::optional<Network> network{};  ///< where it is not the same everywhere
    std::vector<Action> actions{};
    Autoscaling autoscaling{};
    std::vector<DeclaredMetric> metrics{};
    Unmodelled unmodelled{};

    bool operator==(const ScenarioSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(ScenarioSpec, (),
                      (duration, seed, loadBalancer, loadBalancing, nodePools, latencies, network,
                       actions, autoscaling, metrics))

/// The kind `Scenario` of `wavetank.dev/v1`.
struct Scenario {
    metav1::ObjectMeta metadata{};
    ScenarioSpec spec{};
    Unmodelled unmodelled{};

    bool operator==(const Scenario&) const = default;
};
BOOST_DESCRIBE_STRUCT(Scenario, (), (metadata, spec))

/// A stretch of a workload. The rate goes in a straight line from `from` to `rate`; without `from`
/// it is `rate` throughout. Or, as in k6, to `target` from where the stage before it ended.
struct Stage {
    std::string duration{};
    std::optional<Quantity> from{};
    std::optional<Quantity> rate{};
    std::optional<Quantity> target{};
    Unmodelled unmodelled{};

    bool operator==(const Stage&) const = default;
};
BOOST_DESCRIBE_STRUCT(Stage, (), (duration, from, rate, target))

/// A rate that swings round its mean, beginning there and rising: a day, with a period of 24h.
struct Sine {
    Quantity mean{};
    Quantity amplitude{};  ///< at most the mean
    std::string period{};
    Unmodelled unmodelled{};

    bool operator==(const Sine&) const = default;
};
BOOST_DESCRIBE_STRUCT(Sine, (), (mean, amplitude, period))

/// A header or a cookie, exactly one of the two, whose value differs between requests. Users who
/// stay and those of a session keep theirs; calls that a request leads to have it, too.
struct RequestKeys {
    std::string header{};
    std::string cookie{};
    std::int32_t count = 1;          ///< how many values there are
    std::optional<Quantity> skew{};  ///< the k-th comes 1 / k^skew as often as the first; 0
    Unmodelled unmodelled{};

    bool operator==(const RequestKeys&) const = default;
};
BOOST_DESCRIBE_STRUCT(RequestKeys, (), (header, cookie, count, skew))

/// What one request of a workload says.
struct RequestTemplate {
    std::string method{};  ///< GET, unless there is a body: then POST
    StringMap headers{};
    std::string body{};
    std::optional<RequestKeys> keys{};
    Unmodelled unmodelled{};

    bool operator==(const RequestTemplate&) const = default;
};
BOOST_DESCRIBE_STRUCT(RequestTemplate, (), (method, headers, body, keys))

/// Users who send a request, wait for its answer, think, and send the next: a closed loop.
struct Users {
    std::int32_t count = 0;
    std::optional<std::string> think{};  ///< none by default
    std::optional<Quantity>
        spawnRate{};  ///< so many come a second, as in Locust; default: all at once
    Unmodelled unmodelled{};

    bool operator==(const Users&) const = default;
};
BOOST_DESCRIBE_STRUCT(Users, (), (count, think, spawnRate))

/// A state of a workload that comes in bursts.
struct Burst {
    Quantity rate{};     ///< requests a second
    std::string stay{};  ///< mean of the exponential time after which the next state comes
    Unmodelled unmodelled{};

    bool operator==(const Burst&) const = default;
};
BOOST_DESCRIBE_STRUCT(Burst, (), (rate, stay))

/// A recorded load: a CSV file of times and rates, or of the times of single requests, or what
/// Prometheus answers to a range query (`sim/trace.hpp` says more of them).
struct TraceSource {
    /// Relative to the folder of the manifest. JSON wants a folder of its own: among manifests it
    /// would be read as one.
    std::string file{};
    std::optional<Quantity> scale{};  ///< rates are so many times as high
    std::optional<Quantity> speed{};  ///< times pass so many times as fast; rates stay as they are
    Unmodelled unmodelled{};

    bool operator==(const TraceSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(TraceSource, (), (file, scale, speed))

/// What a user does who comes: several requests, each after the answer to the last and a time to
/// think.
struct Session {
    IntOrString requests{};              ///< "5", "uniform(1, 9)" or "geometric(5)"
    std::optional<std::string> think{};  ///< none by default
    Unmodelled unmodelled{};

    bool operator==(const Session&) const = default;
};
BOOST_DESCRIBE_STRUCT(Session, (), (requests, think))

/// One kind of requests in a mix, as a task is to Locust.
struct RequestClass {
    std::string name{};                      ///< in the report; default: the target
    std::string target{};                    ///< URL of a Service
    std::optional<Quantity> weight{};        ///< 1 by default
    std::optional<std::int32_t> priority{};  ///< 0 (the default) to 255
    Unmodelled unmodelled{};

    bool operator==(const RequestClass&) const = default;
};
BOOST_DESCRIBE_STRUCT(RequestClass, (), (name, target, weight, priority))

/// Who comes: exactly one of `rate`, `stages`, `sine`, `bursts`, `trace` and `users` is set. A day
/// is a sine with a period of 24h; a spike or a step is two or three stages.
struct WorkloadSpec {
    std::string target{};                 ///< URL of a Service: "http://name.namespace:port/path"
    std::vector<RequestClass> classes{};  ///< in place of the target: a mix
    std::string arrivals{};               ///< Poisson (the default) or Constant spacing
    std::optional<Quantity> rate{};       ///< requests a second
    std::vector<Stage> stages{};          ///< rates that change; the workload ends with the last
    std::optional<Quantity> startRate{};  ///< what a first stage with a target starts from; 0
    bool repeat = false;                  ///< stages or recorded rates begin anew after the last
    Boxed<Sine> sine{};                   ///< a rate that swings
    std::vector<Burst> bursts{};          ///< a rate that jumps: one state after the other, in turn
    std::optional<TraceSource> trace{};   ///< a rate, or requests, as they were recorded
    std::optional<Users> users{};         ///< users, to whom the next request depends on the last
    std::optional<Session> session{};  ///< each that comes is a user; rates are sessions a second
    std::optional<std::string> start{};
    std::optional<std::string> duration{};   ///< then nobody comes any more; default: no end
    std::optional<std::int32_t> priority{};  ///< 0 (the default) to 255: the highest goes first
    RequestTemplate request{};
    Unmodelled unmodelled{};

    bool operator==(const WorkloadSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(WorkloadSpec, (),
                      (target, classes, arrivals, rate, stages, startRate, repeat, sine, bursts,
                       trace, users, session, start, duration, priority, request))

/// The kind `Workload` of `wavetank.dev/v1`: requests that come whether or not the last one was
/// answered (an open loop), or those of users who wait (a closed one). Latency counts from the time
/// at which a request was meant to start.
struct Workload {
    metav1::ObjectMeta metadata{};
    WorkloadSpec spec{};
    Unmodelled unmodelled{};

    bool operator==(const Workload&) const = default;
};
BOOST_DESCRIBE_STRUCT(Workload, (), (metadata, spec))

/// A call of another service, made for a request.
struct ServiceCall {
    std::string service{};                  ///< its URL, "http://name.namespace:port/"
    std::optional<Quantity> probability{};  ///< 1 by default
    std::optional<std::int32_t> repeat{};   ///< so many at once, 1 by default
    Unmodelled unmodelled{};

    bool operator==(const ServiceCall&) const = default;
};
BOOST_DESCRIBE_STRUCT(ServiceCall, (), (service, probability, repeat))

/// A step of what a service does: one call, or several at once.
struct CallStep {
    std::string service{};
    std::optional<Quantity> probability{};
    std::optional<std::int32_t> repeat{};
    std::vector<ServiceCall> parallel{};  ///< in place of the others
    Unmodelled unmodelled{};

    bool operator==(const CallStep&) const = default;
};
BOOST_DESCRIBE_STRUCT(CallStep, (), (service, probability, repeat, parallel))

/// A container that is slow at first: its caches are cold, its code is not compiled yet.
struct WarmUp {
    std::string duration{};  ///< from its start
    Quantity factor{};       ///< by which everything takes longer, above 1
    Unmodelled unmodelled{};

    bool operator==(const WarmUp&) const = default;
};
BOOST_DESCRIBE_STRUCT(WarmUp, (), (duration, factor))

/// The memory of a container.
struct MemoryModel {
    Quantity base{};        ///< bytes, at rest
    Quantity perRequest{};  ///< bytes more for each request that it has in hand or in line
    Unmodelled unmodelled{};

    bool operator==(const MemoryModel&) const = default;
};
BOOST_DESCRIBE_STRUCT(MemoryModel, (), (base, perRequest))

/// Bytes on the network, for links with a bandwidth.
struct Payload {
    Quantity request{};   ///< of a request that it gets
    Quantity response{};  ///< of its answer, unless that is an error
    Unmodelled unmodelled{};

    bool operator==(const Payload&) const = default;
};
BOOST_DESCRIBE_STRUCT(Payload, (), (request, response))

struct ServiceModelSpec {
    std::string image{};                  ///< the container image that behaves like this
    std::optional<std::string> work{};    ///< CPU time of a request
    std::optional<std::string> wait{};    ///< then time without a CPU
    std::vector<CallStep> calls{};        ///< then calls, step after step
    std::optional<Quantity> errorRate{};  ///< part of the requests that fails after the work
    std::string discipline{};             ///< FIFO (the default), LIFO, PRIORITY or PS: who is next
    std::optional<std::int32_t> concurrency{};  ///< requests in hand at once; no limit by default
    std::optional<std::int32_t> queueLimit{};   ///< requests that wait; no limit by default
    /// Computations side by side; by default as many as the container's CPU limit, rounded up, or
    /// one without a limit. More than the limit allows use up its quota the sooner.
    std::optional<std::int32_t> threads{};
    std::optional<MemoryModel> memory{};
    std::optional<WarmUp> warmUp{};
    std::optional<Payload> payload{};
    Unmodelled unmodelled{};

    bool operator==(const ServiceModelSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(ServiceModelSpec, (),
                      (image, work, wait, calls, errorRate, discipline, concurrency, queueLimit,
                       threads, memory, warmUp, payload))

/// The kind `ServiceModel` of `wavetank.dev/v1`: what the program in an image does with a request.
/// If its program is code, that comes after all this.
struct ServiceModel {
    metav1::ObjectMeta metadata{};
    ServiceModelSpec spec{};
    Unmodelled unmodelled{};

    bool operator==(const ServiceModel&) const = default;
};
BOOST_DESCRIBE_STRUCT(ServiceModel, (), (metadata, spec))

/// The CPUs of a pod get less done.
struct SlowDown {
    Quantity factor{};  ///< by which everything takes longer, above 1
    Unmodelled unmodelled{};

    bool operator==(const SlowDown&) const = default;
};
BOOST_DESCRIBE_STRUCT(SlowDown, (), (factor))

/// Requests that pods fail.
struct ErrorBurst {
    Quantity rate{};  ///< part of them, up to 1
    Unmodelled unmodelled{};

    bool operator==(const ErrorBurst&) const = default;
};
BOOST_DESCRIBE_STRUCT(ErrorBurst, (), (rate))

/// Memory that containers take and do not give back.
struct MemoryLeak {
    Quantity perSecond{};  ///< bytes
    Unmodelled unmodelled{};

    bool operator==(const MemoryLeak&) const = default;
};
BOOST_DESCRIBE_STRUCT(MemoryLeak, (), (perSecond))

/// Exactly one of `slowDown`, `hang`, `crash`, `errorBurst`, `memoryLeak`, `endpointStall`, `link`,
/// `nodeCrash`, `nodeFreeze` and `heartbeatLoss` is set. The last three need `nodes` and befall the
/// nodes themselves, so that `nodes` by a zone's label is the loss of a zone; of the others, all
/// but `endpointStall` and `link` need `selector` or `nodes`, and a pod is meant if both match.
struct FaultSpec {
    std::string at{};                    ///< for the first time
    std::optional<std::string> every{};  ///< from one time to the next; default: it is the only one
    std::optional<std::string> duration{};  ///< default: to the end of the run
    std::string namespace_{};               ///< of the pods; "default" by default
    metav1::LabelSelector selector{};       ///< of the pods
    metav1::LabelSelector nodes{};          ///< of the nodes that they run on: a zone, for one
    std::optional<std::int32_t> count{};    ///< so many of them; default: all
    bool random = false;                    ///< which ones is drawn; default: in order of names
    Boxed<SlowDown> slowDown{};
    bool hang = false;   ///< nothing is computed at all, as in an endless loop; waits do end
    bool crash = false;  ///< all containers end with exit code 1
    Boxed<ErrorBurst> errorBurst{};
    Boxed<MemoryLeak> memoryLeak{};
    bool endpointStall = false;  ///< no client hears of new endpoints, or of ones that are gone
    Boxed<NetworkLink> link{};
    bool nodeCrash = false;      ///< power is off: containers are gone, kubelets silent
    bool nodeFreeze = false;     ///< nothing on the node goes on; afterwards all does, where it was
    bool heartbeatLoss = false;  ///< the kubelets' renewals do not arrive; containers run on
    Unmodelled unmodelled{};

    bool operator==(const FaultSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(FaultSpec, (),
                      (at, every, duration, namespace_, selector, nodes, count, random, slowDown,
                       hang, crash, errorBurst, memoryLeak, endpointStall, link, nodeCrash,
                       nodeFreeze, heartbeatLoss))

/// The kind `Fault` of `wavetank.dev/v1`: what goes wrong, where and when.
struct Fault {
    metav1::ObjectMeta metadata{};
    FaultSpec spec{};
    Unmodelled unmodelled{};

    bool operator==(const Fault&) const = default;
};
BOOST_DESCRIBE_STRUCT(Fault, (), (metadata, spec))

}  // namespace wavetank::api::wavetankv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<wavetankv1::Scenario> = "Scenario";
template <>
inline constexpr std::string_view type_name<wavetankv1::ScenarioSpec> = "ScenarioSpec";
template <>
inline constexpr std::string_view type_name<wavetankv1::NodePool> = "NodePool";
template <>
inline constexpr std::string_view type_name<wavetankv1::Action> = "Action";
template <>
inline constexpr std::string_view type_name<wavetankv1::ScaleAction> = "ScaleAction";
template <>
inline constexpr std::string_view type_name<wavetankv1::DeleteAction> = "DeleteAction";
template <>
inline constexpr std::string_view type_name<wavetankv1::NetworkLink> = "NetworkLink";
template <>
inline constexpr std::string_view type_name<wavetankv1::Network> = "Network";
template <>
inline constexpr std::string_view type_name<wavetankv1::ErrorBurst> = "ErrorBurst";
template <>
inline constexpr std::string_view type_name<wavetankv1::MemoryLeak> = "MemoryLeak";
template <>
inline constexpr std::string_view type_name<wavetankv1::WarmUp> = "WarmUp";
template <>
inline constexpr std::string_view type_name<wavetankv1::MemoryModel> = "MemoryModel";
template <>
inline constexpr std::string_view type_name<wavetankv1::Latencies> = "Latencies";
template <>
inline constexpr std::string_view type_name<wavetankv1::Autoscaling> = "Autoscaling";
template <>
inline constexpr std::string_view type_name<wavetankv1::DeclaredMetric> = "DeclaredMetric";
template <>
inline constexpr std::string_view type_name<wavetankv1::MetricObject> = "MetricObject";
template <>
inline constexpr std::string_view type_name<wavetankv1::MetricPoint> = "MetricPoint";
template <>
inline constexpr std::string_view type_name<wavetankv1::Workload> = "Workload";
template <>
inline constexpr std::string_view type_name<wavetankv1::WorkloadSpec> = "WorkloadSpec";
template <>
inline constexpr std::string_view type_name<wavetankv1::Stage> = "Stage";
template <>
inline constexpr std::string_view type_name<wavetankv1::RequestTemplate> = "RequestTemplate";
template <>
inline constexpr std::string_view type_name<wavetankv1::RequestKeys> = "RequestKeys";
template <>
inline constexpr std::string_view type_name<wavetankv1::HashPolicy> = "HashPolicy";
template <>
inline constexpr std::string_view type_name<wavetankv1::LoadBalancing> = "LoadBalancing";
template <>
inline constexpr std::string_view type_name<wavetankv1::ServiceModel> = "ServiceModel";
template <>
inline constexpr std::string_view type_name<wavetankv1::ServiceModelSpec> = "ServiceModelSpec";
template <>
inline constexpr std::string_view type_name<wavetankv1::Fault> = "Fault";
template <>
inline constexpr std::string_view type_name<wavetankv1::FaultSpec> = "FaultSpec";
template <>
inline constexpr std::string_view type_name<wavetankv1::SlowDown> = "SlowDown";
template <>
inline constexpr std::string_view type_name<wavetankv1::CallStep> = "CallStep";
template <>
inline constexpr std::string_view type_name<wavetankv1::ServiceCall> = "ServiceCall";
template <>
inline constexpr std::string_view type_name<wavetankv1::Sine> = "Sine";
template <>
inline constexpr std::string_view type_name<wavetankv1::Users> = "Users";
template <>
inline constexpr std::string_view type_name<wavetankv1::Burst> = "Burst";
template <>
inline constexpr std::string_view type_name<wavetankv1::TraceSource> = "TraceSource";
template <>
inline constexpr std::string_view type_name<wavetankv1::Session> = "Session";
template <>
inline constexpr std::string_view type_name<wavetankv1::RequestClass> = "RequestClass";

template <>
inline constexpr KindInfo kind_info<wavetankv1::Scenario>{.group = "wavetank.dev",
                                                          .version = "v1",
                                                          .kind = "Scenario",
                                                          .plural = "scenarios",
                                                          .singular = "scenario",
                                                          .type = &type_info<wavetankv1::Scenario>};
template <>
inline constexpr KindInfo kind_info<wavetankv1::Workload>{.group = "wavetank.dev",
                                                          .version = "v1",
                                                          .kind = "Workload",
                                                          .plural = "workloads",
                                                          .singular = "workload",
                                                          .type = &type_info<wavetankv1::Workload>};
template <>
inline constexpr KindInfo kind_info<wavetankv1::ServiceModel>{
    .group = "wavetank.dev",
    .version = "v1",
    .kind = "ServiceModel",
    .plural = "servicemodels",
    .singular = "servicemodel",
    .type = &type_info<wavetankv1::ServiceModel>};
template <>
inline constexpr KindInfo kind_info<wavetankv1::Fault>{.group = "wavetank.dev",
                                                       .version = "v1",
                                                       .kind = "Fault",
                                                       .plural = "faults",
                                                       .singular = "fault",
                                                       .type = &type_info<wavetankv1::Fault>};

}  // namespace wavetank::api
