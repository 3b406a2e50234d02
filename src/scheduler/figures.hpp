#pragma once

/// \file
/// Arithmetic with the figures of a node.

#include <wavetank/scheduler/framework.hpp>

#include <cmath>
#include <cstdint>

namespace wavetank::scheduler {

/// A number for cpu and one for memory, which take no longer than one: two divisions, say.
using FigurePair = double __attribute__((vector_size(16)));

/// Returns what `NodeFigures::balance` is with such requests; what is beyond all there is counts as
/// all. Half the difference of two shares is their standard deviation, which upstream computes.
inline std::int32_t balance_of(FigurePair requested, FigurePair capacity) {
    if (capacity[0] == 0 || capacity[1] == 0) {
        return node_score_max;
    }
    const FigurePair full{1, 1};
    const FigurePair share = requested / capacity;
    const FigurePair capped = share < full ? share : full;
    const double deviation = std::abs((capped[0] - capped[1]) / 2);
    return static_cast<std::int32_t>((1 - deviation) * static_cast<double>(node_score_max));
}

}  // namespace wavetank::scheduler
