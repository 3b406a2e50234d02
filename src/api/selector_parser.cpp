// The grammar of label selector texts, as apimachinery's `labels.Parse`.

#include <wavetank/api/names.hpp>
#include <wavetank/api/selector.hpp>

#include "api/go_text.hpp"

#include <set>

namespace wavetank::api {
namespace {

enum class Token : std::uint8_t {
    Error,
    End,
    Identifier,
    Comma,
    Open,
    Close,
    Not,
    In,
    NotIn,
    Equals,
    DoubleEquals,
    NotEquals,
    GreaterThan,
    LessThan,
};

struct Item {
    Token token = Token::End;
    std::string text;
};

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_special(char c) {
    return std::string_view{"=!(),><"}.find(c) != std::string_view::npos;
}

/// Returns the token that a sequence of special characters makes; `Error` if none.
Token special_token(std::string_view text) {
    if (text.size() == 1) {
        switch (text[0]) {
            case ')':
                return Token::Close;
            case ',':
                return Token::Comma;
            case '!':
                return Token::Not;
            case '=':
                return Token::Equals;
            case '>':
                return Token::GreaterThan;
            case '<':
                return Token::LessThan;
            case '(':
                return Token::Open;
            default:
                return Token::Error;
        }
    }
    if (text == "==") {
        return Token::DoubleEquals;
    }
    return text == "!=" ? Token::NotEquals : Token::Error;
}

/// Upstream's reader swallows a zero byte that ends an item and goes on behind it.
void remove_item(std::string_view& rest, std::size_t length) {
    const bool zero = length < rest.size() && rest[length] == '\0';
    rest.remove_prefix(zero ? length + 1 : length);
}

/// Takes the next item off the front of `rest`. A zero byte ends the text, as upstream.
Item next_item(std::string_view& rest) {
    while (!rest.empty() && is_blank(rest[0])) {
        rest.remove_prefix(1);
    }
    if (rest.empty() || rest[0] == '\0') {
        rest = {};
        return {};
    }
    std::size_t end = 1;
    if (is_special(rest[0])) {
        // Every special character is a token by itself, so the longest is one or two.
        if (rest.size() > 1 && special_token(rest.substr(0, 2)) != Token::Error) {
            end = 2;
        }
        Item item{special_token(rest.substr(0, end)), std::string{rest.substr(0, end)}};
        remove_item(rest, end);
        return item;
    }
    while (end < rest.size() && rest[end] != '\0' && !is_special(rest[end]) &&
           !is_blank(rest[end])) {
        ++end;
    }
    Item item{Token::Identifier, std::string{rest.substr(0, end)}};
    remove_item(rest, end);
    if (item.text == "in") {
        item.token = Token::In;
    } else if (item.text == "notin") {
        item.token = Token::NotIn;
    }
    return item;
}

std::optional<SelectorOperator> binary_operator(Token token) {
    switch (token) {
        case Token::In:
            return SelectorOperator::In;
        case Token::NotIn:
            return SelectorOperator::NotIn;
        case Token::Equals:
            return SelectorOperator::Equals;
        case Token::DoubleEquals:
            return SelectorOperator::DoubleEquals;
        case Token::NotEquals:
            return SelectorOperator::NotEquals;
        case Token::GreaterThan:
            return SelectorOperator::GreaterThan;
        case Token::LessThan:
            return SelectorOperator::LessThan;
        default:
            return std::nullopt;
    }
}

Error unexpected(const std::string& found, std::string_view expectation) {
    return Error{.reason = Reason::BadRequest,
                 .message = "found '" + found + "'" + std::string{expectation}};
}

class SelectorParser {
public:
    explicit SelectorParser(std::string_view text) {
        do {
            items_.push_back(next_item(text));
        } while (items_.back().token != Token::End);
    }

