#pragma once

/// \file
/// The idler of a few sampled endpoints (Mitzenmacher's two choices).

#include <wavetank/mesh/load_balancer.hpp>

#include <cstddef>
#include <cstdint>

namespace wavetank::mesh {

struct LeastRequestOptions {
    std::uint32_t choice_count = 2;  ///< endpoints sampled a pick; at least 1
};

/// Samples `choice_count` endpoints with replacement, as Envoy does, and picks the one with the
/// fewest of this client's requests in flight; of equal ones the first sampled.
class LeastRequest final : public LoadBalancer {
public:
    explicit LeastRequest(LeastRequestOptions options = {});

    [[nodiscard]] std::optional<std::size_t> pick(const EndpointSet& endpoints,
                                                  const PickContext& context,
                                                  Random& random) override;

    /// The same for whatever has `size()`, which is above 0, and `requests_active(index)`: the hot
    /// path of a simulation, where nothing is virtual.
    template <class Endpoints>
    [[nodiscard, gnu::always_inline]] std::size_t choose(const Endpoints& endpoints,
                                                         Random& random) const {
        std::size_t picked = random.below(endpoints.size());
        for (std::uint32_t choice = 1; choice < options_.choice_count; ++choice) {
            const std::size_t sampled = random.below(endpoints.size());
            const bool is_idler =
                endpoints.requests_active(sampled) < endpoints.requests_active(picked);
            picked = is_idler ? sampled : picked;  // without a jump that nobody can foresee
        }
        return picked;
    }

private:
    LeastRequestOptions options_;
};

}  // namespace wavetank::mesh
