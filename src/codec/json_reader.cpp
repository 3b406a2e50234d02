#include "codec/number.hpp"
#include "codec/utf8.hpp"

#include <wavetank/codec/document.hpp>

#include <array>
#include <unordered_map>
#include <utility>

namespace wavetank::codec {
namespace {

// Reads one JSON value. After the first failure every function returns at once and `failure_` says
// what was wrong; the words are those of Go's encoding/json.
class JsonReader {
public:
    JsonReader(std::string_view text, const TextOrigin& origin)
        : text_{text}, origin_{origin}, line_{origin.line} {}

    bool read(Node& node) {
        skip_space();
        return value(node, 0);
    }

    bool at_end() {
        skip_space();
        return at_ == text_.size();
    }

    bool fail_after_value() {
        return fail_character("after top-level value");
    }

    [[nodiscard]] std::size_t offset() const {
        return at_;
    }
    [[nodiscard]] int line() const {
        return line_;
    }
    [[nodiscard]] int column() const {
        const int start = line_ == origin_.line ? origin_.column : 1;
        return static_cast<int>(at_ - line_start_) + start;
    }
    [[nodiscard]] Error error() const {
        return {.reason = Reason::BadRequest,
                .message = failure_,
                .where = {origin_.file, failure_line_, failure_column_}};
    }

private:
    bool fail(std::string message) {
        if (failure_.empty()) {
            failure_ = std::move(message);
            failure_line_ = line_;
            failure_column_ = column();
        }
        return false;
    }

    bool fail_character(std::string_view context) {
        if (at_ >= text_.size()) {
            return fail("unexpected end of JSON input");
        }
        std::string shown;
        const char next = text_[at_];
        if (next == '\'') {
            shown = "'\\''";
        } else if (next == '\n') {
            shown = "'\\n'";
        } else if (next == '\t') {
            shown = "'\\t'";
        } else if (next == '\r') {
            shown = "'\\r'";
        } else if (static_cast<unsigned char>(next) < 0x20) {
            constexpr std::string_view digits = "0123456789abcdef";
            const auto code = static_cast<unsigned char>(next);
            shown = std::string{"'\\x"} + digits[code >> 4] + digits[code & 15] + "'";
        } else if (const std::size_t length = utf8_length(text_, at_); length != 0) {
            shown = "'" + std::string{text_.substr(at_, length)} + "'";
        } else {
            return fail("invalid UTF-8");
        }
        return fail("invalid character " + shown + " " + std::string{context});
    }

    void skip_space() {
        for (; at_ < text_.size(); ++at_) {
            const char next = text_[at_];
            if (next == '\n') {
                ++line_;
                line_start_ = at_ + 1;
            } else if (next != ' ' && next != '\t' && next != '\r') {
                return;
            }
        }
    }

    [[nodiscard]] bool sees(char wanted) const {
        return at_ < text_.size() && text_[at_] == wanted;
    }

    bool value(Node& node, int depth) {
        if (depth > depth_max) {
            return fail("exceeded max depth");
        }
        node.line = line_;
        node.column = column();
        if (at_ >= text_.size()) {
            return fail("unexpected end of JSON input");
        }
        switch (text_[at_]) {
            case '{':
                return object(node, depth);
            case '[':
                return array(node, depth);
            case '"':
                node.kind = NodeKind::String;
                return string(node.text);
            case 't':
                node.boolean = true;
                node.kind = NodeKind::Boolean;
                return word("true");
            case 'f':
                node.kind = NodeKind::Boolean;
                return word("false");
            case 'n':
                return word("null");
            default:
                break;
        }
        if (sees('-') || digit()) {
            node.kind = NodeKind::Number;
            return number(node.text);
        }
        return fail_character("looking for beginning of value");
    }

    bool word(std::string_view wanted) {
        for (const char letter : wanted) {
            if (!sees(letter)) {
                return fail_character("in literal " + std::string{wanted} + " (expecting '" +
                                      letter + "')");
            }
            ++at_;
        }
        return true;
    }

    [[nodiscard]] bool digit() const {
        return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9';
    }

    bool digits(std::string_view context) {
        if (!digit()) {
            return fail_character(context);
        }
        while (digit()) {
            ++at_;
        }
        return true;
    }

    bool number(std::string& out) {
        const std::size_t start = at_;
        at_ += sees('-') ? 1 : 0;
        if (sees('0')) {
            ++at_;
        } else if (!digits("in numeric literal")) {
            return false;
        }
        if (sees('.')) {
            ++at_;
            if (!digits("after decimal point in numeric literal")) {
                return false;
            }
        }
        if (sees('e') || sees('E')) {
            ++at_;
            at_ += sees('+') || sees('-') ? 1 : 0;
            if (!digits("in exponent of numeric literal")) {
                return false;
            }
        }
        out = text_.substr(start, at_ - start);
        return true;
    }

