#pragma once

/// \file
/// How many requests does somebody send before they leave?

#include <wavetank/base/random.hpp>
#include <wavetank/base/result.hpp>

#include <cstdint>
#include <string_view>

namespace wavetank::sim {

/// How many requests a session has, as a distribution that a manifest can spell; at least one.
///
/// Determinism: a sample uses up one draw of the generator, a fixed length none.
class SessionLength {
public:
    /// Always one.
    SessionLength() = default;

    /// Any number from `low` to `high`. Requires: 1 <= low <= high <= `longest`.
    [[nodiscard]] static SessionLength uniform(std::uint32_t low, std::uint32_t high);

    /// Geometric, of which `mean` is the mean: after each request the user leaves with the same
    /// probability. Requires: 1 <= mean <= `longest`. Cut off at a thousand times `longest`.
    [[nodiscard]] static SessionLength geometric(double mean);

    /// Reads "5", "uniform(1, 9)" or "geometric(5)".
    /// Errors: `BadRequest`, naming the text and what is allowed.
    [[nodiscard]] static Result<SessionLength> parse(std::string_view text);

    /// Draws a length.
    [[nodiscard]] std::uint32_t sample(CounterRandom& random) const;

    [[nodiscard]] double mean() const;

    static constexpr std::uint32_t longest = 1'000'000;

private:
    std::uint32_t low_ = 1;  // 0: geometric
    std::uint32_t high_ = 1;
    double mean_ = 1;
};

}  // namespace wavetank::sim
