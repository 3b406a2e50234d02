#pragma once

/// \file
/// What stands in a JSON or YAML text, and where: a tree that remembers lines and columns.
///
/// Both formats become the same tree, with YAML's scalars already resolved as Kubernetes resolves
/// them, so whatever is decoded from it need not know the format, and every complaint about a
/// field can say where the field stands.

#include <wavetank/base/result.hpp>

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::codec {

enum class NodeKind : std::uint8_t { Null, Boolean, Number, String, Sequence, Mapping };

/// How deep a document may nest. Real manifests stay below 30.
inline constexpr int depth_max = 400;

/// One value. Line and column count from 1.
struct Node {
    NodeKind kind = NodeKind::Null;
    bool boolean = false;     ///< Boolean
    bool repeats = false;     ///< in a mapping: its key stood before
    bool superseded = false;  ///< in a mapping: its key comes again; the last one counts
    int line = 0;
    int column = 0;
    int key_line = 0;  ///< in a mapping: where its key stands
    int key_column = 0;
    std::string key;             ///< in a mapping
    std::string text;            ///< String: the text; Number: its JSON literal, as it was written
    std::vector<Node> children;  ///< Sequence, Mapping

    /// Returns the member that counts for `name`; null if there is none.
    [[nodiscard]] const Node* find(std::string_view name) const;
};

enum class DocumentFormat : std::uint8_t { Json, Yaml };

/// A key that a YAML mapping sets twice, which only the strict form minds.
struct DuplicateKey {
    std::string key;  ///< as Go quotes it
    int line = 0;
    int column = 0;

    bool operator==(const DuplicateKey&) const = default;
};

/// One document of a file.
struct Document {
    std::string file;  ///< empty: not from a file
    DocumentFormat format = DocumentFormat::Json;
    Node root;
    std::vector<DuplicateKey> duplicates;  ///< Yaml
};

/// What a text is called and where its first character stands, for the positions in it.
struct TextOrigin {
    std::string file;
    int line = 1;
    int column = 1;
};

/// Reads one JSON value and nothing after it.
///
/// Errors: `BadRequest` in the words of Go's encoding/json, with the position. Bytes that are not
/// UTF-8 and nesting deeper than `depth_max` are errors, too.
[[nodiscard]] Result<Document> parse_json(std::string_view text, const TextOrigin& origin = {});

/// Reads the JSON value that `text` starts with, and cuts it off `text`; moves `origin` along.
/// Errors: as `parse_json`; then `text` is unchanged.
[[nodiscard]] Result<Document> parse_json_prefix(std::string_view& text, TextOrigin& origin);

/// Reads the first YAML document of a text, as Kubernetes does: YAML 1.1 scalars (`yes`, `017`
/// and `1_000` are not texts), merge keys, keys turned into text. An empty one is null.
///
/// Errors: `BadRequest` with the position, for what YAML or Kubernetes forbids: tabs as
/// indentation, control characters, keys that are no scalars, infinities, unknown anchors, and
/// anchors that multiply beyond reason.
[[nodiscard]] Result<Document> parse_yaml(std::string_view text, const TextOrigin& origin = {});

/// One part of a stream: a document, an empty one, or what is wrong with it.
struct StreamPart {
    Result<Document> document;
    bool empty = false;  ///< nothing but comments, or null
};

/// Reads a text of many documents as kubectl's file reader does: YAML parted by lines of `---`, or
/// JSON values one after the other.
///
/// Errors: stand in the parts. A part that is not well-formed does not hide the ones after it,
/// unless nothing tells where it ends.
[[nodiscard]] std::vector<StreamPart> parse_stream(std::string_view text,
                                                   const std::string& file = {});

/// Returns the value as JSON. A number that is neither int64 nor uint64 becomes a double.
[[nodiscard]] boost::json::value to_value(const Node& node);

}  // namespace wavetank::codec
