#include <wavetank/base/math.hpp>
#include <wavetank/base/random.hpp>

#include <array>
#include <bit>
#include <cstddef>

namespace wavetank {
namespace {

constexpr std::uint64_t golden = CounterRandom::golden;

// For a mantissa in [1, 2), by its first seven bits: about its inverse, and what that is the
// logarithm of, negated. The series of the inverse hyperbolic tangent converges to the last bit.
constexpr std::size_t log_steps = 128;
struct LogStep {
    double inverse;
    double log;
};
constexpr std::array<LogStep, log_steps> log_table = [] {
    std::array<LogStep, log_steps> table{};
    for (std::size_t i = 0; i < log_steps; ++i) {
        const double inverse =
            1 / (1 + (static_cast<double>(i) + 0.5) / static_cast<double>(log_steps));
        const double s = (1 - inverse) / (1 + inverse);
        double sum = 0;
        for (int power = 41; power > 0; power -= 2) {
            sum = sum * s * s + 1.0 / power;
        }
        table[i] = {inverse, 2 * s * sum};
    }
    return table;
}();

// Returns -log(value) for a value in (0, 1], within 4e-16: half the time of the full logarithm, as
// nothing is divided and small results need not be as precise in themselves.
double negative_log(double value) {
    constexpr double ln2 = 6.931471805599453094e-01;
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const auto exponent = static_cast<double>(static_cast<std::int64_t>(bits >> 52) - 1023);
    const double mantissa = std::bit_cast<double>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
    const LogStep& step = log_table[bits >> 45 & (log_steps - 1)];
    const double r = mantissa * step.inverse - 1;
    const double square = r * r;
    const double series = (r - 0.5 * square) + square * (r * (1.0 / 3) - 0.25 * square +
                                                         square * (r * 0.2 - square * (1.0 / 6)));
    const double result = -(exponent * ln2 + step.log + series);
    return result > 0 ? result : 0;
}

// splitmix64 from `seed`, which is how the authors of xoshiro fill its state.
std::array<std::uint64_t, 4> expanded(std::uint64_t seed) {
    std::array<std::uint64_t, 4> state{};
    for (std::uint64_t& word : state) {
        seed += golden;
        word = mix_bits(seed);
    }
    return state;
}

}  // namespace

template <class Generator>
double RandomDraws<Generator>::exponential() {
    return negative_log(
        static_cast<double>((bits() >> 11) ^ ((std::uint64_t{1} << 53) - 1)) * 0x1p-53 + 0x1p-54);
}

template <class Generator>
double RandomDraws<Generator>::normal() {
    return normal_quantile(static_cast<double>(bits() >> 12) * 0x1p-52 + 0x1p-53);
}

template class RandomDraws<Random>;
template class RandomDraws<CounterRandom>;

Random::Random(std::uint64_t seed) : key_{seed}, state_{expanded(seed)} {}

Random::Random(Script& script) : key_{0}, state_{}, script_{&script} {}

Random Random::fork(std::string_view name) const {
    return Random{mix_bits(mix_bits(key_ + golden) ^ stable_hash(name))};
}

std::uint64_t stable_hash(std::string_view text) {
    std::uint64_t hash = golden ^ text.size();
    while (!text.empty()) {
        const std::size_t length = text.size() < 8 ? text.size() : 8;
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < length; ++i) {
            word |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
        }
        hash = mix_bits(hash ^ word) + golden;
        text.remove_prefix(length);
    }
    return mix_bits(hash);
}

}  // namespace wavetank
