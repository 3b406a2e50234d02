#include "tidy/source_text.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <utility>

namespace wavetank::tidy {
namespace {

// Walks the text once; each `take_` member starts at the first character of what it takes.
class Lexer {
public:
    explicit Lexer(std::string_view text) : text_{text}, code_{text} {}

    std::string run() && {
        while (at_ < text_.size()) {
            step();
        }
        return std::move(code_);
    }

private:
    void step() {
        if (starts_with("//")) {
            blank_until(text_.find('\n', at_));
        } else if (starts_with("/*")) {
            blank_until(after(text_.find("*/", at_ + 2), 2));
        } else if (starts_with("R\"") && (at_ == 0 || !is_identifier(text_[at_ - 1]))) {
            take_raw_string();
        } else if (text_[at_] == '"' && !in_include()) {
            take_literal('"');
        } else if (text_[at_] == '\'' && !(at_ > 0 && is_identifier(text_[at_ - 1]))) {
            take_literal('\'');  // after a digit it separates digits
        } else if (text_[at_] == '"') {
            at_ = std::min(text_.find('\n', at_), text_.size());
        } else {
            ++at_;
        }
    }

    bool starts_with(std::string_view what) const {
        return text_.substr(at_).starts_with(what);
    }

    static std::size_t after(std::size_t found, std::size_t length) {
        return found == std::string_view::npos ? found : found + length;
    }

    bool in_include() const {
        const std::size_t line_break = at_ == 0 ? at_ : text_.rfind('\n', at_ - 1);
        const std::size_t start = line_break == std::string_view::npos ? 0 : line_break;
        const std::string_view line = std::string_view{code_}.substr(start, at_ - start);
        const std::size_t hash = line.find_first_not_of(" \t\n");
        return hash != std::string_view::npos && line[hash] == '#' &&
               line.find("include") != std::string_view::npos;
    }

    void blank_until(std::size_t end) {
        for (end = std::min(end, text_.size()); at_ < end; ++at_) {
            if (text_[at_] != '\n') {
                code_[at_] = ' ';
            }
        }
    }

    void take_raw_string() {
        const std::size_t open = text_.find('(', at_);
        if (open == std::string_view::npos) {
            return blank_until(text_.size());
        }
        const std::string delimiter{text_.substr(at_ + 2, open - at_ - 2)};
        const std::string close = ")" + delimiter + "\"";
        blank_until(after(text_.find(close, open), close.size()));
    }

    void take_literal(char quote) {
        std::size_t end = at_ + 1;
        while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
            end += text_[end] == '\\' ? 2 : 1;
        }
        blank_until(end + 1);
    }

    std::string_view text_;
    std::string code_;
    std::size_t at_ = 0;
};

}  // namespace

std::string code_only(std::string_view text) {
    return Lexer{text}.run();
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

bool is_identifier(char character) {
    return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_';
}

}  // namespace wavetank::tidy
