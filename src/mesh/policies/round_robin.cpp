#include <wavetank/mesh/policies/round_robin.hpp>

namespace wavetank::mesh {

std::optional<std::size_t> RoundRobin::pick(const EndpointSet& endpoints,
                                            const PickContext& /*context*/, Random& random) {
    if (endpoints.empty()) {
        return std::nullopt;
    }
    const std::size_t picked = next_ ? *next_ % endpoints.size() : random.below(endpoints.size());
    next_ = picked + 1;
    return picked;
}

}  // namespace wavetank::mesh
