#pragma once

/// \file
/// A template that a StatefulSet or DaemonSet had, kept so that it can be gone back to.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::appsv1 {

/// Kubernetes' kind `ControllerRevision` of `apps/v1`.
struct ControllerRevision {
    metav1::ObjectMeta metadata{};
    boost::json::value data{};
    std::int64_t revision = 0;
    Unmodelled unmodelled{};

    bool operator==(const ControllerRevision&) const = default;
};
BOOST_DESCRIBE_STRUCT(ControllerRevision, (), (metadata, data, revision))

}  // namespace wavetank::api::appsv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<appsv1::ControllerRevision> = "ControllerRevision";
inline constexpr FieldFacts appsv1_controller_revision_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "data", .presence = Presence::Always},
    {.field = "revision", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<appsv1::ControllerRevision>{
    appsv1_controller_revision_facts};

}  // namespace wavetank::api