    bool string(std::string& out) {
        ++at_;
        std::size_t plain = at_;
        while (at_ < text_.size()) {
            const char next = text_[at_];
            if (next == '"') {
                out.append(text_.substr(plain, at_ - plain));
                ++at_;
                return true;
            }
            if (next == '\\') {
                out.append(text_.substr(plain, at_ - plain));
                ++at_;
                if (!escape(out)) {
                    return false;
                }
                plain = at_;
                continue;
            }
            if (static_cast<unsigned char>(next) < 0x20) {
                return fail_character("in string literal");
            }
            const std::size_t length = utf8_length(text_, at_);
            if (length == 0) {
                return fail("invalid UTF-8 in string literal");
            }
            at_ += length;
        }
        return fail("unexpected end of JSON input");
    }

    bool escape(std::string& out) {
        constexpr std::string_view names = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        if (at_ >= text_.size()) {
            return fail("unexpected end of JSON input");
        }
        if (const std::size_t index = names.find(text_[at_]); index != std::string_view::npos) {
            out += meanings[index];
            ++at_;
            return true;
        }
        if (!sees('u')) {
            return fail_character("in string escape code");
        }
        std::uint32_t code = 0;
        if (!hexadecimal(code)) {
            return false;
        }
        // A high surrogate and the low one after it make one code point; alone they make U+FFFD.
        if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
            const std::size_t back = at_;
            std::uint32_t low = 0;
            ++at_;
            if (!hexadecimal(low)) {
                return false;
            }
            if (low >= 0xDC00 && low < 0xE000) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            } else {
                at_ = back;
            }
        }
        utf8_append(out, code);
        return true;
    }

    // Reads the "u" and the four digits after it.
    bool hexadecimal(std::uint32_t& code) {
        ++at_;
        for (int i = 0; i < 4; ++i, ++at_) {
            const char next = at_ < text_.size() ? text_[at_] : ' ';
            std::uint32_t digit_value = 0;
            if (next >= '0' && next <= '9') {
                digit_value = static_cast<std::uint32_t>(next - '0');
            } else if (const char lower = static_cast<char>(next | 0x20);
                       lower >= 'a' && lower <= 'f') {
                digit_value = static_cast<std::uint32_t>(lower - 'a') + 10;
            } else {
                return fail_character("in \\u hexadecimal character escape");
            }
            code = code * 16 + digit_value;
        }
        return true;
    }

    bool array(Node& node, int depth) {
        node.kind = NodeKind::Sequence;
        ++at_;
        skip_space();
        if (sees(']')) {
            ++at_;
            return true;
        }
        while (true) {
            skip_space();
            if (!value(node.children.emplace_back(), depth + 1)) {
                return false;
            }
            skip_space();
            if (sees(']')) {
                ++at_;
                return true;
            }
            if (!sees(',')) {
                return fail_character("after array element");
            }
            ++at_;
        }
    }

    bool object(Node& node, int depth) {
        node.kind = NodeKind::Mapping;
        ++at_;
        skip_space();
        if (sees('}')) {
            ++at_;
            return true;
        }
        while (true) {
            skip_space();
            if (!sees('"')) {
                return fail_character("looking for beginning of object key string");
            }
            Node& child = node.children.emplace_back();
            child.key_line = line_;
            child.key_column = column();
            if (!string(child.key)) {
                return false;
            }
            skip_space();
            if (!sees(':')) {
                return fail_character("after object key");
            }
            ++at_;
            skip_space();
            if (!value(child, depth + 1)) {
                return false;
            }
            skip_space();
            if (sees('}')) {
                ++at_;
                mark_duplicates(node);
                return true;
            }
            if (!sees(',')) {
                return fail_character("after object key:value pair");
            }
            ++at_;
        }
    }

    static void mark_duplicates(Node& node) {
        constexpr std::size_t few = 16;
        if (node.children.size() > few) {
            mark_duplicates_of_many(node);
            return;
        }
        for (std::size_t later = 1; later < node.children.size(); ++later) {
            for (std::size_t earlier = 0; earlier < later; ++earlier) {
                if (node.children[earlier].key == node.children[later].key) {
                    node.children[earlier].superseded = true;
                    node.children[later].repeats = true;
                }
            }
        }
    }

    static void mark_duplicates_of_many(Node& node) {
        std::unordered_map<std::string_view, Node*> last;  // only looked up, never walked
        for (Node& child : node.children) {
            const auto [found, fresh] = last.try_emplace(child.key, &child);
            if (!fresh) {
                found->second->superseded = true;
                child.repeats = true;
                found->second = &child;
            }
        }
    }

    std::string_view text_;
    const TextOrigin& origin_;
    std::size_t at_ = 0;
    std::size_t line_start_ = 0;
    int line_ = 1;
    std::string failure_;
    int failure_line_ = 0;
    int failure_column_ = 0;
};

}  // namespace

Result<Document> parse_json(std::string_view text, const TextOrigin& origin) {
    JsonReader reader{text, origin};
    Document document{.file = origin.file, .format = DocumentFormat::Json};
    if (!reader.read(document.root) || (!reader.at_end() && !reader.fail_after_value())) {
        return reader.error();
    }
    return document;
}

Result<Document> parse_json_prefix(std::string_view& text, TextOrigin& origin) {
    JsonReader reader{text, origin};
    Document document{.file = origin.file, .format = DocumentFormat::Json};
    if (!reader.read(document.root)) {
        return reader.error();
    }
    text.remove_prefix(reader.offset());
    const int column = reader.column();
    origin.line = reader.line();
    origin.column = column;
    return document;
}

}  // namespace wavetank::codec
