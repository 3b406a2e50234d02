#include "registry/ip.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

namespace wavetank::registry {
namespace {

/// Reads four numbers with dots between, as Go did before it refused leading zeros.
std::optional<std::uint32_t> parse_v4(std::string_view text) {
    std::uint32_t value = 0;
    for (int part = 0; part < 4; ++part) {
        if (part > 0) {
            if (text.empty() || text[0] != '.') {
                return {};
            }
            text.remove_prefix(1);
        }
        std::uint32_t number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        if (read.ec != std::errc{} || number > 255) {
            return {};
        }
        text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
        value = (value << 8U) | number;
    }
    return text.empty() ? std::optional{value} : std::nullopt;
}

/// Tells whether any bit after the first `length` of the address is set.
bool has_bits_beyond(const std::array<std::uint8_t, 16>& bytes, unsigned length) {
    for (unsigned bit = length; bit < 128; ++bit) {
        if ((bytes.at(bit / 8) & (0x80U >> (bit % 8))) != 0) {
            return true;
        }
    }
    return false;
}

std::optional<std::array<std::uint8_t, 16>> parse_bytes(std::string_view text) {
    std::array<std::uint8_t, 16> bytes{};
    if (is_v6(text)) {
        const std::string terminated{text};
        if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) != 1) {
            return {};
        }
        return bytes;
    }
    const auto value = parse_v4(text);
    if (!value) {
        return {};
    }
    bytes[10] = bytes[11] = 0xFF;
    for (unsigned i = 0; i < 4; ++i) {
        bytes.at(12 + i) = static_cast<std::uint8_t>(*value >> (24 - 8 * i));
    }
    return bytes;
}

/// A block of addresses: the bytes of its first one and the length of what they share.
struct Cidr {
    std::array<std::uint8_t, 16> bytes{};
    unsigned length = 0;  ///< in bits of the 128; those of version 4 begin at 96
};

std::optional<Cidr> parse_cidr(std::string_view text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const auto bytes = parse_bytes(text.substr(0, slash));
    const std::string_view suffix = text.substr(std::min(slash + 1, text.size()));
    unsigned length = 0;
    const auto read = std::from_chars(suffix.data(), suffix.data() + suffix.size(), length);
    if (!bytes || read.ec != std::errc{} || read.ptr != suffix.data() + suffix.size()) {
        return {};
    }
    return Cidr{*bytes, length + (is_v6(text) ? 0 : 96)};
}

/// Returns an IPv6 address as RFC 5952 has it; empty, if it is none.
std::string canonical_v6(const std::string& address) {
    std::array<std::uint8_t, 16> bytes{};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1 ||
        ::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size()) == nullptr) {
        return {};
    }
    return text.data();
}

}  // namespace

bool has_leading_zero(std::string_view v4) {
    for (std::size_t i = 0; i + 1 < v4.size(); ++i) {
        const bool starts = i == 0 || v4[i - 1] == '.';
        if (starts && v4[i] == '0' && v4[i + 1] != '.') {
            return true;
        }
    }
    return false;
}

bool Ip::v4() const {
    return std::all_of(bytes_.begin(), bytes_.begin() + 10, [](auto byte) { return byte == 0; }) &&
           bytes_[10] == 0xFF && bytes_[11] == 0xFF;
}

std::uint32_t Ip::v4_value() const {
    return (std::uint32_t{bytes_[12]} << 24U) | (std::uint32_t{bytes_[13]} << 16U) |
           (std::uint32_t{bytes_[14]} << 8U) | std::uint32_t{bytes_[15]};
}

bool Ip::unspecified() const {
    return v4() ? v4_value() == 0 : !has_bits_beyond(bytes_, 0);
}

bool Ip::loopback() const {
    return v4() ? bytes_[12] == 127
                : bytes_[15] == 1 && std::all_of(bytes_.begin(), bytes_.begin() + 15,
                                                 [](auto byte) { return byte == 0; });
}

bool Ip::link_local() const {
    return v4() ? bytes_[12] == 169 && bytes_[13] == 254
                : bytes_[0] == 0xFE && (bytes_[1] & 0xC0U) == 0x80U;
}

bool Ip::link_local_multicast() const {
    return v4() ? bytes_[12] == 224 && bytes_[13] == 0 && bytes_[14] == 0
                : bytes_[0] == 0xFF && (bytes_[1] & 0x0FU) == 2;
}

