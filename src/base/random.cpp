#include <wavetank/base/math.hpp>
#include <wavetank/base/random.hpp>

#include <array>
#include <cstddef>

namespace wavetank {
namespace {

constexpr std::uint64_t golden = CounterRandom::golden;

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
double RandomDraws<Generator>::normal() {
    return normal_quantile(static_cast<double>(bits() >> 12) * 0x1p-52 + 0x1p-53);
}

template double RandomDraws<Random>::normal();
template double RandomDraws<CounterRandom>::normal();

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
