#include <wavetank/base/math.hpp>
#include <wavetank/sim/compare.hpp>

#include <array>
#include <cmath>

namespace wavetank::sim {
namespace {

// The 97.5 % quantile of Student's t. For few degrees of freedom a table; then Cornish and Fisher's
// series, which is exact to four digits from there on (Abramowitz and Stegun, 26.7.5).
double student_quantile(std::size_t degrees) {
    constexpr std::array<double, 10> table{12.7062, 4.3027, 3.1824, 2.7764, 2.5706,
                                           2.4469,  2.3646, 2.3060, 2.2622, 2.2281};
    if (degrees <= table.size()) {
        return table[degrees - 1];
    }
    const double z = normal_quantile(0.975);
    const double z2 = z * z;
    const auto n = static_cast<double>(degrees);
    return z + z * (z2 + 1) / (4 * n) + z * ((5 * z2 + 16) * z2 + 3) / (96 * n * n) +
           z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / (384 * n * n * n);
}

}  // namespace

Estimate estimate(const std::vector<double>& values) {
    if (values.empty()) {
        return {};
    }
    const auto count = static_cast<double>(values.size());
    // Counted from the first one, equal numbers have no margin, whatever their last bits.
    double sum = 0;
    for (const double value : values) {
        sum += value - values.front();
    }
    Estimate result{.mean = values.front() + sum / count};
    if (values.size() > 1) {
        double squares = 0;
        for (const double value : values) {
            squares += (value - result.mean) * (value - result.mean);
        }
        result.margin = student_quantile(values.size() - 1) * std::sqrt(squares / (count - 1)) /
                        std::sqrt(count);
    }
    return result;
}

}  // namespace wavetank::sim
