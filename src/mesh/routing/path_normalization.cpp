// What a connection manager does to a path, as Envoy's `PathUtil::canonicalPath` (Chromium's
// rules).

#include <wavetank/mesh/route_table.hpp>

#include <cctype>

namespace wavetank::mesh {
namespace {

int value_of_hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Letters, digits and these are never written as escapes.
bool is_unreserved(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' ||
           c == '~';
}

bool must_be_escaped(char c) {
    const auto code = static_cast<unsigned char>(c);
    return code <= 0x20 || code >= 0x7f || c == '"' || c == '<' || c == '>' || c == '`' ||
           c == '{' || c == '}' || c == '^';
}

std::string with_plain_escapes(std::string_view path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string made;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const char c = path[i];
        if (c == '%' && i + 2 < path.size()) {
            const int high = value_of_hex_digit(path[i + 1]);
            const int low = value_of_hex_digit(path[i + 2]);
            const char decoded = static_cast<char>(high * 16 + low);
            if (high >= 0 && low >= 0 && is_unreserved(decoded)) {
                made += decoded;
                i += 2;
                continue;
            }
        }
        if (c == '\\') {
            made += '/';
        } else if (must_be_escaped(c)) {
            const auto code = static_cast<unsigned char>(c);
            made += {'%', digits[code / 16], digits[code % 16]};
        } else {
            made += c;
        }
    }
    return made;
}

// Segments of one dot go, those of two take the one before with them; never above the root.
std::string without_dot_segments(std::string_view path) {
    std::string made;
    std::size_t start = 1;
    while (start <= path.size()) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        const std::string_view segment = path.substr(start, end - start);
        const bool is_last = end == path.size();
        if (segment == "..") {
            const std::size_t before = made.rfind('/');
            made.resize(before == std::string::npos ? 0 : before);
            made += is_last ? "/" : "";
        } else if (segment == ".") {
            made += is_last ? "/" : "";
        } else {
            made += '/';
            made += segment;
        }
        start = end + 1;
    }
    return made.empty() ? "/" : made;
}

std::string with_single_slashes(std::string_view path) {
    std::string made;
    for (const char c : path) {
        if (c != '/' || !made.ends_with('/')) {
            made += c;
        }
    }
    return made;
}

}  // namespace

std::optional<std::string> normalized_path(std::string_view path,
                                           const PathNormalization& options) {
    if (path.find('#') != std::string_view::npos) {
        return std::nullopt;
    }
    const std::size_t query = std::min(path.find('?'), path.size());
    std::string made{path.substr(0, query)};
    if (options.normalize_path && made.starts_with('/')) {
        made = without_dot_segments(with_plain_escapes(made));
    }
    if (options.merge_slashes) {
        made = with_single_slashes(made);
    }
    return made + std::string{path.substr(query)};
}

}  // namespace wavetank::mesh
