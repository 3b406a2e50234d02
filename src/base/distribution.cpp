#include <wavetank/base/assert.hpp>
#include <wavetank/base/distribution.hpp>
#include <wavetank/base/math.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace wavetank {
namespace {

constexpr std::array<std::pair<std::string_view, Distribution::Kind>, 6> kinds{{
    {"constant", Distribution::Kind::Constant},
    {"uniform", Distribution::Kind::Uniform},
    {"exponential", Distribution::Kind::Exponential},
    {"lognormal", Distribution::Kind::Lognormal},
    {"pareto", Distribution::Kind::Pareto},
    {"gamma", Distribution::Kind::Gamma},
}};
constexpr double sigma_max = 10;
constexpr int shape_max = 100;

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
                       "\"uniform(1ms, 3ms)\", \"exponential(5ms)\", \"lognormal(5ms, 0.5)\", "
                       "\"pareto(5ms, 2.5)\", \"gamma(5ms, 2)\", \"empirical(0 1ms, 0.99 5ms, 1 "
                       "80ms)\" or \"mixture(9 1ms, 1 exponential(20ms))\""};
}

// A decimal number, read without the locale.
bool read_number(std::string_view text, double& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

std::string number_text(double number) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    return {text.data(), end};
}

// Splits at the commas that are in no brackets.
std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> items;
    int depth = 0;
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
        if (text[i] == ',' && depth == 0) {
            items.push_back(trimmed(text.substr(start, i - start)));
            start = i + 1;
        }
    }
    items.push_back(trimmed(text.substr(start)));
    return items;
}

