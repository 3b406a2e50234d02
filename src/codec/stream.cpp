#include <wavetank/codec/document.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::codec {
namespace {

constexpr std::string_view spaces = " \t\n\v\f\r";
constexpr std::string_view separator = "---";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(spaces);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

bool looks_like_json(std::string_view text) {
    const std::size_t first = text.find_first_not_of(spaces);
    return first != std::string_view::npos && text[first] == '{';
}

StreamPart part_of(Result<Document> document) {
    const bool empty = document.has_value() && document->root.kind == NodeKind::Null;
    return {std::move(document), empty};
}

// Parts YAML at its separator lines. A separator also ends an empty part, unless it is the first
// line of one, as kubectl's reader has it.
class YamlSplitter {
public:
    YamlSplitter(std::string_view text, TextOrigin origin)
        : text_{text}, origin_{std::move(origin)}, line_{origin_.line} {}

    std::vector<StreamPart> run() && {
        for (std::size_t at = 0; at < text_.size();) {
            const std::size_t end = std::min(text_.find('\n', at), text_.size());
            const std::size_t next = std::min(end + 1, text_.size());
            if (text_.substr(at, end - at).starts_with(separator)) {
                separate(at, end, next);
            }
            at = next;
            ++line_;
        }
        if (start_ < text_.size()) {
            finish(text_.size());
        }
        return std::move(parts_);
    }

private:
    void separate(std::size_t at, std::size_t end, std::size_t next) {
        const std::size_t after = at + separator.size();
        const std::string_view rest = trimmed(text_.substr(after, end - after));
        if (!rest.empty() && rest[0] != '#') {
            parts_.push_back(
                {Error{.reason = Reason::BadRequest,
                       .message = "invalid Yaml document separator: " + std::string{rest},
                       .where = {origin_.file, line_, 1}}});
        } else if (at != start_) {
            finish(at);
        } else {
            return;  // the line belongs to the part that it starts
        }
        start_ = next;
        start_line_ = line_ + 1;
    }

    void finish(std::size_t end) {
        const TextOrigin origin{origin_.file, start_line_ == 0 ? origin_.line : start_line_,
                                start_ == 0 ? origin_.column : 1};
        parts_.push_back(part_of(parse_yaml(text_.substr(start_, end - start_), origin)));
    }

    std::string_view text_;
    TextOrigin origin_;
    std::vector<StreamPart> parts_;
    std::size_t start_ = 0;
    int start_line_ = 0;  // 0: the first part
    int line_ = 1;
};

// Drops white space up to the first line break, and that.
void skip_line_end(std::string_view& text, TextOrigin& origin) {
    while (!text.empty() && spaces.find(text[0]) != std::string_view::npos) {
        const bool ended = text[0] == '\n';
        ++origin.column;
        text.remove_prefix(1);
        if (ended) {
            ++origin.line;
            origin.column = 1;
            return;
        }
    }
}

}  // namespace

std::vector<StreamPart> parse_stream(std::string_view text, const std::string& file) {
    TextOrigin origin{.file = file};
    if (!looks_like_json(text)) {
        return YamlSplitter{text, origin}.run();
    }
    std::vector<StreamPart> parts;
    while (!trimmed(text).empty()) {
        Result<Document> document = parse_json_prefix(text, origin);
        if (document) {
            parts.push_back(part_of(std::move(document)));
            continue;
        }
        if (parts.size() > 1) {
            parts.push_back({std::move(document)});
            return parts;  // a stream of JSON does not turn into YAML
        }
        skip_line_end(text, origin);
        std::vector<StreamPart> rest = YamlSplitter{text, origin}.run();
        if (!rest.empty() && !rest.front().document) {
            rest.front() = {std::move(document)};  // neither; it looked like JSON
        }
        std::ranges::move(rest, std::back_inserter(parts));
        return parts;
    }
    return parts;
}

}  // namespace wavetank::codec
