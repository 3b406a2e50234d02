#pragma once

/// \file
/// Endpoint sets for tests of balancers: only what a policy looks at.

#include <wavetank/mesh/endpoint_set.hpp>

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace wavetank::test {

/// Endpoints by the requests that each holds. Converts to the view that policies take.
class EndpointsHolding {
public:
    explicit EndpointsHolding(std::initializer_list<std::uint32_t> requests_active)
        : requests_active_(requests_active) {}

    operator mesh::EndpointSet() const {
        return mesh::EndpointSet{requests_active_};
    }

private:
    std::vector<std::uint32_t> requests_active_;
};

inline EndpointsHolding endpoints_holding(std::initializer_list<std::uint32_t> requests_active) {
    return EndpointsHolding{requests_active};
}

}  // namespace wavetank::test
