#include "registry/crd/cel_syntax.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <vector>

namespace wavetank::registry {
namespace {

enum class CelTokenKind : std::uint8_t { End, Sign, Identifier, Number, Text, Wrong };

struct CelToken {
    CelTokenKind kind = CelTokenKind::End;
    std::string text{};
    std::size_t at = 0;  ///< offset of the first character
};

bool is_cel_letter(char each) {
    return std::isalpha(static_cast<unsigned char>(each)) != 0 || each == '_';
}

bool is_cel_digit(char each) {
    return std::isdigit(static_cast<unsigned char>(each)) != 0;
}

/// Cuts an expression into tokens.
class CelLexer {
public:
    explicit CelLexer(std::string_view source) : source_{source} {}

    std::vector<CelToken> tokens() {
        std::vector<CelToken> result;
        do {
            skip_space();
            result.push_back(next());
        } while (result.back().kind != CelTokenKind::End);
        return result;
    }

private:
    void skip_space() {
        while (at_ < source_.size()) {
            if (std::isspace(static_cast<unsigned char>(source_[at_])) != 0) {
                ++at_;
            } else if (source_.substr(at_).starts_with("//")) {
                at_ = std::min(source_.find('\n', at_), source_.size());
            } else {
                return;
            }
        }
    }

    CelToken cut(CelTokenKind kind, std::size_t end) {
        CelToken token{kind, std::string{source_.substr(at_, end - at_)}, at_};
        at_ = end;
        return token;
    }

    CelToken next() {
        if (at_ == source_.size()) {
            return {CelTokenKind::End, "<EOF>", at_};
        }
        const char first = source_[at_];
        if (const auto text = text_end()) {
            return cut(CelTokenKind::Text, *text);
        }
        if (is_cel_letter(first)) {
            std::size_t end = at_;
            while (end < source_.size() &&
                   (is_cel_letter(source_[end]) || is_cel_digit(source_[end]))) {
                ++end;
            }
            return cut(CelTokenKind::Identifier, end);
        }
        const bool fraction =
            first == '.' && at_ + 1 < source_.size() && is_cel_digit(source_[at_ + 1]);
        if (is_cel_digit(first) || fraction) {
            return cut(CelTokenKind::Number, number_end());
        }
        for (const std::string_view sign : {"==", "!=", "<=", ">=", "&&", "||"}) {
            if (source_.substr(at_).starts_with(sign)) {
                return cut(CelTokenKind::Sign, at_ + 2);
            }
        }
        const bool known =
            std::string_view{"<>[]{}().,-!?:+*/%"}.find(first) != std::string_view::npos;
        return cut(known ? CelTokenKind::Sign : CelTokenKind::Wrong, at_ + 1);
    }

    [[nodiscard]] std::size_t digits_end(std::size_t at) const {
        while (at < source_.size() && is_cel_digit(source_[at])) {
            ++at;
        }
        return at;
    }

    [[nodiscard]] std::size_t number_end() const {
        std::size_t end = digits_end(at_);
        if (source_.substr(at_).starts_with("0x")) {
            end += 1;
            while (end < source_.size() &&
                   std::isxdigit(static_cast<unsigned char>(source_[end])) != 0) {
                ++end;
            }
        } else if (end < source_.size() && source_[end] == '.' && digits_end(end + 1) > end + 1) {
            end = digits_end(end + 1);
        }
        const std::size_t power =
            std::min(source_.find_first_not_of("+-", end + 1), source_.size());
        if (end < source_.size() && (source_[end] == 'e' || source_[end] == 'E') &&
            power <= end + 2 && digits_end(power) > power) {
            end = digits_end(power);
        }
        return end < source_.size() && (source_[end] == 'u' || source_[end] == 'U') ? end + 1 : end;
    }

    /// Returns where the text or bytes end that begin here; nothing, if none do or none end.
    [[nodiscard]] std::optional<std::size_t> text_end() const {
        std::size_t open = at_;
        while (open < source_.size() && open < at_ + 2 &&
               std::string_view{"rRbB"}.find(source_[open]) != std::string_view::npos) {
            ++open;
        }
        if (open == source_.size() || (source_[open] != '"' && source_[open] != '\'')) {
            return {};
        }
        const std::string_view rest = source_.substr(open);
        const std::string three(3, source_[open]);
        const std::string quote = rest.starts_with(three) ? three : std::string(1, source_[open]);
        for (std::size_t i = open + quote.size(); i < source_.size(); ++i) {
            if (source_[i] == '\\') {
                ++i;
            } else if (source_.substr(i).starts_with(quote)) {
                return i + quote.size();
            }
        }
        return {};
    }

