#pragma once

/// \file
/// A part of all requests, as Envoy's v3 API writes it.

#include <wavetank/base/random.hpp>

#include <cstdint>

namespace wavetank::mesh {

struct FractionalPercent {
    enum class Denominator : std::uint8_t { Hundred, TenThousand, Million };

    std::uint32_t numerator = 0;
    Denominator denominator = Denominator::Hundred;

    [[nodiscard]] std::uint64_t whole() const;
    /// Draws whether a request is of that part.
    [[nodiscard]] bool draw(Random& random) const {
        return random.below(whole()) < numerator;
    }
    /// Tells whether a request that drew `random` before is of that part.
    [[nodiscard]] bool covers(std::uint64_t random) const {
        return random % whole() < numerator;
    }
    bool operator==(const FractionalPercent&) const = default;
};

}  // namespace wavetank::mesh
