#include "registry/pod/image_name.hpp"

#include <wavetank/base/ascii.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace wavetank::registry {
namespace {

constexpr std::size_t name_length_max = 255;
constexpr std::size_t tag_length_max = 128;
constexpr std::size_t digest_hex_length_min = 32;

bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

bool has_upper(std::string_view text) {
    return std::any_of(text.begin(), text.end(), is_upper);
}

// A component of a domain: letters, digits and inner dashes.
bool is_domain_component(std::string_view text) {
    return !text.empty() && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_domain(std::string_view text) {
    if (const std::size_t colon = text.rfind(':');
        colon != std::string_view::npos && text.back() != ']') {
        const std::string_view port = text.substr(colon + 1);
        if (port.empty() || !std::all_of(port.begin(), port.end(), is_digit)) {
            return false;
        }
        text = text.substr(0, colon);
    }
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        const std::string_view address = text.substr(1, text.size() - 2);
        return std::all_of(address.begin(), address.end(),
                           [](char c) { return is_hex(c) || (c >= 'A' && c <= 'F') || c == ':'; });
    }
    for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
        if (!is_domain_component(text.substr(0, dot))) {
            return false;
        }
        text.remove_prefix(dot + 1);
    }
    return is_domain_component(text);
}

// A component of a path: runs of lower-case letters and digits, between them one '.', one or two
// '_' or any number of '-'.
bool is_path_component(std::string_view text) {
    const auto is_word = [](char c) { return is_lower(c) || is_digit(c); };
    if (text.empty() || !is_word(text.front()) || !is_word(text.back())) {
        return false;
    }
    for (std::size_t i = 0; i < text.size();) {
        if (is_word(text[i])) {
            ++i;
            continue;
        }
        const char separator = text[i];
        std::size_t end = i;
        while (end < text.size() && text[end] == separator) {
            ++end;
        }
        const std::size_t length_max = separator == '.'   ? 1
                                       : separator == '_' ? 2
                                       : separator == '-' ? text.size()
                                                          : 0;
        if (end - i > length_max || !is_word(text[end])) {
            return false;
        }
        i = end;
    }
    return true;
}

bool is_path(std::string_view text) {
    for (std::size_t slash = text.find('/'); slash != std::string_view::npos;
         slash = text.find('/')) {
        if (!is_path_component(text.substr(0, slash))) {
            return false;
        }
        text.remove_prefix(slash + 1);
    }
    return is_path_component(text);
}

bool is_tag(std::string_view text) {
    return !text.empty() && text.size() <= tag_length_max &&
           (is_alphanumeric(text.front()) || text.front() == '_') &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_alphanumeric(c) || c == '_' || c == '.' || c == '-';
           });
}

// Only the algorithms that the OCI knows pass.
bool is_digest(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return false;
    }
    const std::string_view algorithm = text.substr(0, colon);
    const std::string_view hex = text.substr(colon + 1);
    const std::size_t length = algorithm == "sha256"   ? 64
                               : algorithm == "sha384" ? 96
                               : algorithm == "sha512" ? 128
                                                       : 0;
    return hex.size() >= digest_hex_length_min && hex.size() == length &&
           std::all_of(hex.begin(), hex.end(), is_hex);
}

bool is_identifier(std::string_view text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(), is_hex);
}

// Whether the part before the first slash is a registry's address, not part of the path.
bool names_registry(std::string_view first) {
    return first.find_first_of(".:") != std::string_view::npos || first == "localhost" ||
           has_upper(first);
}

}  // namespace

std::string image_tag(std::string_view image) {
    if (is_identifier(image)) {
        return {};
    }
    std::string domain = "docker.io";
    std::string_view rest = image;
    if (const std::size_t slash = image.find('/');
        slash != std::string_view::npos && names_registry(image.substr(0, slash))) {
        domain = image.substr(0, slash);
        rest = image.substr(slash + 1);
    }
    std::string_view digest;
    if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
        digest = rest.substr(at + 1);
        rest = rest.substr(0, at);
        if (!is_digest(digest)) {
            return {};
        }
    }
    std::string_view tag;
    if (const std::size_t colon = rest.find(':'); colon != std::string_view::npos) {
        tag = rest.substr(colon + 1);
        rest = rest.substr(0, colon);
        if (!is_tag(tag)) {
            return {};
        }
    }
    if (!is_domain(domain) || !is_path(rest) || rest.size() > name_length_max) {
        return {};
    }
    return tag.empty() && digest.empty() ? "latest" : std::string{tag};
}

}  // namespace wavetank::registry
