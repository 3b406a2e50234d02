#pragma once

/// \file
/// A record of what happened to an object.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/corev1/reference.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' `core/v1` EventSource.
struct EventSource {
    std::string component{};
    std::string host{};
    Unmodelled unmodelled{};

    bool operator==(const EventSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(EventSource, (), (component, host))

/// Kubernetes' `core/v1` EventSeries.
struct EventSeries {
    std::int32_t count = 0;
    std::optional<MicroTime> lastObservedTime{};
    Unmodelled unmodelled{};

    bool operator==(const EventSeries&) const = default;
};
BOOST_DESCRIBE_STRUCT(EventSeries, (), (count, lastObservedTime))

/// Kubernetes' kind `Event` of `v1`.
struct Event {
    metav1::ObjectMeta metadata{};
    ObjectReference involvedObject{};
    std::string reason{};
    std::string message{};
    EventSource source{};
    std::optional<Time> firstTimestamp{};
    std::optional<Time> lastTimestamp{};
    std::int32_t count = 0;
    std::string type{};
    std::optional<MicroTime> eventTime{};
    Boxed<EventSeries> series{};
    std::string action{};
    Boxed<ObjectReference> related{};
    std::string reportingComponent{};
    std::string reportingInstance{};
    Unmodelled unmodelled{};

    bool operator==(const Event&) const = default;
};
BOOST_DESCRIBE_STRUCT(Event, (),
                      (metadata, involvedObject, reason, message, source, firstTimestamp,
                       lastTimestamp, count, type, eventTime, series, action, related,
                       reportingComponent, reportingInstance))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::EventSource> = "EventSource";
template <>
inline constexpr std::string_view type_name<corev1::EventSeries> = "EventSeries";
inline constexpr FieldFacts corev1_event_series_facts[] = {
    {.field = "lastObservedTime", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::EventSeries>{
    corev1_event_series_facts};
template <>
inline constexpr std::string_view type_name<corev1::Event> = "Event";
inline constexpr FieldFacts corev1_event_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "involvedObject", .presence = Presence::Always},
    {.field = "source", .presence = Presence::Always},
    {.field = "reportingComponent", .presence = Presence::Always},
    {.field = "reportingInstance", .presence = Presence::Always},
    {.field = "firstTimestamp", .presence = Presence::Always},
    {.field = "lastTimestamp", .presence = Presence::Always},
    {.field = "eventTime", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::Event>{corev1_event_facts};

}  // namespace wavetank::api
