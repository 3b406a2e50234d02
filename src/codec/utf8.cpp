#include "codec/utf8.hpp"

namespace wavetank::codec {
namespace {

std::uint32_t byte_at(std::string_view text, std::size_t offset) {
    return static_cast<unsigned char>(text[offset]);
}

// The least code point that needs a sequence of that length; shorter ones are overlong.
constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
constexpr std::uint32_t code_point_max = 0x10FFFF;

bool is_surrogate(std::uint32_t code_point) {
    return code_point >= 0xD800 && code_point <= 0xDFFF;
}

std::size_t announced_length(std::uint32_t lead) {
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xC2 && lead < 0xE0) {
        return 2;
    }
    if (lead >= 0xE0 && lead < 0xF0) {
        return 3;
    }
    return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

std::uint32_t decode(std::string_view text, std::size_t offset, std::size_t length) {
    if (length == 1) {
        return byte_at(text, offset);
    }
    std::uint32_t code_point = byte_at(text, offset) & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        code_point = (code_point << 6) | (byte_at(text, offset + i) & 0x3Fu);
    }
    return code_point;
}

}  // namespace

std::size_t utf8_length(std::string_view text, std::size_t offset) {
    const std::size_t length = announced_length(byte_at(text, offset));
    if (length <= 1) {
        return length;
    }
    if (offset + length > text.size()) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte_at(text, offset + i) & 0xC0u) != 0x80u) {
            return 0;
        }
    }
    const std::uint32_t code_point = decode(text, offset, length);
    const bool valid =
        code_point >= least[length] && code_point <= code_point_max && !is_surrogate(code_point);
    return valid ? length : 0;
}

std::size_t utf8_error(std::string_view text) {
    std::size_t offset = 0;
    while (offset < text.size()) {
        const std::size_t length = utf8_length(text, offset);
        if (length == 0) {
            return offset;
        }
        offset += length;
    }
    return std::string_view::npos;
}

std::uint32_t utf8_decode(std::string_view text, std::size_t offset) {
    return decode(text, offset, announced_length(byte_at(text, offset)));
}

void utf8_append(std::string& text, std::uint32_t code_point) {
    if (code_point > code_point_max || is_surrogate(code_point)) {
        code_point = 0xFFFD;
    }
    if (code_point < 0x80) {
        text += static_cast<char>(code_point);
        return;
    }
    const int following = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
    constexpr std::uint32_t leads[] = {0, 0xC0, 0xE0, 0xF0};
    text += static_cast<char>(leads[following] | (code_point >> (6 * following)));
    for (int i = following - 1; i >= 0; --i) {
        text += static_cast<char>(0x80u | ((code_point >> (6 * i)) & 0x3Fu));
    }
}

}  // namespace wavetank::codec
