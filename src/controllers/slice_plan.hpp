#pragma once

/// \file
/// Which slices have to change so that some endpoints get to where they belong?
///
/// As upstream's `reconcileByPortMapping`, but for the endpoints that changed only: the others need
/// not be looked at, and slices without a change are not written.

#include <wavetank/api/discoveryv1/endpoint_slice.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace wavetank::controllers {

using SlicePointer = api::Pointer<const api::discoveryv1::EndpointSlice>;

/// Upstream's default of `--max-endpoints-per-slice`.
inline constexpr std::size_t endpoints_per_slice = 100;

/// The ports of some pods, and their `port_key`.
struct PortSet {
    std::vector<api::discoveryv1::EndpointPort> ports;
    std::string key;
};

/// What one pod's endpoint is to be.
struct ChangedEndpoint {
    api::Text pod;
    std::shared_ptr<const PortSet> ports{};  ///< null: the pod is to have no endpoint
    api::discoveryv1::Endpoint endpoint{};
};

/// A stored slice.
struct KnownSlice {
    SlicePointer slice;
    std::string ports;         ///< the `port_key` of its ports
    bool suspect = false;      ///< it may hold changed endpoints or have wrong labels
    std::uint32_t number = 0;  ///< of `PodPlaces`
};

/// Returns the name of the pod behind an endpoint; empty if there is none.
[[nodiscard]] const api::Text& pod_of(const api::discoveryv1::Endpoint& endpoint);

/// What is to be written. Slices to create have no name.
struct SlicePlan {
    std::vector<api::discoveryv1::EndpointSlice> create;
    std::vector<api::discoveryv1::EndpointSlice> update;
    std::vector<SlicePointer> remove;
};

/// Plans the slices of one Service and address type.
///
/// `existing` are its slices; `fresh_slice` is a new one, without ports and endpoints. `changed`
/// says, in order of pods' names, what the changed endpoints are to be.
/// A Service without endpoints has one slice without ports.
/// Cost: a few words for a slice that is not suspect.
[[nodiscard]] SlicePlan plan_slices(const std::vector<const KnownSlice*>& existing,
                                    const api::discoveryv1::EndpointSlice& fresh_slice,
                                    std::vector<ChangedEndpoint> changed);

}  // namespace wavetank::controllers