    std::string_view source_;
    std::size_t at_ = 0;
};

/// Follows CEL's grammar; stops at the first mistake.
class CelParser {
public:
    CelParser(std::string_view source, const JSONSchemaProps& schema, bool is_root)
        : source_{source}, tokens_{CelLexer{source}.tokens()}, self_{self_of(schema, is_root)} {}

    std::optional<std::string> problem() {
        expression();
        if (!problem_ && peek().kind != CelTokenKind::End) {
            fail(peek(),
                 "Syntax error: " + std::string{next_is_end() ? "extraneous" : "mismatched"} +
                     " input " + quoted_token(peek()) + " expecting <EOF>");
        }
        return problem_ ? problem_ : undeclared_;
    }

private:
    static constexpr std::string_view primary_starts =
        "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, "
        "STRING, BYTES, IDENTIFIER}";

    [[nodiscard]] const CelToken& peek() const {
        return tokens_[next_];
    }
    [[nodiscard]] bool next_is_end() const {
        return next_ + 1 < tokens_.size() && tokens_[next_ + 1].kind == CelTokenKind::End;
    }
    [[nodiscard]] bool at_sign(std::string_view text) const {
        return peek().kind == CelTokenKind::Sign && peek().text == text;
    }
    bool take(std::string_view sign) {
        if (problem_ || !at_sign(sign)) {
            return false;
        }
        ++next_;
        return true;
    }
    void expect(std::string_view sign) {
        if (!problem_ && !take(sign)) {
            fail(peek(),
                 "Syntax error: missing '" + std::string{sign} + "' at " + quoted_token(peek()));
        }
    }
    static std::string quoted_token(const CelToken& token) {
        return "'" + token.text + "'";
    }

