#include <wavetank/api/address.hpp>

#include <charconv>
#include <cstddef>

namespace wavetank::api {
namespace {

/// Reads four numbers up to 255, none with a zero in front, with points between them.
std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
    std::uint32_t address = 0;
    std::size_t at = 0;
    for (int byte = 0; byte < 4; ++byte) {
        if (byte > 0 && (at == text.size() || text[at++] != '.')) {
            return std::nullopt;
        }
        const std::size_t begin = at;
        std::uint32_t value = 0;
        while (at < text.size() && at - begin < 3 && text[at] >= '0' && text[at] <= '9') {
            value = value * 10 + static_cast<std::uint32_t>(text[at++] - '0');
        }
        if (at == begin || value > 255 || (text[begin] == '0' && at - begin > 1)) {
            return std::nullopt;
        }
        address = address << 8U | value;
    }
    return at == text.size() ? std::optional{address} : std::nullopt;
}

}  // namespace

Address::Address(std::string_view text, Exactly /*tag*/) {
    if (const auto ipv4 = parse_ipv4(text)) {
        text_ = Text{Text::Word{std::uint64_t{*ipv4} << 32U | ipv4_tag}};
    } else {
        text_ = text;
    }
}

std::optional<std::uint32_t> Address::ipv4() const {
    if ((text_.bits_ & 0xffU) != ipv4_tag) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(text_.bits_ >> 32U);
}

std::string Address::str() const {
    const auto number = ipv4();
    if (!number) {
        return text_.str();
    }
    char printed[15];
    char* at = printed;
    for (unsigned shift = 32; shift > 0; shift -= 8) {
        if (shift < 32) {
            *at++ = '.';
        }
        at = std::to_chars(at, std::end(printed), (*number >> (shift - 8)) & 0xffU).ptr;
    }
    return {printed, at};
}

}  // namespace wavetank::api
