#include <wavetank/base/assert.hpp>
#include <wavetank/base/math.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace wavetank {
namespace {

// ln 2 in two parts; the high one has trailing zeros, so that k * ln2_high is exact.
constexpr double ln2_high = 6.93147180369123816490e-01;
constexpr double ln2_low = 1.90821492927058770002e-10;

template <std::size_t Size>
double polynomial(const std::array<double, Size>& coefficients, double x) {
    double sum = coefficients[Size - 1];
    for (std::size_t i = Size - 1; i-- > 0;) {
        sum = sum * x + coefficients[i];
    }
    return sum;
}

double power_of_two(std::int64_t exponent) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

}  // namespace

// The series of the inverse hyperbolic tangent converges to the last bit.
constinit const std::array<detail::LogStep, detail::log_steps> detail::log_table = [] {
    std::array<detail::LogStep, detail::log_steps> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
        const double inverse =
            1 / (1 + (static_cast<double>(i) + 0.5) / static_cast<double>(table.size()));
        const double s = (1 - inverse) / (1 + inverse);
        double sum = 0;
        for (int power = 41; power > 0; power -= 2) {
            sum = sum * s * s + 1.0 / power;
        }
        table[i] = {inverse, 2 * s * sum};
    }
    return table;
}();

// Reduces to m in [sqrt(1/2), sqrt(2)), then the odd series in s = f / (2 + f) with the minimax
// coefficients that Sun's fdlibm made common knowledge.
double log(double value) {
    if (!(value > 0)) {
        return value == 0 ? -std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::quiet_NaN();
    }
    if (value == std::numeric_limits<double>::infinity()) {
        return value;
    }
    std::int64_t exponent = 0;
    if (value < std::numeric_limits<double>::min()) {
        value *= 0x1p54;
        exponent = -54;
    }
    constexpr std::uint64_t sqrt_half_bits = 0x3fe6a09e667f3bcd;
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const std::uint64_t scaled = (bits - sqrt_half_bits) & 0xfff0000000000000;
    exponent += static_cast<std::int64_t>(scaled) >> 52;
    const double f = std::bit_cast<double>(bits - scaled) - 1;
    const double s = f / (2 + f);
    const double z = s * s;
    // Two chains of every other coefficient: one would take twice as long.
    static constexpr std::array<double, 4> odd{6.666666666666735130e-01, 2.857142874366239149e-01,
                                               1.818357216161805012e-01, 1.479819860511658591e-01};
    static constexpr std::array<double, 3> even{3.999999999940941908e-01, 2.222219843214978396e-01,
                                                1.531383769920937332e-01};
    const double w = z * z;
    const double tail = z * polynomial(odd, w) + w * polynomial(even, w);
    const double half_square = 0.5 * f * f;
    const auto k = static_cast<double>(exponent);
    return k * ln2_high - ((half_square - (s * (half_square + tail) + k * ln2_low)) - f);
}

// Reduces by multiples of ln 2, then the rational form of fdlibm.
double exp(double value) {
    if (value != value) {
        return value;
    }
    if (value > 709.782712893384) {
        return std::numeric_limits<double>::infinity();
    }
    if (value < -745.2) {
        return 0;
    }
    const double k = std::floor(value * 1.44269504088896338700 + 0.5);
    const double high = value - k * ln2_high;
    const double low = k * ln2_low;
    const double x = high - low;
    const double z = x * x;
    static constexpr std::array<double, 5> coefficients{
        1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05,
        -1.65339022054652515390e-06, 4.13813679705723846039e-08};
    const double c = x - z * polynomial(coefficients, z);
    const double result = 1 - ((low - (x * c) / (2 - c)) - high);
    const auto exponent = static_cast<std::int64_t>(k);
    if (exponent > 1023) {
        return result * 2 * power_of_two(exponent - 1);
    }
    return exponent >= -1022 ? result * power_of_two(exponent)
                             : result * power_of_two(exponent + 54) * 0x1p-54;
}

// Wichura's algorithm AS 241 (PPND16).
double normal_quantile(double probability) {
    WAVETANK_ASSERT(probability > 0 && probability < 1);
    static constexpr std::array<double, 8> centre_over{
        3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
        1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
        3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static constexpr std::array<double, 8> centre_under{1.0,
                                                        4.2313330701600911252e+1,
                                                        6.8718700749205790830e+2,
                                                        5.3941960214247511077e+3,
                                                        2.1213794301586595867e+4,
                                                        3.9307895800092710610e+4,
                                                        2.8729085735721942674e+4,
                                                        5.2264952788528545610e+3};
    static constexpr std::array<double, 8> flank_over{
        1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
        3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
        2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static constexpr std::array<double, 8> flank_under{1.0,
                                                       2.05319162663775882187e0,
                                                       1.67638483018380384940e0,
                                                       6.89767334985100004550e-1,
                                                       1.48103976427480074590e-1,
                                                       1.51986665636164571966e-2,
                                                       5.47593808499534494600e-4,
                                                       1.05075007164441684324e-9};
    static constexpr std::array<double, 8> tail_over{
        6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
        2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
        2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static constexpr std::array<double, 8> tail_under{1.0,
                                                      5.99832206555887937690e-1,
                                                      1.36929880922735805310e-1,
                                                      1.48753612908506148525e-2,
                                                      7.86869131145613259100e-4,
                                                      1.84631831751005468180e-5,
                                                      1.42151175831644588870e-7,
                                                      2.04426310338993978564e-15};
    const double q = probability - 0.5;
    if (std::abs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * polynomial(centre_over, r) / polynomial(centre_under, r);
    }
    const double root = std::sqrt(-log(q < 0 ? probability : 1 - probability));
    const double magnitude =
        root <= 5 ? polynomial(flank_over, root - 1.6) / polynomial(flank_under, root - 1.6)
                  : polynomial(tail_over, root - 5) / polynomial(tail_under, root - 5);
    return q < 0 ? -magnitude : magnitude;
}

}  // namespace wavetank
