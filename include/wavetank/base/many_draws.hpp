#pragma once

/// \file
/// Many draws at once: each is what it would be if drawn alone, in a third of the time where the
/// processor has wide registers (AVX-512).

#include <wavetank/base/random.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace wavetank {

inline constexpr std::size_t draws_at_once = 32;

/// Random bits, and what is made of them.
using ManyBits = std::array<std::uint64_t, draws_at_once>;
using ManyValues = std::array<double, draws_at_once>;

/// Makes of each 64 bits what `RandomDraws::exponential` makes of them.
void make_exponential(const ManyBits& bits, ManyValues& values);

/// The `CounterRandom`s of requests with consecutive numbers.
class CounterRandoms {
public:
    /// Makes those from `first.request` on.
    void begin(const DrawKey& first);

    /// Returns what `CounterRandom::hash` did before anything was drawn.
    [[nodiscard]] std::uint64_t hash(std::size_t index) const {
        return hashes_[index];
    }
    [[nodiscard]] CounterRandom at(std::size_t index) const {
        return {states_[index], increments_[index]};
    }
    /// Puts one back that was drawn from.
    void set(std::size_t index, const CounterRandom& random) {
        states_[index] = random.state_;
    }

    /// Draws from the exponential distribution of mean 1 with each of them.
    void exponential(ManyValues& values);

private:
    // The loops; each is compiled twice.
    [[gnu::always_inline]] void begin_each(const DrawKey& first);
    [[gnu::always_inline]] void exponential_each(ManyValues& values);
    void begin_wide(const DrawKey& first);
    void exponential_wide(ManyValues& values);

    ManyBits hashes_{};
    ManyBits states_{};
    ManyBits increments_{};
};

}  // namespace wavetank
