#include "codec/time_text.hpp"

#include <wavetank/base/ascii.hpp>

#include <algorithm>
#include <chrono>

namespace wavetank::codec {
namespace {

/// Quotes as Go's package `time` does, which knows no characters but bytes.
std::string quoted_bytes(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte >= 0x80) {
            result += "\\x";
            result += digits[byte >> 4U];
            result += digits[byte & 0xFU];
            continue;
        }
        if (c == '"' || c == '\\') {
            result += '\\';
        }
        result += c;
    }
    return result + '"';
}

/// Reads a time element by element, as Go's layouts do, and keeps the first complaint.
class TimeReader {
public:
    TimeReader(std::string_view text, TimeForm form) : text_{text}, rest_{text}, form_{form} {}

    [[nodiscard]] std::optional<std::string> problem() {
        number("2006", 4, 0, 9999, "");
        const int year = last_;
        literal("-");
        number("01", 2, 1, 12, "month");
        const int month = last_;
        literal("-");
        number("02", 2, 0, 99, "");
        const int day = last_;
        literal("T");
        number("15", !rest_.empty() && rest_.size() > 1 && is_digit(rest_[1]) ? 2 : 1, 0, 23,
               "hour");
        literal(":");
        number("04", 2, 0, 59, "minute");
        literal(":");
        number("05", 2, 0, 59, "second");
        fraction();
        zone();
        if (!problem_ && !rest_.empty()) {
            complain(": extra text: " + quoted_bytes(rest_));
        }
        check_day(year, month, day);
        return problem_;
    }

private:
    void complain(const std::string& what) {
        if (!problem_) {
            problem_ = "parsing time " + quoted_bytes(text_) + what;
        }
    }

    void mismatch(std::string_view rest, std::string_view element) {
        const std::string_view layout = form_ == TimeForm::Seconds
                                            ? "2006-01-02T15:04:05Z07:00"
                                            : "2006-01-02T15:04:05.000000Z07:00";
        complain(" as " + quoted_bytes(layout) + ": cannot parse " + quoted_bytes(rest) + " as " +
                 quoted_bytes(element));
    }

    void literal(std::string_view expected) {
        if (!rest_.starts_with(expected)) {
            mismatch(rest_, expected);
            return;
        }
        rest_.remove_prefix(expected.size());
    }

    void number(std::string_view element, std::size_t width, int low, int high,
                const std::string& name) {
        const std::string_view digits = rest_.substr(0, width);
        if (digits.size() < width || !std::all_of(digits.begin(), digits.end(), is_digit)) {
            mismatch(rest_, element);
            return;
        }
        last_ = 0;
        for (const char digit : digits) {
            last_ = last_ * 10 + (digit - '0');
        }
        rest_.remove_prefix(width);
        if (last_ < low || last_ > high) {
            complain(": " + name + " out of range");
        }
    }

    void fraction() {
        constexpr std::size_t micro_width = 7;
        const auto starts = !rest_.empty() && (rest_[0] == '.' || rest_[0] == ',');
        std::size_t width = 1;
        while (starts && width < rest_.size() && is_digit(rest_[width])) {
            ++width;
        }
        if (form_ == TimeForm::Microseconds) {
            if (width < micro_width) {
                mismatch(rest_, ".000000");
                return;
            }
            width = micro_width;
        }
        if (starts && width > 1) {
            rest_.remove_prefix(width);
        }
    }

    void zone() {
        if (rest_.starts_with('Z')) {
            rest_.remove_prefix(1);
            return;
        }
        constexpr std::size_t offset_width = 6;
        const std::string_view offset = rest_.substr(0, offset_width);
        const auto digit_at = [&](std::size_t at) { return is_digit(offset[at]); };
        const bool good = offset.size() == offset_width && (offset[0] == '+' || offset[0] == '-') &&
                          offset[3] == ':' && digit_at(1) && digit_at(2) && digit_at(4) &&
                          digit_at(5);
        if (!good) {
            mismatch(rest_, "Z07:00");
            return;
        }
        rest_.remove_prefix(offset_width);
    }

    void check_day(int year, int month, int day) {
        if (problem_) {
            return;
        }
        const std::chrono::year_month_day date{std::chrono::year{year},
                                               std::chrono::month{static_cast<unsigned>(month)},
                                               std::chrono::day{static_cast<unsigned>(day)}};
        if (!date.ok()) {
            complain(": day out of range");
        }
    }

    std::string_view text_;
    std::string_view rest_;
    TimeForm form_;
    int last_ = 0;
    std::optional<std::string> problem_;
};

}  // namespace

std::optional<std::string> time_problem(std::string_view text, TimeForm form) {
    return TimeReader{text, form}.problem();
}

}  // namespace wavetank::codec
