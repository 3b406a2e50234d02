#include <wavetank/api/field_selector.hpp>

#include "api/go_text.hpp"

#include <algorithm>
#include <array>

namespace wavetank::api {
namespace {

constexpr std::string_view escapable = "\\,=";

Error refusal(std::string message) {
    return Error{.reason = Reason::BadRequest, .message = std::move(message)};
}

/// Returns the terms between commas that no backslash escapes, sorted as upstream sorts them.
std::vector<std::string_view> terms_of(std::string_view text) {
    std::vector<std::string_view> terms;
    std::size_t begin = 0;
    bool escaped = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (escaped) {
            escaped = false;
        } else if (text[i] == '\\') {
            escaped = true;
        } else if (text[i] == ',') {
            terms.push_back(text.substr(begin, i - begin));
            begin = i + 1;
        }
    }
    terms.push_back(text.substr(begin));
    std::sort(terms.begin(), terms.end());
    return terms;
}

/// Returns the bytes of the UTF-8 character at the start of the text.
std::string_view first_character(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
        ++length;
    }
    return text.substr(0, length);
}

Result<std::string> unescaped(std::string_view text) {
    constexpr std::string_view bad_escape = "invalid field selector: invalid escape sequence: \\";
    std::string value;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\') {
            const std::string_view next = first_character(text.substr(i + 1));
            if (next.empty() || escapable.find(next[0]) == std::string_view::npos) {
                return refusal(std::string{bad_escape} + std::string{next});
            }
            value += next;
            ++i;
        } else if (c == ',' || c == '=') {
            return refusal("invalid field selector: unescaped character in value: " +
                           std::to_string(static_cast<int>(c)));
        } else {
            value += c;
        }
    }
    return value;
}

std::string escaped(std::string_view value) {
    std::string text;
    for (const char c : value) {
        if (escapable.find(c) != std::string_view::npos) {
            text += '\\';
        }
        text += c;
    }
    return text;
}

struct Sign {
    std::string_view text;
    FieldRequirement::Operator operation;
};

// "==" stands before "=", so that no equals sign is left to the value.
constexpr std::array<Sign, 3> signs{{
    {"!=", FieldRequirement::Operator::NotEquals},
    {"==", FieldRequirement::Operator::Equals},
    {"=", FieldRequirement::Operator::Equals},
}};

/// Splits a term at its first operator.
Result<FieldRequirement> parse_term(std::string_view term, std::string_view whole) {
    for (std::size_t i = 0; i < term.size(); ++i) {
        for (const Sign& sign : signs) {
            if (term.substr(i).starts_with(sign.text)) {
                auto value = unescaped(term.substr(i + sign.text.size()));
                if (!value) {
                    return value.error();
                }
                return FieldRequirement{std::string{term.substr(0, i)}, sign.operation,
                                        *std::move(value)};
            }
        }
    }
    return refusal("invalid selector: '" + std::string{whole} + "'; can't understand '" +
                   std::string{term} + "'");
}

}  // namespace

bool FieldRequirement::accepts(std::string_view content) const {
    return (content == value) == (operation == Operator::Equals);
}

std::string_view to_string(FieldRequirement::Operator operation) {
    return operation == FieldRequirement::Operator::Equals ? "=" : "!=";
}

Result<FieldSelector> FieldSelector::parse(std::string_view text) {
    FieldSelector selector;
    for (const std::string_view term : terms_of(text)) {
        if (term.empty()) {
            continue;
        }
        auto requirement = parse_term(term, text);
        if (!requirement) {
            return requirement.error();
        }
        // A bare operator counts for nothing, as upstream.
        if (!requirement->field.empty() || !requirement->value.empty()) {
            selector.requirements_.push_back(*std::move(requirement));
        }
    }
    return selector;
}

bool FieldSelector::matches(const std::map<std::string, std::string>& fields) const {
    return std::all_of(
        requirements_.begin(), requirements_.end(), [&fields](const FieldRequirement& each) {
            const auto field = fields.find(each.field);
            return each.accepts(field == fields.end() ? std::string_view{} : field->second);
        });
}

std::optional<std::string_view> FieldSelector::required_value_of(std::string_view field) const {
    for (const FieldRequirement& each : requirements_) {
        if (each.field == field && each.operation == FieldRequirement::Operator::Equals) {
            return each.value;
        }
    }
    return std::nullopt;
}

std::string FieldSelector::to_string() const {
    std::vector<std::string> texts;
    for (const FieldRequirement& each : requirements_) {
        std::string text = each.field;
        text += api::to_string(each.operation);
        text += escaped(each.value);
        texts.push_back(std::move(text));
    }
    return join(texts, ",");
}

}  // namespace wavetank::api
