#pragma once

/// \file
/// How long something takes, as a distribution that a scenario file can spell.

#include <wavetank/base/many_draws.hpp>
#include <wavetank/base/random.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/base/time.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank {

/// A distribution of durations; by default always zero.
///
/// Determinism: a sample uses up one draw of the generator; a constant none, a gamma as many as its
/// shape, a mixture one more than the part it takes.
class Distribution {
public:
    enum class Kind : std::uint8_t {
        Constant,
        Uniform,
        Exponential,
        Lognormal,
        Pareto,
        Gamma,
        Empirical,
        Mixture,
    };

    struct Point;
    struct Part;

    Distribution() = default;

    /// Always `value`.
    [[nodiscard]] static Distribution constant(Duration value);

    /// Any duration from `low` to `high`. Requires: low <= high.
    [[nodiscard]] static Distribution uniform(Duration low, Duration high);

    /// Exponential with the given mean.
    [[nodiscard]] static Distribution exponential(Duration mean);

    /// Lognormal with the given mean; `sigma` is the deviation of its logarithm.
    [[nodiscard]] static Distribution lognormal(Duration mean, double sigma);

    /// Pareto with the given mean; the part of values above x falls with x to the power of
    /// `-shape`. Requires: shape > 1.
    [[nodiscard]] static Distribution pareto(Duration mean, double shape);

    /// Gamma with the given mean and a whole-numbered shape (Erlang): the sum of so many
    /// exponential ones. Requires: 1 <= shape <= 100.
    [[nodiscard]] static Distribution gamma(Duration mean, int shape);

    /// What was measured: straight lines between points of the distribution function.
    /// Requires: the first part is 0, the last 1, and neither parts nor values fall.
    [[nodiscard]] static Distribution empirical(std::vector<Point> points);

    /// One of several, each by its weight. Requires: there is one, and each weight is above 0.
    [[nodiscard]] static Distribution mixture(std::vector<Part> parts);

    /// Reads "5ms", "constant(5ms)", "uniform(1ms,3ms)", "exponential(5ms)", "lognormal(5ms, 0.5)",
    /// "pareto(5ms, 2.5)", "gamma(5ms, 2)", "empirical(0 1ms, 0.99 5ms, 1 80ms)" or
    /// "mixture(9 1ms, 1 exponential(20ms))".
    /// Errors: `BadRequest`, naming the text and what is allowed.
    [[nodiscard]] static Result<Distribution> parse(std::string_view text);

    /// Draws a duration, never negative, rounded to the nanosecond.
    template <class Generator>
    [[nodiscard]] Duration sample(Generator& random) const;

    /// Does the same with each of many generators.
    void sample_each(CounterRandoms& randoms, std::array<Duration, draws_at_once>& samples) const;

    [[nodiscard]] Duration mean() const;
    [[nodiscard]] Kind kind() const {
        return kind_;
    }

    friend bool operator==(const Distribution& left, const Distribution& right);

    /// Writes what `parse` reads.
    friend std::string to_string(const Distribution& distribution);

private:
    Distribution(Kind kind, Duration first, Duration second, double sigma);

    [[nodiscard]] static Duration rounded(double nanoseconds) {
        constexpr double limit = 0x1p62;
        const double up = nanoseconds + 0.5;
        return Duration{static_cast<Duration::rep>(up < limit ? up : limit)};
    }
    template <class Generator>
    Duration sample_other(Generator& random) const;

    [[nodiscard]] static Result<Distribution> parse_list(std::string_view name,
                                                         std::string_view inside);

    Kind kind_ = Kind::Constant;
    Duration first_{};                                  // the value, the mean or the lower end
    Duration second_{};                                 // the upper end
    double sigma_ = 0;                                  // or the shape
    std::shared_ptr<const std::vector<Point>> points_;  // of an empirical one
    std::shared_ptr<const std::vector<Part>> parts_;    // of a mixture
};

/// A part of the values, from 0 to 1, is at most `value`.
struct Distribution::Point {
    double part = 0;
    Duration value{};

    bool operator==(const Point&) const = default;
};

struct Distribution::Part {
    double weight = 1;
    Distribution distribution{};

    bool operator==(const Part&) const = default;
};

// The kinds that most services have are defined here: they are on the path of every request.
template <class Generator>
[[gnu::always_inline]] inline Duration Distribution::sample(Generator& random) const {
    if (kind_ == Kind::Exponential) {
        return rounded(static_cast<double>(first_.count()) * random.exponential());
    }
    return kind_ == Kind::Constant ? first_ : sample_other(random);
}

extern template Duration Distribution::sample_other(Random& random) const;
extern template Duration Distribution::sample_other(CounterRandom& random) const;

}  // namespace wavetank
