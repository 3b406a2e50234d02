#pragma once

/// \file
/// What goes wrong. Durations and distributions are written as in a Scenario.

#include <wavetank/api/wavetankv1/scenario.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wavetank::api::wavetankv1 {

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

/// An orderly shutdown: pods end before the node goes off.
struct NodeShutdown {
    std::optional<std::string> gracePeriod{};              ///< of all pods; default: 30s
    std::optional<std::string> gracePeriodCriticalPods{};  ///< part of it; default: 10s
    Unmodelled unmodelled{};

    bool operator==(const NodeShutdown&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeShutdown, (), (gracePeriod, gracePeriodCriticalPods))

/// Exactly one of `slowDown`, `hang`, `crash`, `errorBurst`, `memoryLeak`, `endpointStall`, `link`,
/// `nodeCrash`, `nodeFreeze`, `heartbeatLoss` and `nodeShutdown` is set. The last four need `nodes`
/// and befall the nodes themselves, so that `nodes` by a zone's label is the loss of a zone; of the
/// others, all but `endpointStall` and `link` need `selector` or `nodes`, and a pod is meant if
/// both match.
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
    Boxed<NodeShutdown> nodeShutdown{};
    Unmodelled unmodelled{};

    bool operator==(const FaultSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(FaultSpec, (),
                      (at, every, duration, namespace_, selector, nodes, count, random, slowDown,
                       hang, crash, errorBurst, memoryLeak, endpointStall, link, nodeCrash,
                       nodeFreeze, heartbeatLoss, nodeShutdown))

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
inline constexpr std::string_view type_name<wavetankv1::SlowDown> = "SlowDown";
template <>
inline constexpr std::string_view type_name<wavetankv1::ErrorBurst> = "ErrorBurst";
template <>
inline constexpr std::string_view type_name<wavetankv1::MemoryLeak> = "MemoryLeak";
template <>
inline constexpr std::string_view type_name<wavetankv1::NodeShutdown> = "NodeShutdown";
template <>
inline constexpr std::string_view type_name<wavetankv1::FaultSpec> = "FaultSpec";
template <>
inline constexpr std::string_view type_name<wavetankv1::Fault> = "Fault";

template <>
inline constexpr KindInfo kind_info<wavetankv1::Fault>{.group = "wavetank.dev",
                                                       .version = "v1",
                                                       .kind = "Fault",
                                                       .plural = "faults",
                                                       .singular = "fault",
                                                       .type = &type_info<wavetankv1::Fault>};

}  // namespace wavetank::api
