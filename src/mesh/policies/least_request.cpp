#include <wavetank/mesh/policies/least_request.hpp>

#include <wavetank/base/assert.hpp>

namespace wavetank::mesh {

LeastRequest::LeastRequest(LeastRequestOptions options) : options_(options) {
    WAVETANK_ASSERT(options_.choice_count > 0);
}

std::optional<std::size_t> LeastRequest::pick(const EndpointSet& endpoints,
                                              const PickContext& /*context*/, Random& random) {
    if (endpoints.empty()) {
        return std::nullopt;
    }
    return choose(endpoints, random);
}

}  // namespace wavetank::mesh
