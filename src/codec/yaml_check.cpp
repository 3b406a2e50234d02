#include "codec/utf8.hpp"
#include "codec/yaml_tree.hpp"

#include <algorithm>

namespace wavetank::codec {
namespace {

Error bad_text(std::string_view text, std::size_t offset, std::string message) {
    const std::string_view before = text.substr(0, offset);
    const std::size_t newline = before.rfind('\n');
    const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
    return {.reason = Reason::BadRequest,
            .message = "yaml: " + std::move(message),
            .where = {{},
                      static_cast<int>(std::ranges::count(before, '\n')) + 1,
                      static_cast<int>(offset - start) + 1}};
}

// YAML 1.1's printable characters.
bool is_printable(std::uint32_t code) {
    return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code < 0x7F) ||
           code == 0x85 || (code >= 0xA0 && code < 0xFFFE) || code >= 0x10000;
}

Result<> check_characters(std::string_view text) {
    std::size_t offset = 0;
    while (offset < text.size()) {
        const std::size_t length = utf8_length(text, offset);
        if (length == 0) {
            return bad_text(text, offset, "invalid UTF-8");
        }
        if (!is_printable(utf8_decode(text, offset))) {
            return bad_text(text, offset, "control characters are not allowed");
        }
        offset += length;
    }
    return {};
}

Result<> check_directives(std::string_view text) {
    std::size_t offset = 0;
    bool directives = false;
    while (offset < text.size()) {
        const std::size_t end = std::min(text.find('\n', offset), text.size());
        const std::string_view line = text.substr(offset, end - offset);
        if (line.starts_with('%') && !line.starts_with("%YAML ") && !line.starts_with("%TAG ")) {
            return bad_text(text, offset, "found unknown directive name");
        }
        if (line.starts_with("%YAML") && line.find(" 1.1") == std::string_view::npos) {
            return bad_text(text, offset, "found incompatible YAML document");
        }
        const bool before_content = line.empty() || line[0] == '%' || line[0] == '#';
        if (!before_content) {
            const std::size_t content = line.find_first_not_of(" \t");
            const std::size_t tab = line.find('\t');
            if (content == std::string_view::npos) {
                offset = end + 1;
                continue;
            }
            if (tab < content) {
                return bad_text(text, offset + tab, "found character that cannot start any token");
            }
            if (line.starts_with("...") &&
                line.find_first_not_of(" \t", 3) == std::string_view::npos) {
                return bad_text(text, offset, "did not find expected node content");
            }
            if (directives && !line.starts_with("---")) {
                return bad_text(text, offset, "did not find expected <document start>");
            }
            return {};
        }
        directives = directives || (!line.empty() && line[0] == '%');
        offset = end + 1;
    }
    if (directives) {
        return bad_text(text, text.size(), "did not find expected <document start>");
    }
    return {};
}

}  // namespace

Result<> check_yaml_text(std::string_view text) {
    if (auto checked = check_characters(text); !checked) {
        return checked;
    }
    return check_directives(text);
}

}  // namespace wavetank::codec
