#include "sim/report/chart.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace wavetank::sim {

std::string sparkline(const std::vector<double>& values) {
    constexpr std::array<std::string_view, 8> blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const double top = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
    std::string line;
    for (const double value : values) {
        const double level = top > 0 ? value / top * 7 + 0.5 : 0;
        line += blocks.at(static_cast<std::size_t>(std::clamp(level, 0.0, 7.0)));
    }
    return line;
}

std::vector<double> resampled(const std::vector<double>& values, std::size_t width) {
    std::vector<double> columns(values.empty() ? 0 : width, 0);
    for (std::size_t column = 0; column < columns.size(); ++column) {
        const std::size_t begin = column * values.size() / width;
        const std::size_t end = std::max(begin + 1, (column + 1) * values.size() / width);
        double sum = 0;
        for (std::size_t index = begin; index < end; ++index) {
            sum += values[index];
        }
        columns[column] = sum / static_cast<double>(end - begin);
    }
    return columns;
}

}  // namespace wavetank::sim
