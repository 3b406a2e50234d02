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
    std::size_t picked = random.below(endpoints.size());
    for (std::uint32_t choice = 1; choice < options_.choice_count; ++choice) {
        const std::size_t sampled = random.below(endpoints.size());
        if (endpoints.requests_active(sampled) < endpoints.requests_active(picked)) {
            picked = sampled;
        }
    }
    return picked;
}

}  // namespace wavetank::mesh
