#pragma once

/// \file
/// What names an object for all time, in sixteen bytes.

#include <wavetank/api/text.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>

namespace wavetank::api {

/// The UID of an object: a random UUID in its usual form is kept as a number and printed when it
/// is asked for; any other text that stands in its place, as a `Text`.
class Uid {
public:
    Uid() = default;
    template <TextLike From>
    Uid(const From& from) : Uid(std::string_view{from}, Exactly{}) {}
    Uid(const Text& from) : Uid(from.view(), Exactly{}) {}
    // Moving would gain nothing.
    Uid(const Uid&) = default;
    Uid& operator=(const Uid&) = default;
    ~Uid() = default;

    /// Makes a random UUID (RFC 9562, version 4) from 122 of these bits.
    [[nodiscard]] static Uid random(std::uint64_t high, std::uint64_t low);

    [[nodiscard]] bool empty() const {
        return high_ == 0 && low_.empty();
    }
    [[nodiscard]] std::string str() const;
    operator std::string() const {
        return str();
    }
    void clear() {
        *this = Uid{};
    }

    bool operator==(const Uid&) const = default;
    /// Orders them as their texts.
    std::strong_ordering operator<=>(const Uid& other) const;
    template <TextLike Other>
    friend bool operator==(const Uid& left, const Other& right) {
        return left.reads(std::string_view{right});
    }
    friend std::ostream& operator<<(std::ostream& out, const Uid& uid) {
        return out << uid.str();
    }

private:
    friend struct std::hash<Uid>;
    struct Exactly {};

    Uid(std::string_view text, Exactly /*tag*/);
    [[nodiscard]] bool reads(std::string_view text) const;
    [[nodiscard]] std::size_t hash() const;

    // 1. Of a UUID, `high_` has the first half, which is not 0 for the version in it, and `low_`
    //    an odd word: the second half without its two bits of variant, above 01.
    // 2. All else is in `low_`, and `high_` is 0.
    std::uint64_t high_ = 0;
    Text low_;
};

}  // namespace wavetank::api

// What a `Uid` and a `std::string` are compared as in algorithms.
template <template <class> class UidQualifier, template <class> class StringQualifier>
struct std::basic_common_reference<wavetank::api::Uid, std::string, UidQualifier, StringQualifier> {
    using type = std::string;
};
template <template <class> class StringQualifier, template <class> class UidQualifier>
struct std::basic_common_reference<std::string, wavetank::api::Uid, StringQualifier, UidQualifier> {
    using type = std::string;
};
template <>
struct std::hash<wavetank::api::Uid> {
    std::size_t operator()(const wavetank::api::Uid& uid) const noexcept {
        return uid.hash();
    }
};
