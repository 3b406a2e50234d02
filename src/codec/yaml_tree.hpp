#pragma once

/// \file
/// A YAML document as it is written: tags, anchors and aliases not resolved yet.

#include <wavetank/base/result.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::codec {

enum class YamlNodeKind : std::uint8_t { Scalar, Sequence, Mapping };

struct YamlNode;

/// A mention of a node: its definition, or an alias of it.
struct YamlUse {
    const YamlNode* node = nullptr;
    bool alias = false;
};

struct YamlNode {
    YamlNodeKind kind = YamlNodeKind::Scalar;
    int line = 0;  ///< from 1, of the text that was parsed
    int column = 0;
    std::string tag;                ///< "?" plain, "!" quoted, else the full tag
    std::string text;               ///< Scalar
    std::vector<YamlUse> children;  ///< Mapping: key, value, key, value, ...
};

/// Owns the nodes of one document.
struct YamlTree {
    std::deque<YamlNode> nodes;
    YamlUse root;  ///< null node: the document is empty
};

/// Reads the first document of a text into a tree.
/// Errors: `BadRequest` with the position in `text`.
[[nodiscard]] Result<YamlTree> read_yaml_tree(std::string_view text);

/// Finds what the parser lets pass and Kubernetes does not: bytes that are not UTF-8, control
/// characters, tabs as indentation, another version of YAML.
/// Errors: `BadRequest` with the position in `text`.
[[nodiscard]] Result<> check_yaml_text(std::string_view text);

}  // namespace wavetank::codec
