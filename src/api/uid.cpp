#include <wavetank/api/uid.hpp>

#include <array>
#include <optional>
#include <utility>

namespace wavetank::api {
namespace {

constexpr std::size_t uuid_size = 36;
constexpr std::uint64_t variant = std::uint64_t{1} << 63U;  // the two bits 10
constexpr std::uint64_t variant_bits = std::uint64_t{3} << 62U;
constexpr std::uint64_t version = 0x4000;
constexpr std::uint64_t version_bits = 0xf000;

constexpr bool is_dash(std::size_t at) {
    return at == 8 || at == 13 || at == 18 || at == 23;
}

std::array<char, uuid_size> print_uuid(std::uint64_t high, std::uint64_t low) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<char, uuid_size> text{};
    unsigned digit = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_dash(at)) {
            text[at] = '-';
            continue;
        }
        const std::uint64_t half = digit < 16 ? high : low;
        text[at] = digits[(half >> (60 - 4 * (digit % 16))) & 0xfU];
        ++digit;
    }
    return text;
}

/// Returns the halves of a UUID of version 4 in lower-case letters; nothing for all else.
std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_uuid(std::string_view text) {
    if (text.size() != uuid_size) {
        return std::nullopt;
    }
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char letter = text[at];
        if (is_dash(at)) {
            if (letter != '-') {
                return std::nullopt;
            }
            continue;
        }
        const bool is_digit = letter >= '0' && letter <= '9';
        if (!is_digit && !(letter >= 'a' && letter <= 'f')) {
            return std::nullopt;
        }
        auto& half = at < uuid_size / 2 ? high : low;
        half = half << 4U | static_cast<std::uint64_t>(is_digit ? letter - '0' : letter - 'a' + 10);
    }
    if ((high & version_bits) != version || (low & variant_bits) != variant) {
        return std::nullopt;
    }
    return std::pair{high, low};
}

}  // namespace

Uid Uid::random(std::uint64_t high, std::uint64_t low) {
    Uid made;
    made.high_ = (high & ~version_bits) | version;
    made.low_ = Text{Text::Word{low << 2U | 1U}};
    return made;
}

Uid::Uid(std::string_view text, Exactly /*tag*/) {
    if (const auto uuid = parse_uuid(text)) {
        *this = random(uuid->first, uuid->second);
    } else {
        low_ = text;
    }
}

std::string Uid::str() const {
    if (high_ == 0) {
        return low_.str();
    }
    const auto text = print_uuid(high_, low_.bits_ >> 2U | variant);
    return {text.begin(), text.end()};
}

bool Uid::reads(std::string_view text) const {
    if (high_ == 0) {
        return low_.view() == text;
    }
    const auto uuid = parse_uuid(text);
    return uuid && uuid->first == high_ && (uuid->second << 2U | 1U) == low_.bits_;
}

std::strong_ordering Uid::operator<=>(const Uid& other) const {
    if (high_ == 0 || other.high_ == 0) {
        return str() <=> other.str();
    }
    const auto first = high_ <=> other.high_;
    return first != 0 ? first : low_.bits_ <=> other.low_.bits_;
}

std::size_t Uid::hash() const {
    return high_ == 0 ? std::hash<Text>{}(low_) : high_ ^ low_.bits_ * 0x9e3779b97f4a7c15U;
}

}  // namespace wavetank::api
