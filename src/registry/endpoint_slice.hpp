#pragma once

/// \file
/// The rules of EndpointSlices.

#include "registry/rules.hpp"

#include <wavetank/api/discoveryv1/endpoint_slice.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::discoveryv1::EndpointSlice> : PlainRules<api::discoveryv1::EndpointSlice> {
    using EndpointSlice = api::discoveryv1::EndpointSlice;
    static constexpr bool checks_whole_update = true;
    static void set_defaults(Cluster& cluster, EndpointSlice& object);
    static void prepare_create(EndpointSlice& object);
    static void prepare_update(EndpointSlice& next, const EndpointSlice& old);
    static void prepare_status(EndpointSlice& next, const EndpointSlice& old);
    static FieldErrors validate(Cluster& cluster, const EndpointSlice& object,
                                const EndpointSlice* old);
    static std::vector<std::string> warnings(const EndpointSlice& object);
};

}  // namespace wavetank::registry