    Result<std::vector<Requirement>> parse() {
        std::vector<Requirement> requirements;
        while (true) {
            const Item first = peek();
            if (first.token == Token::End) {
                return requirements;
            }
            if (!starts_requirement(first)) {
                return unexpected(first.text, ", expected: !, identifier, or 'end of string'");
            }
            auto requirement = parse_requirement();
            if (!requirement) {
                Error error = requirement.error();
                error.reason = Reason::BadRequest;
                error.message = "unable to parse requirement: " + error.message;
                return error;
            }
            requirements.push_back(*std::move(requirement));
            const Item separator = take();
            if (separator.token == Token::End) {
                return requirements;
            }
            if (separator.token != Token::Comma) {
                return unexpected(separator.text, ", expected: ',' or 'end of string'");
            }
            if (const Item next = peek(); !starts_requirement(next)) {
                return unexpected(next.text, ", expected: identifier after ','");
            }
        }
    }

private:
    static bool starts_requirement(const Item& item) {
        return item.token == Token::Identifier || item.token == Token::Not;
    }

    /// Returns the next item; "in" and "notin" count as identifiers.
    [[nodiscard]] Item peek() const {
        Item item = at(position_);
        if (item.token == Token::In || item.token == Token::NotIn) {
            item.token = Token::Identifier;
        }
        return item;
    }

    Item take() {
        Item item = peek();
        ++position_;
        return item;
    }

    [[nodiscard]] const Item& at(std::size_t position) const {
        return position < items_.size() ? items_[position] : items_.back();
    }

    Result<Requirement> parse_requirement() {
        const bool negated = peek().token == Token::Not;
        if (negated) {
            take();
        }
        const Item key = take();
        if (key.token != Token::Identifier) {
            return unexpected(key.text, ", expected: identifier");
        }
        if (const auto problems = check_qualified_name(key.text); !problems.empty()) {
            const Cause cause = invalid_value("<nil>", key.text, join(problems, "; "));
            return Error{.reason = Reason::BadRequest, .message = to_string(cause)};
        }
        const Token next = peek().token;
        if (negated) {
            return Requirement::make(key.text, SelectorOperator::DoesNotExist, {});
        }
        if (next == Token::End || next == Token::Comma) {
            return Requirement::make(key.text, SelectorOperator::Exists, {});
        }
        const Item sign = at(position_++);
        const auto operation = binary_operator(sign.token);
        if (!operation) {
            return unexpected(sign.text, ", expected: in, notin, =, ==, !=, gt, lt");
        }
        const bool set = operation == SelectorOperator::In || operation == SelectorOperator::NotIn;
        const auto values = set ? parse_values() : parse_exact_value();
        if (!values) {
            return values.error();
        }
        return Requirement::make(key.text, *operation, {values->begin(), values->end()});
    }

    using Values = std::set<std::string>;

    Result<Values> parse_values() {
        if (const Item open = take(); open.token != Token::Open) {
            return unexpected(open.text, " expected: '('");
        }
        const Item first = peek();
        if (first.token == Token::Close) {
            take();
            return Values{""};
        }
        if (first.token != Token::Identifier && first.token != Token::Comma) {
            return unexpected(first.text, ", expected: ',', ')' or identifier");
        }
        auto values = parse_list();
        if (values && take().token != Token::Close) {
            return unexpected(first.text, ", expected: ')'");
        }
        return values;
    }

    Result<Values> parse_list() {
        Values values;
        while (true) {
            const Item item = take();
            const Item next = peek();
            if (item.token == Token::Identifier) {
                values.insert(item.text);
                if (next.token == Token::Close) {
                    return values;
                }
                if (next.token != Token::Comma) {
                    return unexpected(next.text, ", expected: ',' or ')'");
                }
            } else if (item.token == Token::Comma) {
                if (values.empty() || next.token == Token::Close || next.token == Token::Comma) {
                    values.insert("");
                }
                if (next.token == Token::Close) {
                    return values;
                }
            } else {
                return unexpected(item.text, ", expected: ',', or identifier");
            }
        }
    }

    Result<Values> parse_exact_value() {
        const Item next = peek();
        if (next.token == Token::End || next.token == Token::Comma) {
            return Values{""};
        }
        take();
        if (next.token != Token::Identifier) {
            return unexpected(next.text, ", expected: identifier");
        }
        return Values{next.text};
    }

    std::vector<Item> items_;
    std::size_t position_ = 0;
};

}  // namespace

Result<Selector> Selector::parse(std::string_view text) {
    auto requirements = SelectorParser{text}.parse();
    if (!requirements) {
        return requirements.error();
    }
    return Selector{*std::move(requirements)};
}

}  // namespace wavetank::api
