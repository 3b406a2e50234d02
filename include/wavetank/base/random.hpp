#pragma once

/// \file
/// Randomness that two runs, two compilers and two policies can share.
///
/// A `Random` is a named stream, forked from the seed by the name of the entity that draws from it,
/// so a new entity shifts nobody else's draws. A `CounterRandom` belongs to one request instead:
/// its draws depend on which request it is and on nothing that a policy decides.

#include <wavetank/base/assert.hpp>
#include <wavetank/base/math.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace wavetank {

/// Returns what 64 random bits are as a draw from the exponential distribution of mean 1.
[[nodiscard, gnu::always_inline]] inline double exponential_of(std::uint64_t bits) {
    constexpr std::int64_t last = (std::int64_t{1} << 53) - 1;
    const auto mantissa = static_cast<std::int64_t>(bits >> 11);
    return negative_log(static_cast<double>(last - mantissa) * 0x1p-53 + 0x1p-54);
}

/// What every generator can draw, made from its 64 random bits.
///
/// Determinism: the draws are equal to the bit on every compiler and C library. All but `below`
/// use up exactly one `next()` each and grow with it.
template <class Generator>
class RandomDraws {
public:
    /// Draws from 0, 1, ... `bound` - 1 without bias (Lemire). Requires: bound > 0.
    [[nodiscard, gnu::always_inline]] std::uint64_t below(std::uint64_t bound) {
        WAVETANK_ASSERT(bound > 0);
        __extension__ using Wide = unsigned __int128;
        Wide product = static_cast<Wide>(bits()) * bound;
        if (static_cast<std::uint64_t>(product) < bound) [[unlikely]] {
            const std::uint64_t threshold = (0 - bound) % bound;
            while (static_cast<std::uint64_t>(product) < threshold) {
                product = static_cast<Wide>(bits()) * bound;
            }
        }
        return static_cast<std::uint64_t>(product >> 64);
    }

    /// Draws from [0, 1), a multiple of 2^-53.
    [[nodiscard]] double uniform() {
        return static_cast<double>(mantissa()) * 0x1p-53;
    }

    /// Draws from the exponential distribution of mean 1.
    [[nodiscard, gnu::always_inline]] double exponential() {
        return exponential_of(bits());
    }

    /// Draws from the normal distribution of mean 0 and deviation 1.
    [[nodiscard]] double normal();

private:
    [[gnu::always_inline]] std::uint64_t bits() {
        return static_cast<Generator*>(this)->next();
    }
    std::int64_t mantissa() {  // signed, which is easier to convert
        return static_cast<std::int64_t>(bits() >> 11);
    }
};

/// A stream of random numbers (Blackman and Vigna's xoshiro256++).
///
/// Threads: none; each stream has one user.
class Random : public RandomDraws<Random> {
public:
    /// The seam for tests: a source that deals the draws of a stream by hand.
    class Script {
    public:
        virtual std::uint64_t next() = 0;
        virtual std::uint64_t below(std::uint64_t bound) = 0;

    protected:
        ~Script() = default;
    };

    explicit Random(std::uint64_t seed);

    /// Returns the stream called `name` below this one. It depends on the seed and the names on the
    /// way, neither on the draws made so far nor on the order of forks.
    [[nodiscard]] Random fork(std::string_view name) const;

    /// Draws 64 random bits.
    std::uint64_t next();

    /// Draws from 0, 1, ... `bound` - 1 without bias. Requires: bound > 0.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound);

    /// Returns what names this stream; the seed of a `CounterRandom`'s family.
    [[nodiscard]] std::uint64_t key() const {
        return key_;
    }

protected:
    /// Draws from `script` alone. Lifetime: kept.
    explicit Random(Script& script);

private:
    std::uint64_t key_;
    std::array<std::uint64_t, 4> state_;
    Script* script_ = nullptr;
};

/// Which draws of a request a `CounterRandom` makes.
struct DrawKey {
    std::uint64_t workload = 0;   ///< the `key()` of the stream that the workload forked
    std::uint64_t request = 0;    ///< its number within the workload
    std::uint32_t call_site = 0;  ///< where in the call graph
    std::uint32_t attempt = 0;    ///< 0 for the first, then the retries
};

/// Random numbers that are a function of a key and of how many were drawn before.
///
/// Whichever replica serves a request, and in whatever order, it brings the same draws.
/// Cost: no memory and no set-up worth a thought; make one where it is needed and drop it.
class CounterRandom : public RandomDraws<CounterRandom> {
public:
    static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;

    explicit CounterRandom(const DrawKey& key);
    /// Goes on where one of the same key had this state.
    CounterRandom(const DrawKey& key, std::uint64_t state);

    /// Returns a well-mixed hash of the key, before anything was drawn.
    [[nodiscard]] std::uint64_t hash() const {
        return state_;
    }

    /// Returns what tells, with the key, what comes next.
    [[nodiscard]] std::uint64_t state() const {
        return state_;
    }

    /// Draws 64 random bits.
    std::uint64_t next();

private:
    friend class CounterRandoms;

    CounterRandom(std::uint64_t state, std::uint64_t increment)
        : state_{state}, increment_{increment} {}

    [[nodiscard]] static std::uint64_t hash_of(const DrawKey& key);
    [[nodiscard]] static std::uint64_t increment_of(std::uint64_t hash);

    std::uint64_t state_;
    std::uint64_t increment_;
};

/// Returns a well-mixed hash of `text`, the same on every machine and in every version.
[[nodiscard]] std::uint64_t stable_hash(std::string_view text);

/// Returns a well-mixed bijection of `value` (Stafford's thirteenth).
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

// Defined here because they are on the path of every simulated request (0.8 ns inlined), and
// inlined whatever a compiler thinks of their size.

[[gnu::always_inline]] inline std::uint64_t Random::next() {
    if (script_ != nullptr) [[unlikely]] {
        return script_->next();
    }
    const auto rotated = [](std::uint64_t value, int count) {
        return (value << count) | (value >> (64 - count));
    };
    auto& s = state_;
    const std::uint64_t result = rotated(s[0] + s[3], 23) + s[0];
    const std::uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotated(s[3], 45);
    return result;
}

[[gnu::always_inline]] inline std::uint64_t Random::below(std::uint64_t bound) {
    return script_ == nullptr ? RandomDraws::below(bound) : script_->below(bound);
}

[[gnu::always_inline]] inline std::uint64_t CounterRandom::hash_of(const DrawKey& key) {
    return mix_bits(mix_bits(mix_bits(key.workload + golden) ^ key.request) ^
                    (std::uint64_t{key.call_site} << 32 | key.attempt));
}

[[gnu::always_inline]] inline std::uint64_t CounterRandom::increment_of(std::uint64_t hash) {
    return mix_bits(hash + golden) | 1;
}

[[gnu::always_inline]] inline CounterRandom::CounterRandom(const DrawKey& key)
    : state_{hash_of(key)}, increment_{increment_of(state_)} {}

inline CounterRandom::CounterRandom(const DrawKey& key, std::uint64_t state)
    : state_{state}, increment_{increment_of(hash_of(key))} {}

[[gnu::always_inline]] inline std::uint64_t CounterRandom::next() {
    state_ += increment_;
    return mix_bits(state_);
}

extern template double RandomDraws<Random>::normal();
extern template double RandomDraws<CounterRandom>::normal();

}  // namespace wavetank
