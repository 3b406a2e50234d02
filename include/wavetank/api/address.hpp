#pragma once

/// \file
/// IP addresses, which every pod and every endpoint has, at the price of one word each.

#include <wavetank/api/short_list.hpp>
#include <wavetank/api/text.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace wavetank::api {

/// An address of eight bytes, or any other text that stands in its place: an IPv4 address in its
/// usual form is kept as a number and printed when it is asked for, all else as a `Text`.
class Address {
public:
    static constexpr bool odd_words_own_nothing = true;  ///< for lists of one

    Address() = default;
    template <TextLike From>
    Address(const From& from) : Address(std::string_view{from}, Exactly{}) {}
    Address(const Text& from) : Address(from.view(), Exactly{}) {}

    [[nodiscard]] bool empty() const {
        return text_.empty();
    }
    [[nodiscard]] std::string str() const;
    operator std::string() const {
        return str();
    }
    /// Returns the address as a number, its first byte highest; nothing if it is not an IPv4
    /// address in its usual form.
    [[nodiscard]] std::optional<std::uint32_t> ipv4() const;

    bool operator==(const Address&) const = default;
    template <TextLike Other>
    friend bool operator==(const Address& left, const Other& right) {
        return left == Address{right};
    }
    friend std::ostream& operator<<(std::ostream& out, const Address& address) {
        return out << address.str();
    }

private:
    // The address is the upper half; as the first byte of a short text, this would be too large.
    static constexpr std::uint64_t ipv4_tag = 0xff;
    struct Exactly {};

    Address(std::string_view text, Exactly /*tag*/);

    Text text_;
};

}  // namespace wavetank::api
