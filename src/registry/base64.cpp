#include "registry/base64.hpp"

#include "registry/errors.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace wavetank::registry {
namespace {

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Reads four characters at a time.
class Base64Reader {
public:
    explicit Base64Reader(std::string_view text) : text_{text} {}

    /// Appends the next up to three bytes. Returns whether there may be more.
    bool read(std::string& bytes) {
        std::array<std::uint32_t, 4> digits{};
        std::size_t count = 0;
        bool last = false;
        while (count < digits.size() && !last) {
            if (at_ == text_.size()) {
                if (count > 0) {
                    wrong_at_ = at_ - count;
                }
                return false;
            }
            const char each = text_[at_++];
            const std::size_t digit = base64_alphabet.find(each);
            if (digit != std::string_view::npos) {
                digits.at(count++) = static_cast<std::uint32_t>(digit);
            } else if (each == '=') {
                if (!read_padding(count)) {
                    return false;
                }
                last = true;
            } else if (each != '\n' && each != '\r') {
                wrong_at_ = at_ - 1;
                return false;
            }
        }
        const std::uint32_t all =
            (digits[0] << 18U) | (digits[1] << 12U) | (digits[2] << 6U) | digits[3];
        for (std::size_t i = 0; i + 1 < count; ++i) {
            bytes += static_cast<char>(static_cast<std::uint8_t>(all >> (16U - 8U * i)));
        }
        return !last;
    }

    /// Where the text is wrong; nothing: nowhere yet.
    [[nodiscard]] std::optional<std::size_t> wrong_at() const {
        return wrong_at_;
    }

private:
    void skip_line_ends() {
        while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) {
            ++at_;
        }
    }

    // After the first `=`, which follows `count` digits.
    bool read_padding(std::size_t count) {
        if (count < 2) {
            wrong_at_ = at_ - 1;
            return false;
        }
        if (count == 2) {
            skip_line_ends();
            if (at_ == text_.size()) {
                wrong_at_ = at_;
                return false;
            }
            if (text_[at_] != '=') {
                wrong_at_ = at_ - 1;
                return false;
            }
            ++at_;
        }
        skip_line_ends();
        if (at_ < text_.size()) {
            wrong_at_ = at_;
            return false;
        }
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::optional<std::size_t> wrong_at_;
};

}  // namespace

Result<std::string> base64_decoded(std::string_view text) {
    std::string bytes;
    Base64Reader reader{text};
    while (reader.read(bytes)) {
    }
    if (const auto wrong = reader.wrong_at()) {
        return bad_request_error("illegal base64 data at input byte " + std::to_string(*wrong));
    }
    return bytes;
}

std::string base64_encoded(std::string_view bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t all = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            const std::uint8_t byte =
                i + k < bytes.size() ? static_cast<std::uint8_t>(bytes[i + k]) : 0;
            all = (all << 8U) | byte;
        }
        for (std::size_t k = 0; k < 4; ++k) {
            text += i + k <= bytes.size() ? base64_alphabet[(all >> (18U - 6U * k)) & 63U] : '=';
        }
    }
    return text;
}

}  // namespace wavetank::registry