bool is_curve(const std::vector<Distribution::Point>& points) {
    for (std::size_t i = 1; i < points.size(); ++i) {
        if (points[i].part < points[i - 1].part || points[i].value < points[i - 1].value) {
            return false;
        }
    }
    return points.size() > 1 && points.front().part == 0 && points.back().part == 1;
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

Distribution Distribution::pareto(Duration mean, double shape) {
    WAVETANK_ASSERT(shape > 1);
    return {Kind::Pareto, mean, {}, shape};
}

Distribution Distribution::gamma(Duration mean, int shape) {
    WAVETANK_ASSERT(shape >= 1 && shape <= shape_max);
    return {Kind::Gamma, mean, {}, static_cast<double>(shape)};
}

Distribution Distribution::empirical(std::vector<Point> points) {
    WAVETANK_ASSERT(is_curve(points));
    Distribution made{Kind::Empirical, {}, {}, 0};
    made.points_ = std::make_shared<const std::vector<Point>>(std::move(points));
    return made;
}

Distribution Distribution::mixture(std::vector<Part> parts) {
    WAVETANK_ASSERT(!parts.empty());
    double weights = 0;
    for (const Part& part : parts) {
        WAVETANK_ASSERT(part.weight > 0);
        weights += part.weight;
    }
    Distribution made{Kind::Mixture, {}, {}, weights};
    made.parts_ = std::make_shared<const std::vector<Part>>(std::move(parts));
    return made;
}

// The items are a number and what it belongs to.
Result<Distribution> Distribution::parse_list(std::string_view name, std::string_view inside) {
    std::vector<Point> points;
    std::vector<Part> parts;
    for (const std::string_view item : split(inside)) {
        const std::size_t space = std::min(item.find(' '), item.size());
        double number = 0;
        if (!read_number(item.substr(0, space), number) || number < 0) {
            return not_a_distribution(item);
        }
        const std::string_view rest = trimmed(item.substr(space));
        if (name == "empirical") {
            const Result<Duration> value = parse_duration(rest);
            if (!value || *value < Duration::zero()) {
                return not_a_distribution(item);
            }
            points.push_back({.part = number, .value = *value});
        } else {
            Result<Distribution> part = parse(rest);
            if (!part) {
                return part;
            }
            if (number == 0) {
                return not_a_distribution(item);
            }
            parts.push_back({.weight = number, .distribution = std::move(*part)});
        }
    }
    if (name == "empirical") {
        return is_curve(points) ? Result<Distribution>{empirical(std::move(points))}
                                : not_a_distribution(inside);
    }
    return mixture(std::move(parts));
}

Result<Distribution> Distribution::parse(std::string_view text) {
    constexpr std::ptrdiff_t brackets_max =
        64;  // a mixture of mixtures is one thing, a flood another
    const std::string_view all = trimmed(text);
    const std::size_t open = all.find('(');
    if (std::ranges::count(all, '(') > brackets_max) {
        return not_a_distribution("a text with too many brackets");
    }
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
    const std::string_view name = trimmed(all.substr(0, open));
    if (name == "empirical" || name == "mixture") {
        return parse_list(name, inside);
    }
    const std::size_t comma = inside.find(',');
    const bool two = comma != std::string_view::npos;
    const Result<Duration> first = parse_duration(trimmed(inside.substr(0, comma)));
    const std::string_view rest = two ? trimmed(inside.substr(comma + 1)) : std::string_view{};
    if (!first || *first < Duration::zero()) {
        return not_a_distribution(text);
    }
    for (const auto& [known, kind] : kinds) {
        if (known != name) {
            continue;
        }
        if (kind == Kind::Uniform) {
            const Result<Duration> second = parse_duration(rest);
            if (second && *first <= *second) {
                return uniform(*first, *second);
            }
        } else if (kind == Kind::Lognormal) {
            double sigma = 0;
            if (read_number(rest, sigma) && sigma >= 0 && sigma <= sigma_max) {
                return lognormal(*first, sigma);
            }
        } else if (kind == Kind::Pareto) {
            double shape = 0;
            if (read_number(rest, shape) && shape > 1 && shape < 1e6) {
                return pareto(*first, shape);
            }
        } else if (kind == Kind::Gamma) {
            double shape = 0;
            if (read_number(rest, shape) && shape >= 1 && shape <= shape_max &&
                shape == std::floor(shape)) {
                return gamma(*first, static_cast<int>(shape));
            }
        } else if (!two) {
            return Distribution{kind, *first, {}, 0};
        }
    }
    return not_a_distribution(text);
}

template <class Generator>
Duration Distribution::sample_other(Generator& random) const {
    const auto scale = static_cast<double>(first_.count());
    switch (kind_) {
        case Kind::Constant:
        case Kind::Exponential:
            break;
        case Kind::Uniform:
            return first_ +
                   rounded(random.uniform() * static_cast<double>((second_ - first_).count()));
        case Kind::Lognormal:
            return rounded(scale * exp(sigma_ * random.normal() - 0.5 * sigma_ * sigma_));
        case Kind::Pareto:
            return rounded(scale * (sigma_ - 1) / sigma_ * exp(random.exponential() / sigma_));
        case Kind::Gamma: {
            double sum = 0;
            for (double i = 0; i < sigma_; ++i) {
                sum += random.exponential();
            }
            return rounded(scale * sum / sigma_);
        }
        case Kind::Empirical: {
            const double part = random.uniform();
            std::size_t next = 1;
            while ((*points_)[next].part <= part) {
                ++next;
            }
            const Point& low = (*points_)[next - 1];
            const Point& high = (*points_)[next];
            return low.value + rounded(static_cast<double>((high.value - low.value).count()) *
                                       (part - low.part) / (high.part - low.part));
        }
        case Kind::Mixture: {
            double left = random.uniform() * sigma_;
            std::size_t chosen = 0;
            while (chosen + 1 < parts_->size() && left >= (*parts_)[chosen].weight) {
                left -= (*parts_)[chosen++].weight;
            }
            return (*parts_)[chosen].distribution.sample(random);
        }
    }
    return first_;
}

template Duration Distribution::sample_other(Random& random) const;
template Duration Distribution::sample_other(CounterRandom& random) const;

void Distribution::sample_each(CounterRandoms& randoms,
                               std::array<Duration, draws_at_once>& samples) const {
    if (kind_ == Kind::Exponential) {
        ManyValues values{};
        randoms.exponential(values);
        for (std::size_t i = 0; i < draws_at_once; ++i) {
            samples[i] = rounded(static_cast<double>(first_.count()) * values[i]);
        }
        return;
    }
    for (std::size_t i = 0; i < draws_at_once; ++i) {
        CounterRandom random = randoms.at(i);
        samples[i] = sample(random);
        randoms.set(i, random);
    }
}

Duration Distribution::mean() const {
    double sum = 0;
    switch (kind_) {
        case Kind::Uniform:
            return first_ + (second_ - first_) / 2;
        case Kind::Empirical:
            for (std::size_t i = 1; i < points_->size(); ++i) {
                const Point& low = (*points_)[i - 1];
                const Point& high = (*points_)[i];
                sum += (high.part - low.part) * (static_cast<double>(low.value.count()) / 2 +
                                                 static_cast<double>(high.value.count()) / 2);
            }
            return rounded(sum);
        case Kind::Mixture:
            for (const Part& part : *parts_) {
                sum += part.weight / sigma_ * static_cast<double>(part.distribution.mean().count());
            }
            return rounded(sum);
        default:
            return first_;
    }
}

bool operator==(const Distribution& left, const Distribution& right) {
    const auto same = [](const auto& one, const auto& other) {
        return one == other || (one != nullptr && other != nullptr && *one == *other);
    };
    return left.kind_ == right.kind_ && left.first_ == right.first_ &&
           left.second_ == right.second_ && left.sigma_ == right.sigma_ &&
           same(left.points_, right.points_) && same(left.parts_, right.parts_);
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
        case Kind::Lognormal:
            return "lognormal(" + first + ", " + number_text(distribution.sigma_) + ")";
        case Kind::Pareto:
            return "pareto(" + first + ", " + number_text(distribution.sigma_) + ")";
        case Kind::Gamma:
            return "gamma(" + first + ", " + number_text(distribution.sigma_) + ")";
        case Kind::Empirical: {
            std::string text;
            for (const auto& point : *distribution.points_) {
                text += (text.empty() ? "empirical(" : ", ") + number_text(point.part) + " " +
                        to_string(point.value);
            }
            return text + ")";
        }
        case Kind::Mixture: {
            std::string text;
            for (const auto& part : *distribution.parts_) {
                text += (text.empty() ? "mixture(" : ", ") + number_text(part.weight) + " " +
                        to_string(part.distribution);
            }
            return text + ")";
        }
    }
    return first;
}

}  // namespace wavetank
