#include "codec/number.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace wavetank::codec {
namespace {

template <class T>
std::optional<T> read_whole(std::string_view text) {
    T value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

// Writes "1.25e+20" with zeros instead of an exponent: to_chars would print digits that the number
// does not have.
std::string padded(std::string text) {
    const std::size_t mark = text.find('e');
    std::size_t exponent = 0;
    std::from_chars(text.data() + mark + 2, text.data() + text.size(), exponent);
    text.resize(mark);
    const std::size_t point = text.find('.');
    const std::size_t fraction = point == std::string::npos ? 0 : text.size() - point - 1;
    if (point != std::string::npos) {
        text.erase(point, 1);
    }
    const std::size_t zeros = exponent > fraction ? exponent - fraction : 0;
    if (exponent < fraction) {
        text.insert(text.size() - (fraction - exponent), 1, '.');
    }
    return text.append(zeros, '0');
}

template <class Float>
std::string general(Float value) {
    std::array<char, 400> buffer{};
    const auto write = [&](std::chars_format format) {
        const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format);
        return std::string{buffer.data(), end.ptr};
    };
    std::string text = write(std::chars_format::scientific);
    int exponent = 0;
    const char* digits = text.data() + text.find('e') + 1;
    digits += *digits == '+' ? 1 : 0;
    std::from_chars(digits, text.data() + text.size(), exponent);
    const bool plain = value == 0 || (exponent >= -4 && exponent < 6);
    return plain ? write(std::chars_format::fixed) : text;
}

}  // namespace

std::string general_text(double value) {
    return general(value);
}

std::string general_text(float value) {
    return general(value);
}

std::optional<std::int64_t> integer_of(std::string_view literal) {
    return read_whole<std::int64_t>(literal);
}

boost::json::value number_value(std::string_view literal) {
    if (const auto whole = read_whole<std::int64_t>(literal)) {
        return *whole;
    }
    if (const auto whole = read_whole<std::uint64_t>(literal)) {
        return *whole;
    }
    double value = 0;
    const auto [end, failure] =
        std::from_chars(literal.data(), literal.data() + literal.size(), value);
    if (failure == std::errc::result_out_of_range) {
        const std::size_t exponent = literal.find_first_of("eE");
        const bool tiny = exponent != std::string_view::npos &&
                          literal.substr(exponent).find('-') != std::string_view::npos;
        value = tiny ? 0 : std::numeric_limits<double>::max();
        value = literal.starts_with('-') ? -value : value;
    }
    return value;
}

std::string double_text(double value) {
    if (!std::isfinite(value)) {
        return "null";
    }
    std::array<char, 400> buffer{};
    const double size = std::fabs(value);
    const bool plain = size == 0 || (size >= 1e-6 && size < 1e21);
    const bool whole = plain && size >= 1e15;
    const auto written =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                      plain && !whole ? std::chars_format::fixed : std::chars_format::scientific);
    std::string text{buffer.data(), written.ptr};
    if (whole) {
        return padded(text);
    }
    // Go drops the zero that C++ puts before a one-digit exponent: 1e-07 becomes 1e-7.
    const std::size_t exponent = text.find('e');
    if (!plain && text.size() == exponent + 4 && text[exponent + 1] == '-' &&
        text[exponent + 2] == '0') {
        text.erase(exponent + 2, 1);
    }
    return text;
}

}  // namespace wavetank::codec
