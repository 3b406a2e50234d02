#pragma once

/// \file
/// Which requests come, and when. Durations and distributions are written as in a Scenario.

#include <wavetank/api/int_or_string.hpp>
#include <wavetank/api/metav1.hpp>
#include <wavetank/api/scheme.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::api::wavetankv1 {

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
    RequestTemplate request{};               ///< what differs from the workload's; not its keys
    Unmodelled unmodelled{};

    bool operator==(const RequestClass&) const = default;
};
BOOST_DESCRIBE_STRUCT(RequestClass, (), (name, target, weight, priority, request))

/// Where the clients of a workload are, for rules that go by it: of meshes (localities) and of
/// Services (traffic distribution, policies). Messages take as long as from anywhere outside.
struct WorkloadOrigin {
    std::string region{};  ///< as the nodes' label topology.kubernetes.io/region
    std::string zone{};    ///< as topology.kubernetes.io/zone
    std::string node{};    ///< its name
    Unmodelled unmodelled{};

    bool operator==(const WorkloadOrigin&) const = default;
};
BOOST_DESCRIBE_STRUCT(WorkloadOrigin, (), (region, zone, node))

/// Who comes: exactly one of `rate`, `stages`, `sine`, `bursts`, `trace` and `users` is set. A day
/// is a sine with a period of 24h; a spike or a step is two or three stages.
struct WorkloadSpec {
    std::string target{};                   ///< URL of a Service: "http://name.namespace:port/path"
    std::vector<RequestClass> classes{};    ///< in place of the target: a mix
    std::string arrivals{};                 ///< Poisson (the default) or Constant spacing
    std::optional<Quantity> rate{};         ///< requests a second, or in each `timeUnit`
    std::optional<std::string> timeUnit{};  ///< of all rates here, as in k6; default: 1s
    std::vector<Stage> stages{};            ///< rates that change; the workload ends with the last
    std::optional<Quantity> startRate{};    ///< what a first stage with a target starts from; 0
    bool repeat = false;                    ///< stages or recorded rates begin anew after the last
    Boxed<Sine> sine{};                     ///< a rate that swings
    std::vector<Burst> bursts{};         ///< a rate that jumps: one state after the other, in turn
    std::optional<TraceSource> trace{};  ///< a rate, or requests, as they were recorded
    std::optional<Users> users{};        ///< users, to whom the next request depends on the last
    std::optional<Session> session{};    ///< each that comes is a user; rates are sessions a second
    std::optional<std::string> start{};
    std::optional<std::string> duration{};   ///< then nobody comes any more; default: no end
    std::optional<std::int32_t> priority{};  ///< 0 (the default) to 255: the highest goes first
    RequestTemplate request{};
    WorkloadOrigin from{};  ///< default: nowhere
    Unmodelled unmodelled{};

    bool operator==(const WorkloadSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(WorkloadSpec, (),
                      (target, classes, arrivals, rate, timeUnit, stages, startRate, repeat, sine,
                       bursts, trace, users, session, start, duration, priority, request, from))

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

}  // namespace wavetank::api::wavetankv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<wavetankv1::Stage> = "Stage";
template <>
inline constexpr std::string_view type_name<wavetankv1::Sine> = "Sine";
template <>
inline constexpr std::string_view type_name<wavetankv1::RequestKeys> = "RequestKeys";
template <>
inline constexpr std::string_view type_name<wavetankv1::RequestTemplate> = "RequestTemplate";
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
inline constexpr std::string_view type_name<wavetankv1::WorkloadOrigin> = "WorkloadOrigin";
template <>
inline constexpr std::string_view type_name<wavetankv1::WorkloadSpec> = "WorkloadSpec";
template <>
inline constexpr std::string_view type_name<wavetankv1::Workload> = "Workload";

template <>
inline constexpr KindInfo kind_info<wavetankv1::Workload>{.group = "wavetank.dev",
                                                          .version = "v1",
                                                          .kind = "Workload",
                                                          .plural = "workloads",
                                                          .singular = "workload",
                                                          .type = &type_info<wavetankv1::Workload>};

}  // namespace wavetank::api
