#include "codec/source.hpp"

namespace wavetank::codec {

NodeKind ValueSource::kind(const Item& item) {
    switch (item.kind()) {
        case boost::json::kind::null:
            return NodeKind::Null;
        case boost::json::kind::bool_:
            return NodeKind::Boolean;
        case boost::json::kind::int64:
        case boost::json::kind::uint64:
        case boost::json::kind::double_:
            return NodeKind::Number;
        case boost::json::kind::string:
            return NodeKind::String;
        case boost::json::kind::array:
            return NodeKind::Sequence;
        case boost::json::kind::object:
            return NodeKind::Mapping;
    }
    return NodeKind::Null;
}

// A value that was read from "1.0" no longer tells that from "1e0", but it was no integer.
std::string ValueSource::literal(const Item& item) {
    if (item.is_int64()) {
        return std::to_string(item.get_int64());
    }
    if (item.is_uint64()) {
        return std::to_string(item.get_uint64());
    }
    std::string text = double_text(item.get_double());
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::optional<std::int64_t> ValueSource::integer(const Item& item) {
    return item.is_int64() ? std::optional{item.get_int64()} : std::nullopt;
}

}  // namespace wavetank::codec
