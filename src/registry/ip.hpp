#pragma once

/// \file
/// Is this text an IP address or a CIDR block, and of which kind?

#include "registry/field_error.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wavetank::registry {

/// An IP address; one of version 4 is kept as IPv6 has it (::ffff:a.b.c.d).
class Ip {
public:
    explicit Ip(const std::array<std::uint8_t, 16>& bytes) : bytes_{bytes} {}

    /// Tells whether it is an IPv4 address, however it was written.
    [[nodiscard]] bool v4() const;
    /// Returns the IPv4 address as a number. Requires: `v4()`.
    [[nodiscard]] std::uint32_t v4_value() const;
    [[nodiscard]] bool unspecified() const;
    [[nodiscard]] bool loopback() const;
    [[nodiscard]] bool link_local() const;
    [[nodiscard]] bool link_local_multicast() const;

    bool operator==(const Ip&) const = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
};

/// Reads "10.9.8.7" or "2001:db8::ffff".
[[nodiscard]] std::optional<Ip> parse_ip(std::string_view text);

/// Tells whether an address or block, if it is one, is written as version 6.
[[nodiscard]] constexpr bool is_v6(std::string_view text) {
    return text.find(':') != std::string_view::npos;
}

/// Tells whether a number of a dotted IPv4 address has a zero before it.
[[nodiscard]] bool has_leading_zero(std::string_view v4);

/// Reports a text that is no IP address (upstream's `IsValidIPForLegacyField`).
[[nodiscard]] FieldErrors validate_ip(std::string_view text, const Path& path);

/// Reports a text that is no CIDR block.
[[nodiscard]] FieldErrors validate_cidr(std::string_view text, const Path& path);

/// Reports an address that no endpoint can have (upstream's `ValidateEndpointIP`).
[[nodiscard]] FieldErrors validate_endpoint_ip(std::string_view text, const Path& path);

/// Advises against an IPv6 address that is not written as RFC 5952 has it. Requires: a valid one.
void append_ip_warnings(std::vector<std::string>& warnings, const Path& path,
                        const std::string& address);

/// The same for a block.
void append_cidr_warnings(std::vector<std::string>& warnings, const Path& path,
                          const std::string& block);

/// Tells whether `inner` is a smaller block within `outer`. Requires: both are valid.
[[nodiscard]] bool is_strict_subset(std::string_view inner, std::string_view outer);

}  // namespace wavetank::registry
