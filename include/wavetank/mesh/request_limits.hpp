#pragma once

/// \file
/// Which requests are too large for a proxy? Envoy's buffer filter and the limit of its connection
/// manager.

#include <wavetank/mesh/message.hpp>

#include <cstdint>
#include <optional>

namespace wavetank::mesh {

struct RequestLimits {
    std::optional<std::uint64_t> max_request_bytes{};  ///< of a body, with the buffer filter
    std::uint32_t max_request_headers_kb = 60;

    /// Returns the status with which a request is refused: 431 or 413; nothing if it passes.
    /// Headers count with their names.
    [[nodiscard]] std::optional<std::uint16_t> refusal(const Headers& headers,
                                                       std::uint64_t body_bytes) const;
};

}  // namespace wavetank::mesh
