#include "codec/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
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
    std::vector<bool> in_flow_;                                    // of each of them
    std::unordered_map<YAML::anchor_t, const YamlNode*> anchors_;  // only looked up
};

}  // namespace

Result<YamlTree> read_yaml_tree(std::string_view text) {
    std::istringstream stream{std::string{text}};
    TreeBuilder builder{text};
    try {
        YAML::Parser parser{stream};
        parser.HandleNextDocument(builder);
    } catch (const YAML::Exception& failure) {
        return Error{.reason = Reason::BadRequest,
                     .message = "yaml: " + failure.msg,
                     .where = {{}, failure.mark.line + 1, failure.mark.column + 1}};
    }
    return builder.take();
}

}  // namespace wavetank::codec
