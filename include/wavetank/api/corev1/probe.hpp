#pragma once

/// \file
/// How is a container asked for its health, and told of its start and end?
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' `core/v1` ExecAction.
struct ExecAction {
    std::vector<std::string> command{};
    Unmodelled unmodelled{};

    bool operator==(const ExecAction&) const = default;
};
BOOST_DESCRIBE_STRUCT(ExecAction, (), (command))

/// Kubernetes' `core/v1` HTTPHeader.
struct HTTPHeader {
    std::string name{};
    std::string value{};
    Unmodelled unmodelled{};

    bool operator==(const HTTPHeader&) const = default;
};
BOOST_DESCRIBE_STRUCT(HTTPHeader, (), (name, value))

/// Kubernetes' `core/v1` HTTPGetAction.
struct HTTPGetAction {
    std::string path{};
    IntOrString port{};
    std::string host{};
    std::string scheme{};
    std::vector<HTTPHeader> httpHeaders{};
    std::optional<std::string> protocol{};
    Unmodelled unmodelled{};

    bool operator==(const HTTPGetAction&) const = default;
};
BOOST_DESCRIBE_STRUCT(HTTPGetAction, (), (path, port, host, scheme, httpHeaders, protocol))

/// Kubernetes' `core/v1` TCPSocketAction.
struct TCPSocketAction {
    IntOrString port{};
    std::string host{};
    Unmodelled unmodelled{};

    bool operator==(const TCPSocketAction&) const = default;
};
BOOST_DESCRIBE_STRUCT(TCPSocketAction, (), (port, host))

/// Kubernetes' `core/v1` GRPCAction.
struct GRPCAction {
    std::int32_t port = 0;
    std::optional<std::string> service{};
    std::optional<std::string> mode{};
    Unmodelled unmodelled{};

    bool operator==(const GRPCAction&) const = default;
};
BOOST_DESCRIBE_STRUCT(GRPCAction, (), (port, service, mode))

/// Kubernetes' `core/v1` Probe.
struct Probe {
    Boxed<ExecAction> exec{};
    Boxed<HTTPGetAction> httpGet{};
    Boxed<TCPSocketAction> tcpSocket{};
    Boxed<GRPCAction> grpc{};
    std::int32_t initialDelaySeconds = 0;
    std::int32_t timeoutSeconds = 0;
    std::int32_t periodSeconds = 0;
    std::int32_t successThreshold = 0;
    std::int32_t failureThreshold = 0;
    std::optional<std::int64_t> terminationGracePeriodSeconds{};
    Unmodelled unmodelled{};

    bool operator==(const Probe&) const = default;
};
BOOST_DESCRIBE_STRUCT(Probe, (),
                      (exec, httpGet, tcpSocket, grpc, initialDelaySeconds, timeoutSeconds,
                       periodSeconds, successThreshold, failureThreshold,
                       terminationGracePeriodSeconds))

/// Kubernetes' `core/v1` SleepAction.
struct SleepAction {
    std::int64_t seconds = 0;
    Unmodelled unmodelled{};

    bool operator==(const SleepAction&) const = default;
};
BOOST_DESCRIBE_STRUCT(SleepAction, (), (seconds))

/// Kubernetes' `core/v1` LifecycleHandler.
struct LifecycleHandler {
    Boxed<ExecAction> exec{};
    Boxed<HTTPGetAction> httpGet{};
    Boxed<TCPSocketAction> tcpSocket{};
    Boxed<SleepAction> sleep{};
    Unmodelled unmodelled{};

    bool operator==(const LifecycleHandler&) const = default;
};
BOOST_DESCRIBE_STRUCT(LifecycleHandler, (), (exec, httpGet, tcpSocket, sleep))

/// Kubernetes' `core/v1` Lifecycle.
struct Lifecycle {
    Boxed<LifecycleHandler> postStart{};
    Boxed<LifecycleHandler> preStop{};
    std::optional<std::string> stopSignal{};
    Unmodelled unmodelled{};

    bool operator==(const Lifecycle&) const = default;
};
BOOST_DESCRIBE_STRUCT(Lifecycle, (), (postStart, preStop, stopSignal))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::ExecAction> = "ExecAction";
inline constexpr FieldFacts corev1_exec_action_facts[] = {
    {.field = "command", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ExecAction>{
    corev1_exec_action_facts};
template <>
inline constexpr std::string_view type_name<corev1::HTTPHeader> = "HTTPHeader";
inline constexpr FieldFacts corev1_httpheader_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "value", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::HTTPHeader>{
    corev1_httpheader_facts};
template <>
inline constexpr std::string_view type_name<corev1::HTTPGetAction> = "HTTPGetAction";
inline constexpr FieldFacts corev1_httpget_action_facts[] = {
    {.field = "port", .presence = Presence::Always},
    {.field = "httpHeaders", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::HTTPGetAction>{
    corev1_httpget_action_facts};
template <>
inline constexpr std::string_view type_name<corev1::TCPSocketAction> = "TCPSocketAction";
inline constexpr FieldFacts corev1_tcpsocket_action_facts[] = {
    {.field = "port", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::TCPSocketAction>{
    corev1_tcpsocket_action_facts};
template <>
inline constexpr std::string_view type_name<corev1::GRPCAction> = "GRPCAction";
inline constexpr FieldFacts corev1_grpcaction_facts[] = {
    {.field = "port", .presence = Presence::Always},
    {.field = "service", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::GRPCAction>{
    corev1_grpcaction_facts};
template <>
inline constexpr std::string_view type_name<corev1::Probe> = "Probe";
template <>
inline constexpr std::string_view type_name<corev1::SleepAction> = "SleepAction";
inline constexpr FieldFacts corev1_sleep_action_facts[] = {
    {.field = "seconds", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::SleepAction>{
    corev1_sleep_action_facts};
template <>
inline constexpr std::string_view type_name<corev1::LifecycleHandler> = "LifecycleHandler";
template <>
inline constexpr std::string_view type_name<corev1::Lifecycle> = "Lifecycle";

}  // namespace wavetank::api
