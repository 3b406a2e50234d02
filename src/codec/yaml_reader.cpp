#include "codec/yaml_scalar.hpp"
#include "codec/yaml_tree.hpp"

#include <wavetank/codec/document.hpp>

#include <optional>
#include <unordered_map>
#include <utility>

namespace wavetank::codec {
namespace {

// Guards against anchors that multiply: beyond a small document, no more than a share of all nodes
// may come from aliases, and the share shrinks as the document grows (as in go-yaml).
class AliasBudget {
public:
    // Counts a node; false if aliases have made too many.
    [[nodiscard]] bool count(bool from_alias) {
        ++all_;
        aliased_ += from_alias ? 1 : 0;
        constexpr std::int64_t aliased_free = 100;
        constexpr std::int64_t all_free = 1000;
        return aliased_ <= aliased_free || all_ <= all_free ||
               static_cast<double>(aliased_) <= static_cast<double>(all_) * share();
    }

private:
    [[nodiscard]] double share() const {
        constexpr double low = 400'000;
        constexpr double high = 4'000'000;
        const auto all = static_cast<double>(all_);
        if (all <= low) {
            return 0.99;
        }
        return all >= high ? 0.10 : 0.99 - 0.89 * (all - low) / (high - low);
    }

    std::int64_t all_ = 0;
    std::int64_t aliased_ = 0;
};

// Turns the tree as written into the tree as meant. Goes no further after the first failure.
class Resolver {
public:
    explicit Resolver(Document& document) : document_{document} {}

    bool run(YamlUse root) {
        return root.node == nullptr || value(root, document_.root, {0, false});
    }

    [[nodiscard]] const Error& error() const {
        return *error_;
    }

private:
    struct Depth {
        int level = 0;
        bool in_alias = false;
    };

    // The keys of one mapping, told apart as Go does: by type and value.
    struct Keys {
        std::unordered_map<std::string, std::size_t> by_identity;
        std::unordered_map<std::string, std::size_t> by_text;
    };

    bool fail(const YamlNode& node, std::string message) {
        error_ = Error{.reason = Reason::BadRequest,
                       .message = std::move(message),
                       .where = {{}, node.line, node.column}};
        return false;
    }

    bool value(YamlUse use, Node& out, Depth depth) {
        const YamlNode& node = *use.node;
        depth.in_alias = depth.in_alias || use.alias;
        if (!budget_.count(depth.in_alias)) {
            return fail(node, "yaml: document contains excessive aliasing");
        }
        if (depth.level > depth_max) {
            return fail(node, "yaml: exceeded max depth");
        }
        ++depth.level;
        out.line = node.line;
        out.column = node.column;
        switch (node.kind) {
            case YamlNodeKind::Scalar:
                return scalar(node, out);
            case YamlNodeKind::Sequence:
                out.kind = NodeKind::Sequence;
                out.children.reserve(node.children.size());
                for (const YamlUse& child : node.children) {
                    if (!value(child, out.children.emplace_back(), depth)) {
                        return false;
                    }
                }
                return true;
            case YamlNodeKind::Mapping: {
                Keys keys;
                out.kind = NodeKind::Mapping;
                out.children.reserve(node.children.size() / 2);
                return mapping(node, out, keys, depth);
            }
        }
        return true;
    }

    bool scalar(const YamlNode& node, Node& out) {
        Result<Scalar> resolved = resolve({node.text, node.tag});
        if (!resolved) {
            return fail(node, resolved.error().message);
        }
        const Result<> stored = store_scalar(std::move(*resolved), out);
        return stored ? true : fail(node, stored.error().message);
    }

    static bool is_merge(const YamlNode& key) {
        return key.kind == YamlNodeKind::Scalar && key.text == "<<" &&
               (key.tag == "?" || key.tag == "tag:yaml.org,2002:merge");
    }

    bool mapping(const YamlNode& node, Node& out, Keys& keys, Depth depth) {
        for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
            const YamlNode& key = *node.children[i].node;
            const YamlUse& member = node.children[i + 1];
            const bool done = is_merge(key) ? merge(member, out, keys, depth)
                                            : entry(key, member, out, keys, depth);
            if (!done) {
                return false;
            }
        }
        return true;
    }

