#include "codec/yaml_tree.hpp"
#include "codec/utf8.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

namespace wavetank::codec {
namespace {

// Builds the tree from the parser's events.
class TreeBuilder : public YAML::EventHandler {
public:
    explicit TreeBuilder(std::string_view text) : text_{text} {}

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        // The parser takes "[a,,b]" for a null between the commas.
        const bool is_value = !open_.empty() && open_.back()->kind == YamlNodeKind::Mapping &&
                              open_.back()->children.size() % 2 == 1;
        if (!is_value && byte_at(mark.pos) == ',') {
            throw YAML::ParserException(mark, "did not find expected node content");
        }
        add(make(YamlNodeKind::Scalar, mark, "?", anchor));
    }

    void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
        constexpr std::string_view allowed =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
        if (name.empty() || name.find_first_not_of(allowed) != std::string::npos) {
            throw YAML::ParserException(mark,
                                        "did not find expected alphabetic or numeric character");
        }
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            throw YAML::ParserException(mark, "unknown anchor referenced");
        }
        if (std::ranges::find(open_, found->second) != open_.end()) {
            throw YAML::ParserException(mark, "anchor value contains itself");
        }
        use({found->second, true});
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        YamlNode& node = make(YamlNodeKind::Scalar, mark, tag, anchor);
        node.text = value;
        const std::size_t end = check_end(mark, node);
        if (end > 0 && end <= text_.size() && text_[end - 1] == '"') {
            mend_escapes(mark, end, node.text);
        }
        if (tag == "?") {
            trim_breaks(node.text);
        }
        if (is_key_of_block()) {
            check_colon(mark, end);
        }
        add(node);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override {
        open(make(YamlNodeKind::Sequence, mark, tag, anchor), style);
    }
    void OnSequenceEnd() override {
        close();
    }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override {
        open(make(YamlNodeKind::Mapping, mark, tag, anchor), style);
    }
    void OnMapEnd() override {
        close();
    }

    [[nodiscard]] const YamlTree& tree() const {
        return tree_;
    }

    /// Tells whether the document is a collection that is written line by line.
    [[nodiscard]] bool root_is_block() const {
        return root_is_block_;
    }

    [[nodiscard]] YamlTree take() {
        return std::move(tree_);
    }

private:
    [[nodiscard]] char byte_at(int offset) const {
        const auto index = static_cast<std::size_t>(offset);
        return offset >= 0 && index < text_.size() ? text_[index] : '\0';
    }

    [[nodiscard]] bool is_key_of_block() const {
        return !open_.empty() && open_.back()->kind == YamlNodeKind::Mapping && !in_flow_.back() &&
               open_.back()->children.size() % 2 == 0;
    }

    // Returns where a scalar of one line ends. The parser lets a quoted scalar end with the text,
    // which this does not.
    [[nodiscard]] std::size_t check_end(const YAML::Mark& mark, const YamlNode& node) const {
        std::size_t at = static_cast<std::size_t>(mark.pos);
        while (at < text_.size() && (text_[at] == '!' || text_[at] == '&')) {
            at = text_.find_first_not_of(" \t\n", text_.find_first_of(" \t\n", at));
        }
        if (at >= text_.size() || (text_[at] != '"' && text_[at] != '\'')) {
            return std::min(at, text_.size()) + node.text.size();
        }
        const char quote = text_[at];
        for (++at; at < text_.size(); ++at) {
            if (text_[at] == '\\' && quote == '"') {
                ++at;
            } else if (text_[at] == quote) {
                if (quote == '"' || at + 1 == text_.size() || text_[at + 1] != quote) {
                    return at + 1;
                }
                ++at;
            }
        }
        throw YAML::ParserException(mark, "found unexpected end of stream");
    }

