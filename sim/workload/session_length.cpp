#include <wavetank/sim/session_length.hpp>

#include <wavetank/base/ascii.hpp>
#include <wavetank/base/assert.hpp>
#include <wavetank/base/math.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace wavetank::sim {
namespace {

// Reads a number and nothing else, from 1 to the longest.
template <class Number>
std::optional<Number> length_in(std::string_view text) {
    text = trimmed(text);
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_number = error == std::errc{} && end == text.data() + text.size();
    if (!is_number || !(value >= 1 && value <= SessionLength::longest)) {
        return std::nullopt;
    }
    return value;
}

// Returns what stands between the brackets of a function of that name.
std::optional<std::string_view> inside(std::string_view text, std::string_view name) {
    if (!text.starts_with(name) || !text.ends_with(')')) {
        return std::nullopt;
    }
    text.remove_prefix(name.size());
    text = trimmed(text);
    if (!text.starts_with('(')) {
        return std::nullopt;
    }
    return text.substr(1, text.size() - 2);
}

}  // namespace

SessionLength SessionLength::uniform(std::uint32_t low, std::uint32_t high) {
    WAVETANK_ASSERT(low >= 1);
    WAVETANK_ASSERT(low <= high);
    WAVETANK_ASSERT(high <= longest);
    SessionLength length;
    length.low_ = low;
    length.high_ = high;
    length.mean_ = (static_cast<double>(low) + high) / 2;
    return length;
}

SessionLength SessionLength::geometric(double mean) {
    WAVETANK_ASSERT(mean >= 1);
    WAVETANK_ASSERT(mean <= longest);
    SessionLength length;
    length.low_ = 0;
    length.mean_ = mean;
    return length;
}

Result<SessionLength> SessionLength::parse(std::string_view text) {
    const std::string_view given = trimmed(text);
    if (const auto fixed = length_in<std::uint32_t>(given)) {
        return uniform(*fixed, *fixed);
    }
    if (const auto mean = inside(given, "geometric")) {
        if (const auto number = length_in<double>(*mean)) {
            return geometric(*number);
        }
    }
    if (const auto range = inside(given, "uniform")) {
        const auto comma = std::min(range->find(','), range->size());
        const auto low = length_in<std::uint32_t>(range->substr(0, comma));
        const auto high =
            length_in<std::uint32_t>(range->substr(std::min(comma + 1, range->size())));
        if (low && high && *low <= *high) {
            return uniform(*low, *high);
        }
    }
    return Error{.reason = Reason::BadRequest,
                 .message = "Invalid value: \"" + std::string{text} +
                            "\": must be a number of requests from 1 to 1000000, uniform(LOW, "
                            "HIGH) or geometric(MEAN)"};
}

std::uint32_t SessionLength::sample(CounterRandom& random) const {
    if (low_ == high_) {
        return low_;
    }
    if (low_ > 0) {
        return low_ + static_cast<std::uint32_t>(random.below(high_ - low_ + 1));
    }
    if (mean_ <= 1) {
        return 1;
    }
    // An exponential time of rate -log(1 - 1/mean), rounded up, is geometric.
    const double rate = -wavetank::log(1 - 1 / mean_);
    return 1 + static_cast<std::uint32_t>(std::min(random.exponential() / rate, 1000.0 * longest));
}

double SessionLength::mean() const {
    return mean_;
}

}  // namespace wavetank::sim