    /// Shows the line and a mark below the place, as cel-go does.
    [[nodiscard]] std::string located(std::size_t at, const std::string& what) const {
        const std::size_t begin = at == 0 ? 0 : source_.rfind('\n', at - 1) + 1;
        const std::size_t end = std::min(source_.find('\n', at), source_.size());
        const auto line =
            1 +
            std::count(source_.begin(), source_.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
        const std::size_t column = at - begin;
        return "ERROR: <input>:" + std::to_string(line) + ":" + std::to_string(column + 1) + ": " +
               what + "\n | " + std::string{source_.substr(begin, end - begin)} + "\n | " +
               std::string(column, '.') + "^";
    }

    void fail(const CelToken& token, const std::string& what) {
        if (!problem_) {
            problem_ = located(token.at, what);
        }
    }

    void expression() {
        binary(0);
        if (take("?")) {
            binary(0);
            expect(":");
            expression();
        }
    }

    void binary(std::size_t level) {
        static const std::vector<std::vector<std::string_view>> levels{
            {"||"}, {"&&"}, {"==", "!=", "<", "<=", ">", ">=", "in"}, {"+", "-"}, {"*", "/", "%"}};
        if (level == levels.size()) {
            unary();
            return;
        }
        binary(level + 1);
        while (!problem_ && take_one_of(levels[level])) {
            binary(level + 1);
        }
    }

    bool take_one_of(const std::vector<std::string_view>& operators) {
        const bool word = peek().kind == CelTokenKind::Identifier && peek().text == "in";
        if ((peek().kind == CelTokenKind::Sign || word) &&
            std::ranges::find(operators, peek().text) != operators.end()) {
            ++next_;
            return true;
        }
        return false;
    }

    void unary() {
        while (take("!") || take("-")) {
        }
        const bool selects_self = peek().kind == CelTokenKind::Identifier &&
                                  (peek().text == "self" || peek().text == "oldSelf");
        std::optional<JSONSchemaProps> type = selects_self ? std::optional{self_} : std::nullopt;
        primary();
        while (!problem_) {
            const CelToken sign = peek();
            if (take(".")) {
                static_cast<void>(take("?"));
                if (peek().kind != CelTokenKind::Identifier) {
                    fail(peek(),
                         "Syntax error: no viable alternative at input '." + peek().text + "'");
                    return;
                }
                const std::string field = peek().text;
                ++next_;
                if (take("(")) {
                    arguments(")");
                    type.reset();
                } else {
                    type = select(type, field, sign);
                }
            } else if (take("[")) {
                static_cast<void>(take("?"));
                expression();
                expect("]");
                type = type ? element_of(*type) : std::nullopt;
            } else {
                return;
            }
        }
    }

    /// The schema of a whole resource has what all of them have.
    static JSONSchemaProps self_of(JSONSchemaProps schema, bool is_root) {
        if (is_root || schema.x_kubernetes_embedded_resource) {
            JSONSchemaProps text;
            text.type = "string";
            JSONSchemaProps metadata;
            metadata.type = "object";
            metadata.properties = {{"name", text}, {"generateName", text}};
            schema.properties["apiVersion"] = text;
            schema.properties["kind"] = text;
            schema.properties["metadata"] = metadata;
        }
        return schema;
    }

    /// Returns the schema of what a list or a map holds, if it says.
    static std::optional<JSONSchemaProps> element_of(const JSONSchemaProps& type) {
        if (const auto items = items_of(type); items && items->schema) {
            return items->schema;
        }
        const auto values = schema_or_bool(type.additionalProperties);
        return values ? values->schema : std::nullopt;
    }

    /// Returns the type of a field; what is known to have no such field is noted.
    std::optional<JSONSchemaProps> select(const std::optional<JSONSchemaProps>& type,
                                          const std::string& field, const CelToken& sign) {
        if (!type || type->x_kubernetes_int_or_string || !type->additionalProperties.is_null()) {
            return type ? element_of(*type) : std::nullopt;
        }
        const auto found = type->properties.find(field);
        if (found != type->properties.end()) {
            return self_of(found->second, false);
        }
        // Without a property there is no type of its own, unless it is `self`.
        if (type->type == "object" && !undeclared_ && field.find("__") == std::string::npos) {
            undeclared_what_ = "undefined field '" + field + "'";
            undeclared_ = located(sign.at, undeclared_what_);
        }
        return {};
    }

    void arguments(std::string_view end) {
        if (take(end)) {
            return;
        }
        do {
            if (at_sign(end)) {
                break;
            }
            static_cast<void>(take("?"));
            expression();
            if (take(":")) {
                expression();
            }
        } while (take(","));
        expect(end);
    }

    void primary() {
        if (problem_) {
            return;
        }
        const CelToken token = peek();
        if (take("(")) {
            expression();
            expect(")");
            return;
        }
        if (take("[")) {
            return arguments("]");
        }
        if (take("{")) {
            return arguments("}");
        }
        static_cast<void>(take("."));
        if (token.kind == CelTokenKind::Number || token.kind == CelTokenKind::Text) {
            ++next_;
            return;
        }
        if (peek().kind != CelTokenKind::Identifier) {
            fail(peek(), "Syntax error: mismatched input " + quoted_token(peek()) + " expecting " +
                             std::string{primary_starts});
            return;
        }
        const CelToken name = peek();
        ++next_;
        const CelToken open = peek();
        if (take("(")) {
            const bool known = undeclared_.has_value();
            arguments(")");
            // What `has` asks for is looked up by the macro itself.
            if (name.text == "has" && !known && undeclared_) {
                undeclared_ = located(open.at, undeclared_what_);
            }
            return;
        }
        // A message, or a name that a macro binds.
        static const std::set<std::string> known{
            "self", "oldSelf", "true",      "false",  "null",     "int",
            "uint", "list",    "double",    "bool",   "string",   "bytes",
            "map",  "type",    "null_type", "google", "optional", "dyn"};
        const bool plain = !at_sign("{") && !at_sign(".") && !has_macro();
        if (plain && !undeclared_ && !known.contains(name.text)) {
            undeclared_what_ = "undeclared reference to '" + name.text + "' (in container '')";
            undeclared_ = located(name.at, undeclared_what_);
        }
    }

    /// Tells whether a macro may bind names of its own.
    [[nodiscard]] bool has_macro() const {
        constexpr std::array<std::string_view, 7> macros{"all", "exists", "exists_one", "existsOne",
                                                         "map", "filter", "bind"};
        return std::ranges::any_of(tokens_, [&](const CelToken& token) {
            return std::ranges::find(macros, token.text) != macros.end();
        });
    }

    std::string_view source_;
    std::vector<CelToken> tokens_;
    JSONSchemaProps self_;
    std::size_t next_ = 0;
    std::optional<std::string> problem_;
    std::optional<std::string> undeclared_;
    std::string undeclared_what_;
};

}  // namespace

std::optional<std::string> cel_problem(std::string_view expression, const JSONSchemaProps& schema,
                                       bool is_root) {
    return CelParser{expression, schema, is_root}.problem();
}

}  // namespace wavetank::registry