    // The parser writes two characters that have escapes of their own as single bytes, and knows
    // an escape that YAML 1.1 does not.
    void mend_escapes(const YAML::Mark& mark, std::size_t end, std::string& text) const {
        const std::size_t start = std::min(static_cast<std::size_t>(mark.pos), end);
        const std::string_view written = text_.substr(start, end - start);
        for (std::size_t at = written.find('"'); at < written.size(); ++at) {
            if (written[at] == '\\' && ++at < written.size() && written[at] == '/') {
                throw YAML::ParserException(mark, "found unknown escape character");
            }
        }
        std::string mended;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t length = utf8_length(text, at);
            if (length == 0) {
                mended += '\xC2';
            }
            mended.append(text, at, std::max<std::size_t>(length, 1));
            at += std::max<std::size_t>(length, 1);
        }
        text = std::move(mended);
    }

    // The parser takes a last line without a colon for a key without a value.
    void check_colon(const YAML::Mark& mark, std::size_t end) const {
        const std::size_t next = text_.find_first_not_of(" \t", end);
        if (next != std::string_view::npos && text_[next] == ':') {
            return;
        }
        const std::size_t before =
            mark.pos > 0 ? text_.find_last_not_of(" \t\n", static_cast<std::size_t>(mark.pos) - 1)
                         : std::string_view::npos;
        if (before == std::string_view::npos || text_[before] != '?') {
            throw YAML::ParserException(mark, "could not find expected ':'");
        }
    }

    // YAML 1.1 knows three more line breaks, which the parser does not.
    static void trim_breaks(std::string& text) {
        constexpr std::string_view breaks[] = {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"};
        for (const std::string_view line_break : breaks) {
            while (text.ends_with(line_break)) {
                text.resize(text.size() - line_break.size());
            }
        }
    }

    YamlNode& make(YamlNodeKind kind, const YAML::Mark& mark, const std::string& tag,
                   YAML::anchor_t anchor) {
        YamlNode& node = tree_.nodes.emplace_back();
        node.kind = kind;
        node.line = mark.line + 1;
        node.column = mark.column + 1;
        node.tag = tag;
        if (anchor != 0) {
            anchors_[anchor] = &node;
        }
        return node;
    }

    void use(YamlUse mention) {
        if (open_.empty()) {
            tree_.root = mention;
        } else {
            open_.back()->children.push_back(mention);
        }
    }

    void add(const YamlNode& node) {
        use({&node, false});
    }

    void open(YamlNode& node, YAML::EmitterStyle::value style) {
        if (open_.empty()) {
            root_is_block_ = style != YAML::EmitterStyle::Flow;
        }
        add(node);
        open_.push_back(&node);
        in_flow_.push_back(style == YAML::EmitterStyle::Flow ||
                           (!in_flow_.empty() && in_flow_.back()));
    }

    void close() {
        open_.pop_back();
        in_flow_.pop_back();
    }

    std::string_view text_;
    YamlTree tree_;
    std::vector<YamlNode*> open_;
    std::vector<bool> in_flow_;  // of each of them
    bool root_is_block_ = false;
    std::unordered_map<YAML::anchor_t, const YamlNode*> anchors_;  // only looked up
};

// Notes where a document starts.
class DocumentFinder : public YAML::EventHandler {
public:
    void OnDocumentStart(const YAML::Mark& mark) override {
        start_ = mark;
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

    [[nodiscard]] const std::optional<YAML::Mark>& start() const {
        return start_;
    }

private:
    std::optional<YAML::Mark> start_;
};

bool is_marker(std::string_view line) {
    const bool marks = line.starts_with("---") || line.starts_with("...");
    return marks && (line.size() == 3 || line[3] == ' ' || line[3] == '\t');
}

// Tells whether one of the lines from `first` to `last`, counted from 1, separates documents.
bool has_marker(std::string_view text, int first, int last) {
    for (int line = 1; line <= last && !text.empty(); ++line) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (line >= first && is_marker(text.substr(0, end))) {
            return true;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return false;
}

// The parser begins another document where a collection of lines is followed by something else.
void check_rest(YAML::Parser& parser, std::string_view text, const YamlTree& tree, bool in_block) {
    if (!in_block || tree.root.node == nullptr) {
        return;
    }
    DocumentFinder finder;
    try {
        parser.HandleNextDocument(finder);
    } catch (const YAML::Exception& failure) {
        if (!finder.start()) {
            return;
        }
    }
    if (finder.start() && !has_marker(text, tree.root.node->line, finder.start()->line + 1)) {
        throw YAML::ParserException(*finder.start(), "did not find expected '-' indicator");
    }
}

}  // namespace

Result<YamlTree> read_yaml_tree(std::string_view text) {
    std::istringstream stream{std::string{text}};
    TreeBuilder builder{text};
    try {
        YAML::Parser parser{stream};
        parser.HandleNextDocument(builder);
        check_rest(parser, text, builder.tree(), builder.root_is_block());
    } catch (const YAML::Exception& failure) {
        return Error{.reason = Reason::BadRequest,
                     .message = "yaml: " + failure.msg,
                     .where = {{}, failure.mark.line + 1, failure.mark.column + 1}};
    }
    return builder.take();
}

}  // namespace wavetank::codec
