#pragma once

/// \file
/// The idler of a few sampled endpoints (Mitzenmacher's two choices).

#include <wavetank/mesh/load_balancer.hpp>

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

private:
    LeastRequestOptions options_;
};

}  // namespace wavetank::mesh
