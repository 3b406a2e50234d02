#pragma once

/// \file
/// How long something takes, as a distribution that a scenario file can spell.

#include <wavetank/base/random.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/base/time.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace wavetank {

/// A distribution of durations; by default always zero.
///
/// Determinism: a sample uses up one draw of the generator, a constant uses none.
class Distribution {
public:
    enum class Kind : std::uint8_t { Constant, Uniform, Exponential, Lognormal };

    Distribution() = default;

    /// Always `value`.
    [[nodiscard]] static Distribution constant(Duration value);

    /// Any duration from `low` to `high`. Requires: low <= high.
    [[nodiscard]] static Distribution uniform(Duration low, Duration high);

    /// Exponential with the given mean.
    [[nodiscard]] static Distribution exponential(Duration mean);

    /// Lognormal with the given mean; `sigma` is the deviation of its logarithm.
    [[nodiscard]] static Distribution lognormal(Duration mean, double sigma);

    /// Reads "5ms", "constant(5ms)", "uniform(1ms,3ms)", "exponential(5ms)" or
    /// "lognormal(5ms, 0.5)".
    /// Errors: `BadRequest`, naming the text and what is allowed.
    [[nodiscard]] static Result<Distribution> parse(std::string_view text);

    /// Draws a duration, never negative, rounded to the nanosecond.
    [[nodiscard]] Duration sample(Random& random) const;
    [[nodiscard]] Duration sample(CounterRandom& random) const;

    [[nodiscard]] Duration mean() const;
    [[nodiscard]] Kind kind() const {
        return kind_;
    }

    bool operator==(const Distribution&) const = default;

    /// Writes what `parse` reads.
    friend std::string to_string(const Distribution& distribution);

private:
    Distribution(Kind kind, Duration first, Duration second, double sigma);

    template <class Generator>
    Duration sample_from(Generator& random) const;

    Kind kind_ = Kind::Constant;
    Duration first_{};   // the value, the mean or the lower end
    Duration second_{};  // the upper end
    double sigma_ = 0;
};

}  // namespace wavetank
