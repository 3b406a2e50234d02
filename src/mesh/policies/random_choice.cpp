#include <wavetank/mesh/policies/random_choice.hpp>

namespace wavetank::mesh {

std::optional<std::size_t> RandomChoice::pick(const EndpointSet& endpoints,
                                              const PickContext& /*context*/, Random& random) {
    if (endpoints.empty()) {
        return std::nullopt;
    }
    return random.below(endpoints.size());
}

}  // namespace wavetank::mesh