std::optional<Ip> parse_ip(std::string_view text) {
    const auto bytes = parse_bytes(text);
    return bytes ? std::optional{Ip{*bytes}} : std::nullopt;
}

FieldErrors validate_ip(std::string_view text, const Path& path) {
    const auto ip = parse_ip(text);
    if (!ip) {
        return {api::invalid_value(
            path, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")};
    }
    if (is_v6(text) && ip->v4()) {
        return {api::invalid_value(path, text, "must not be an IPv4-mapped IPv6 address")};
    }
    if (!is_v6(text) && has_leading_zero(text)) {
        return {api::invalid_value(path, text, "must not have leading 0s")};
    }
    return {};
}

FieldErrors validate_cidr(std::string_view text, const Path& path) {
    constexpr std::string_view malformed =
        "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) {
        return {api::invalid_value(path, text, malformed)};
    }
    const std::string_view address = text.substr(0, slash);
    const std::string_view suffix = text.substr(slash + 1);
    const auto bytes = parse_bytes(address);
    const bool v6 = is_v6(address);
    unsigned length = 0;
    const auto read = std::from_chars(suffix.data(), suffix.data() + suffix.size(), length);
    if (!bytes || suffix.empty() || read.ec != std::errc{} ||
        read.ptr != suffix.data() + suffix.size() || length > (v6 ? 128U : 32U)) {
        return {api::invalid_value(path, text, malformed)};
    }
    if ((!v6 && has_leading_zero(address)) || (suffix.size() > 1 && suffix[0] == '0')) {
        return {api::invalid_value(path, text, "must not have leading 0s in IP or prefix length")};
    }
    if (v6 && Ip{*bytes}.v4()) {
        return {api::invalid_value(path, text, "must not have an IPv4-mapped IPv6 address")};
    }
    if (has_bits_beyond(*bytes, v6 ? length : length + 96)) {
        return {api::invalid_value(path, text, "must not have bits set beyond the prefix length")};
    }
    return {};
}

FieldErrors validate_endpoint_ip(std::string_view text, const Path& path) {
    FieldErrors errors;
    const auto ip = parse_ip(text);
    if (!ip) {
        return {api::invalid_value(path, text, "must be a valid IP address")};
    }
    if (ip->unspecified()) {
        errors.push_back(
            api::invalid_value(path, text, "may not be unspecified (" + std::string{text} + ")"));
    }
    if (ip->loopback()) {
        errors.push_back(api::invalid_value(
            path, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
    }
    if (ip->link_local()) {
        errors.push_back(api::invalid_value(
            path, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"));
    }
    if (ip->link_local_multicast()) {
        errors.push_back(api::invalid_value(
            path, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"));
    }
    return errors;
}

void append_ip_warnings(std::vector<std::string>& warnings, const Path& path,
                        const std::string& address) {
    if (!is_v6(address)) {
        return;
    }
    if (const std::string canonical = canonical_v6(address); canonical != address) {
        warnings.push_back(path.text() + ": IPv6 address " + api::quoted(address) +
                           " should be in RFC 5952 canonical format (" + api::quoted(canonical) +
                           ")");
    }
}

void append_cidr_warnings(std::vector<std::string>& warnings, const Path& path,
                          const std::string& block) {
    const std::size_t slash = block.find('/');
    if (!is_v6(block) || slash == std::string::npos) {
        return;
    }
    const std::string canonical = canonical_v6(block.substr(0, slash)) + block.substr(slash);
    if (canonical != block) {
        warnings.push_back(path.text() + ": IPv6 CIDR value " + api::quoted(block) +
                           " should be in RFC 5952 canonical format (" + api::quoted(canonical) +
                           ")");
    }
}

bool is_strict_subset(std::string_view inner, std::string_view outer) {
    const auto small = parse_cidr(inner);
    const auto large = parse_cidr(outer);
    if (!small || !large || is_v6(inner) != is_v6(outer) || large->length >= small->length) {
        return false;
    }
    for (unsigned bit = 0; bit < large->length; ++bit) {
        const std::uint8_t mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        if (((small->bytes.at(bit / 8) ^ large->bytes.at(bit / 8)) & mask) != 0) {
            return false;
        }
    }
    return true;
}

}  // namespace wavetank::registry
