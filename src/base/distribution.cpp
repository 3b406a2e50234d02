#include <wavetank/base/assert.hpp>
#include <wavetank/base/distribution.hpp>
#include <wavetank/base/math.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace wavetank {
namespace {

constexpr std::array<std::pair<std::string_view, Distribution::Kind>, 4> kinds{{
    {"constant", Distribution::Kind::Constant},
    {"uniform", Distribution::Kind::Uniform},
    {"exponential", Distribution::Kind::Exponential},
    {"lognormal", Distribution::Kind::Lognormal},
}};

Duration rounded(double nanoseconds) {
    constexpr double limit = 0x1p62;
    const double whole = std::floor(nanoseconds + 0.5);
    return Duration{static_cast<Duration::rep>(whole < limit ? whole : limit)};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    while (!text.empty() && text.back() == ' ') {
        text.remove_suffix(1);
    }
    return text;
}

Error not_a_distribution(std::string_view text) {
    return {.reason = Reason::BadRequest,
            .message = "invalid distribution \"" + std::string{text} +
                       "\": must be a duration such as \"5ms\", or \"constant(5ms)\", "
                       "\"uniform(1ms, 3ms)\", \"exponential(5ms)\" or \"lognormal(5ms, 0.5)\""};
}

// A decimal number, read without the locale.
bool read_number(std::string_view text, double& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

Distribution::Distribution(Kind kind, Duration first, Duration second, double sigma)
    : kind_{kind}, first_{first}, second_{second}, sigma_{sigma} {
    WAVETANK_ASSERT(first >= Duration::zero());
    WAVETANK_ASSERT(kind != Kind::Uniform || first <= second);
    WAVETANK_ASSERT(sigma >= 0);
}

Distribution Distribution::constant(Duration value) {
    return {Kind::Constant, value, {}, 0};
}

Distribution Distribution::uniform(Duration low, Duration high) {
    return {Kind::Uniform, low, high, 0};
}

Distribution Distribution::exponential(Duration mean) {
    return {Kind::Exponential, mean, {}, 0};
}

Distribution Distribution::lognormal(Duration mean, double sigma) {
    return {Kind::Lognormal, mean, {}, sigma};
}

Result<Distribution> Distribution::parse(std::string_view text) {
    const std::string_view all = trimmed(text);
    const std::size_t open = all.find('(');
    if (open == std::string_view::npos) {
        const Result<Duration> value = parse_duration(all);
        if (!value || *value < Duration::zero()) {
            return not_a_distribution(text);
        }
        return constant(*value);
    }
    if (all.back() != ')') {
        return not_a_distribution(text);
    }
    const std::string_view inside = all.substr(open + 1, all.size() - open - 2);
    const std::size_t comma = inside.find(',');
    const bool two = comma != std::string_view::npos;
    const Result<Duration> first = parse_duration(trimmed(inside.substr(0, comma)));
    const std::string_view rest = two ? trimmed(inside.substr(comma + 1)) : std::string_view{};
    if (!first || *first < Duration::zero()) {
        return not_a_distribution(text);
    }
    for (const auto& [name, kind] : kinds) {
        if (name != trimmed(all.substr(0, open))) {
            continue;
        }
        if (kind == Kind::Uniform) {
            const Result<Duration> second = parse_duration(rest);
            if (second && *first <= *second) {
                return uniform(*first, *second);
            }
        } else if (kind == Kind::Lognormal) {
            double sigma = 0;
            if (read_number(rest, sigma) && sigma >= 0 && sigma <= 10) {
                return lognormal(*first, sigma);
            }
        } else if (!two) {
            return Distribution{kind, *first, {}, 0};
        }
    }
    return not_a_distribution(text);
}

template <class Generator>
Duration Distribution::sample_from(Generator& random) const {
    const auto scale = static_cast<double>(first_.count());
    switch (kind_) {
        case Kind::Constant:
            return first_;
        case Kind::Uniform:
            return first_ +
                   rounded(random.uniform() * static_cast<double>((second_ - first_).count()));
        case Kind::Exponential:
            return rounded(scale * random.exponential());
        case Kind::Lognormal:
            return rounded(scale * exp(sigma_ * random.normal() - 0.5 * sigma_ * sigma_));
    }
    return first_;
}

Duration Distribution::sample(Random& random) const {
    return sample_from(random);
}

Duration Distribution::sample(CounterRandom& random) const {
    return sample_from(random);
}

Duration Distribution::mean() const {
    return kind_ == Kind::Uniform ? first_ + (second_ - first_) / 2 : first_;
}

std::string to_string(const Distribution& distribution) {
    using Kind = Distribution::Kind;
    const std::string first = to_string(distribution.first_);
    switch (distribution.kind_) {
        case Kind::Constant:
            return first;
        case Kind::Uniform:
            return "uniform(" + first + ", " + to_string(distribution.second_) + ")";
        case Kind::Exponential:
            return "exponential(" + first + ")";
        case Kind::Lognormal: {
            std::array<char, 32> sigma{};
            const auto end =
                std::to_chars(sigma.data(), sigma.data() + sigma.size(), distribution.sigma_).ptr;
            return "lognormal(" + first + ", " + std::string(sigma.data(), end) + ")";
        }
    }
    return first;
}

}  // namespace wavetank
