#pragma once

/// \file
/// Charts made of characters.

#include <cstddef>
#include <string>
#include <vector>

namespace wavetank::sim {

/// Columns of a chart in the text report: what 80 columns leave beside label and range.
inline constexpr std::size_t chart_width = 48;

/// Draws values as a row of blocks from the lowest (▁, for 0) to the highest (█).
[[nodiscard]] std::string sparkline(const std::vector<double>& values);

/// Stretches or averages values to `width` columns.
[[nodiscard]] std::vector<double> resampled(const std::vector<double>& values, std::size_t width);

}  // namespace wavetank::sim
