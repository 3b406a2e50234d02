#pragma once

/// \file
/// Who holds something until when. A kubelet renews one as its sign of life.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::coordinationv1 {

/// Kubernetes' `coordination.k8s.io/v1` LeaseSpec.
struct LeaseSpec {
    std::optional<std::string> holderIdentity{};
    std::optional<std::int32_t> leaseDurationSeconds{};
    std::optional<MicroTime> acquireTime{};
    std::optional<MicroTime> renewTime{};
    std::optional<std::int32_t> leaseTransitions{};
    std::optional<std::string> strategy{};
    std::optional<std::string> preferredHolder{};
    Unmodelled unmodelled{};

    bool operator==(const LeaseSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(LeaseSpec, (),
                      (holderIdentity, leaseDurationSeconds, acquireTime, renewTime,
                       leaseTransitions, strategy, preferredHolder))

/// Kubernetes' kind `Lease` of `coordination.k8s.io/v1`.
struct Lease {
    metav1::ObjectMeta metadata{};
    LeaseSpec spec{};
    Unmodelled unmodelled{};

    bool operator==(const Lease&) const = default;
};
BOOST_DESCRIBE_STRUCT(Lease, (), (metadata, spec))

}  // namespace wavetank::api::coordinationv1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<coordinationv1::LeaseSpec> = "LeaseSpec";
template <>
inline constexpr std::string_view type_name<coordinationv1::Lease> = "Lease";
inline constexpr FieldFacts coordinationv1_lease_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<coordinationv1::Lease>{
    coordinationv1_lease_facts};

}  // namespace wavetank::api
