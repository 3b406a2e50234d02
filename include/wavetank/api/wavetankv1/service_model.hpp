#pragma once

/// \file
/// What does a program do with a request? Distributions are written as in a Scenario.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/scheme.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::api::wavetankv1 {

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

/// What a container writes on its node's disk, logs included. It stays until the container ends.
struct DiskModel {
    Quantity base{};        ///< bytes, from its start
    Quantity perRequest{};  ///< bytes more for each request that it gets
    Unmodelled unmodelled{};

    bool operator==(const DiskModel&) const = default;
};
BOOST_DESCRIBE_STRUCT(DiskModel, (), (base, perRequest))

/// The processes of a container, threads included.
struct ProcessModel {
    std::int32_t base = 0;        ///< at rest
    std::int32_t perRequest = 0;  ///< more for each request that it has in hand or in line
    Unmodelled unmodelled{};

    bool operator==(const ProcessModel&) const = default;
};
BOOST_DESCRIBE_STRUCT(ProcessModel, (), (base, perRequest))

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
    std::optional<DiskModel> disk{};
    std::optional<ProcessModel> processes{};
    std::optional<WarmUp> warmUp{};
    std::optional<Payload> payload{};
    /// Calls have no more time than is left of what the request's client allows, and none once it
    /// has given up, as where gRPC hands a context on. Default: they know nothing of that.
    std::optional<bool> propagateDeadline{};
    /// Headers that calls hand on as the request has them, besides those of tracing that Istio
    /// names (x-request-id, b3, x-b3-*, traceparent, tracestate and others): "end-user", "cookie".
    std::vector<std::string> forwardHeaders{};
    Unmodelled unmodelled{};

    bool operator==(const ServiceModelSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(ServiceModelSpec, (),
                      (image, work, wait, calls, errorRate, discipline, concurrency, queueLimit,
                       threads, memory, disk, processes, warmUp, payload, propagateDeadline,
                       forwardHeaders))

/// The kind `ServiceModel` of `wavetank.dev/v1`: what the program in an image does with a request.
/// If its program is code, that comes after all this.
struct ServiceModel {
    metav1::ObjectMeta metadata{};
    ServiceModelSpec spec{};
    Unmodelled unmodelled{};

    bool operator==(const ServiceModel&) const = default;
};
BOOST_DESCRIBE_STRUCT(ServiceModel, (), (metadata, spec))

}  // namespace wavetank::api::wavetankv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<wavetankv1::ServiceCall> = "ServiceCall";
template <>
inline constexpr std::string_view type_name<wavetankv1::CallStep> = "CallStep";
template <>
inline constexpr std::string_view type_name<wavetankv1::WarmUp> = "WarmUp";
template <>
inline constexpr std::string_view type_name<wavetankv1::MemoryModel> = "MemoryModel";
template <>
inline constexpr std::string_view type_name<wavetankv1::DiskModel> = "DiskModel";
template <>
inline constexpr std::string_view type_name<wavetankv1::ProcessModel> = "ProcessModel";
template <>
inline constexpr std::string_view type_name<wavetankv1::ServiceModelSpec> = "ServiceModelSpec";
template <>
inline constexpr std::string_view type_name<wavetankv1::ServiceModel> = "ServiceModel";

template <>
inline constexpr KindInfo kind_info<wavetankv1::ServiceModel>{
    .group = "wavetank.dev",
    .version = "v1",
    .kind = "ServiceModel",
    .plural = "servicemodels",
    .singular = "servicemodel",
    .type = &type_info<wavetankv1::ServiceModel>};

}  // namespace wavetank::api
