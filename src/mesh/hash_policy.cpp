#include <wavetank/mesh/hash_policy.hpp>

#include <wavetank/mesh/hash.hpp>

#include <re2/re2.h>

#include <algorithm>
#include <bit>
#include <cstddef>

namespace wavetank::mesh {

struct RequestHasher::Compiled {
    HashPolicy policy;
    std::unique_ptr<RE2> pattern;  // null: there is none
};

namespace {

bool is_equal_but_for_case(std::string_view one, std::string_view other) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(one, other, {}, lower, lower);
}

std::string_view without_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    const std::size_t first = text.find_first_not_of(blanks);
    return first == std::string_view::npos
               ? std::string_view{}
               : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Takes what stands before the next `separator` off the front.
std::string_view take_part(std::string_view& text, char separator) {
    const std::size_t end = text.find(separator);
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return part;
}

std::optional<std::uint64_t> hash_of_header(const HashHeader& header, const RE2* pattern,
                                            const HashSubject& subject) {
    std::vector<std::string> values;
    for (const auto& [name, value] : subject.headers) {
        if (is_equal_but_for_case(name, header.header_name)) {
            values.push_back(value);
        }
    }
    if (values.empty()) {
        return std::nullopt;
    }
    if (pattern != nullptr) {
        for (std::string& value : values) {
            RE2::GlobalReplace(&value, *pattern, header.regex_rewrite->substitution);
        }
    }
    std::ranges::sort(values);
    std::uint64_t hash = 0;
    for (const std::string& value : values) {
        hash = xx_hash_64(value, hash);
    }
    return hash;
}

std::string_view value_of_cookie(std::string_view name, const HashSubject& subject) {
    for (const auto& [header, value] : subject.headers) {
        std::string_view rest{value};
        if (!is_equal_but_for_case(header, "cookie")) {
            continue;
        }
        while (!rest.empty()) {
            std::string_view found = without_blanks(take_part(rest, ';'));
            if (take_part(found, '=') == name) {
                const bool is_quoted =
                    found.size() >= 2 && found.front() == '"' && found.back() == '"';
                return is_quoted ? found.substr(1, found.size() - 2) : found;
            }
        }
    }
    return {};
}

std::string as_hex(std::uint64_t number) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(16, '0');
    for (std::size_t i = 16; i > 0; --i, number >>= 4) {
        text[i - 1] = digits[number & 15];
    }
    return text;
}

std::optional<std::uint64_t> hash_of_cookie(const HashCookie& cookie, const HashSubject& subject,
                                            std::vector<MadeCookie>& made) {
    if (const std::string_view value = value_of_cookie(cookie.name, subject); !value.empty()) {
        return xx_hash_64(value);
    }
    if (!cookie.ttl) {
        return std::nullopt;
    }
    std::string addresses{subject.remote_address};
    addresses += subject.local_address;
    std::string value = as_hex(xx_hash_64(addresses));
    const std::uint64_t hash = xx_hash_64(value);
    made.push_back(
        {.name = cookie.name, .value = std::move(value), .path = cookie.path, .ttl = *cookie.ttl});
    return hash;
}

std::optional<std::uint64_t> hash_of_parameter(std::string_view name, std::string_view path) {
    const std::size_t query = path.find('?');
    std::string_view rest = query == std::string_view::npos ? "" : path.substr(query + 1);
    while (!rest.empty()) {
        std::string_view value = take_part(rest, '&');
        if (take_part(value, '=') == name) {
            return xx_hash_64(value);
        }
    }
    return std::nullopt;
}

}  // namespace

Result<RequestHasher> RequestHasher::make(std::vector<HashPolicy> policies) {
    std::vector<Compiled> compiled;
    for (HashPolicy& policy : policies) {
        Compiled& made =
            compiled.emplace_back(Compiled{.policy = std::move(policy), .pattern = {}});
        const auto* header = std::get_if<HashHeader>(&made.policy.policy_specifier);
        if (header != nullptr && header->regex_rewrite) {
            made.pattern = std::make_unique<RE2>(header->regex_rewrite->pattern, RE2::Quiet);
            if (!made.pattern->ok()) {
                return Error{
                    .reason = Reason::Invalid,
                    .message = "hash_policy.header.regex_rewrite: " + made.pattern->error()};
            }
        }
    }
    return RequestHasher{std::move(compiled)};
}

RequestHasher::RequestHasher(std::vector<Compiled> policies) : policies_(std::move(policies)) {}
RequestHasher::RequestHasher(RequestHasher&&) noexcept = default;
RequestHasher& RequestHasher::operator=(RequestHasher&&) noexcept = default;
RequestHasher::~RequestHasher() = default;

RequestHash RequestHasher::hash(const HashSubject& subject) const {
    RequestHash result;
    for (const Compiled& each : policies_) {
        std::optional<std::uint64_t> found;
        const auto& policy = each.policy.policy_specifier;
        if (const auto* header = std::get_if<HashHeader>(&policy)) {
            found = hash_of_header(*header, each.pattern.get(), subject);
        } else if (const auto* cookie = std::get_if<HashCookie>(&policy)) {
            found = hash_of_cookie(*cookie, subject, result.cookies);
        } else if (const auto* connection = std::get_if<HashConnectionProperties>(&policy)) {
            if (connection->source_ip && !subject.source_ip.empty()) {
                found = xx_hash_64(subject.source_ip);
            }
        } else if (const auto* parameter = std::get_if<HashQueryParameter>(&policy)) {
            found = hash_of_parameter(parameter->name, subject.path);
        } else if (const auto* state = std::get_if<HashFilterState>(&policy)) {
            const auto stated = std::ranges::find(subject.filter_state, state->key,
                                                  &std::pair<std::string, std::uint64_t>::first);
            if (stated != subject.filter_state.end()) {
                found = stated->second;
            }
        }
        if (found) {
            result.hash = std::rotl(result.hash.value_or(0), 1) ^ *found;
        }
        if (each.policy.terminal && result.hash) {
            break;
        }
    }
    return result;
}

}  // namespace wavetank::mesh