    // As go-yaml: in the order of the text, so a merge overrides the keys before it.
    bool merge(YamlUse use, Node& out, Keys& keys, Depth depth) {
        const YamlNode& node = *use.node;
        depth.in_alias = depth.in_alias || use.alias;
        if (depth.level > depth_max || !budget_.count(depth.in_alias)) {
            return fail(node, "yaml: document contains excessive aliasing");
        }
        ++depth.level;
        if (node.kind == YamlNodeKind::Mapping) {
            return mapping(node, out, keys, depth);
        }
        constexpr const char* wrong =
            "yaml: map merge requires map or sequence of maps as the value";
        if (node.kind != YamlNodeKind::Sequence || use.alias) {
            return fail(node, wrong);
        }
        for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) {
            if (child->node->kind != YamlNodeKind::Mapping) {
                return fail(*child->node, wrong);
            }
            if (!merge(*child, out, keys, depth)) {
                return false;
            }
        }
        return true;
    }

    bool entry(const YamlNode& key, YamlUse member, Node& out, Keys& keys, Depth depth) {
        if (key.kind != YamlNodeKind::Scalar) {
            return fail(key, "yaml: invalid map key: it is not a scalar");
        }
        Result<Scalar> resolved = resolve({key.text, key.tag});
        if (!resolved) {
            return fail(key, resolved.error().message);
        }
        Result<std::string> text = key_text(*resolved);
        if (!text) {
            return fail(key, text.error().message);
        }
        std::string identity{static_cast<char>('0' + static_cast<int>(resolved->type))};
        if (!keys.by_identity.try_emplace(identity + *text, 0).second) {
            const std::string shown = resolved->type == ScalarType::Text ? go_quoted(*text) : *text;
            document_.duplicates.push_back({shown, key.line, key.column});
        }
        const auto [slot, fresh] = keys.by_text.try_emplace(*text, out.children.size());
        Node& child = fresh ? out.children.emplace_back() : out.children[slot->second];
        if (!fresh) {
            child = Node{};
        }
        child.key = std::move(*text);
        child.key_line = key.line;
        child.key_column = key.column;
        return value(member, child, depth);
    }

    static std::string go_quoted(const std::string& text) {
        return boost::json::serialize(boost::json::string{text});
    }

    Document& document_;
    AliasBudget budget_;
    std::optional<Error> error_;
};

void move_places(Node& node, const TextOrigin& origin) {
    const auto move = [&](int& line, int& column) {
        if (line == 1) {
            column += origin.column - 1;
        }
        line += line > 0 ? origin.line - 1 : 0;
    };
    move(node.line, node.column);
    move(node.key_line, node.key_column);
    for (Node& child : node.children) {
        move_places(child, origin);
    }
}

// Makes every line break a newline, as YAML's own rule is.
std::string with_newlines(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\r') {
            out += text[at];
        } else if (at + 1 == text.size() || text[at + 1] != '\n') {
            out += '\n';
        }
    }
    return out;
}

Error placed(Error error, const TextOrigin& origin) {
    error.where.file = origin.file;
    error.where.column += error.where.line == 1 ? origin.column - 1 : 0;
    error.where.line += error.where.line > 0 ? origin.line - 1 : 0;
    return error;
}

}  // namespace

Result<Document> parse_yaml(std::string_view text, const TextOrigin& origin) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    std::string normalized;
    if (text.find('\r') != std::string_view::npos) {
        normalized = with_newlines(text);
        text = normalized;
    }
    if (const auto checked = check_yaml_text(text); !checked) {
        return placed(checked.error(), origin);
    }
    const Result<YamlTree> tree = read_yaml_tree(text);
    if (!tree) {
        return placed(tree.error(), origin);
    }
    Document document{.file = origin.file, .format = DocumentFormat::Yaml};
    Resolver resolver{document};
    if (!resolver.run(tree->root)) {
        return placed(resolver.error(), origin);
    }
    if (origin.line != 1 || origin.column != 1) {
        move_places(document.root, origin);
        for (DuplicateKey& duplicate : document.duplicates) {
            duplicate.line += origin.line - 1;
        }
    }
    return document;
}

}  // namespace wavetank::codec
