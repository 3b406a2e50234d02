#include <wavetank/codec/document.hpp>

#include "codec/number.hpp"

#include <algorithm>

namespace wavetank::codec {

const Node* Node::find(std::string_view name) const {
    const auto found = std::ranges::find_if(
        children, [&](const Node& child) { return !child.superseded && child.key == name; });
    return kind == NodeKind::Mapping && found != children.end() ? &*found : nullptr;
}

boost::json::value to_value(const Node& node) {
    switch (node.kind) {
        case NodeKind::Null:
            break;
        case NodeKind::Boolean:
            return node.boolean;
        case NodeKind::Number:
            return number_value(node.text);
        case NodeKind::String:
            return boost::json::string{node.text};
        case NodeKind::Sequence: {
            boost::json::array array;
            array.reserve(node.children.size());
            for (const Node& child : node.children) {
                array.push_back(to_value(child));
            }
            return array;
        }
        case NodeKind::Mapping: {
            boost::json::object object;
            object.reserve(node.children.size());
            for (const Node& child : node.children) {
                if (!child.superseded) {
                    object.emplace(child.key, to_value(child));
                }
            }
            return object;
        }
    }
    return nullptr;
}

}  // namespace wavetank::codec
