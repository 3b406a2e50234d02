#pragma once

/// \file
/// The two things an object can be decoded from, behind one set of names: a JSON value and a
/// document's tree. A template argument of the decoder, so neither pays for the other.

#include "codec/number.hpp"

#include <wavetank/codec/document.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace wavetank::codec {

/// Where a value and its key stand; zeros if that is not known.
struct Place {
    int line = 0;
    int column = 0;
};

struct ValueSource {
    using Item = boost::json::value;

    static NodeKind kind(const Item& item);
    static bool boolean(const Item& item) {
        return item.get_bool();
    }
    static std::string_view text(const Item& item) {
        return item.get_string();
    }
    /// Returns a number as JSON writes it.
    static std::string literal(const Item& item);
    static std::optional<std::int64_t> integer(const Item& item);
    static boost::json::value value(const Item& item) {
        return item;
    }
    static Place place(const Item&) {
        return {};
    }
    static Place key_place(const Item&) {
        return {};
    }
    static bool repeats(const Item&) {
        return false;
    }
    static bool superseded(const Item&) {
        return false;
    }
    static std::size_t size(const Item& item) {
        return item.get_array().size();
    }
    template <class Visit>
    static void each_element(const Item& item, Visit visit) {
        for (const Item& element : item.get_array()) {
            visit(element);
        }
    }
    template <class Visit>
    static void each_member(const Item& item, Visit visit) {
        for (const auto& member : item.get_object()) {
            visit(std::string_view{member.key()}, member.value());
        }
    }
};

struct NodeSource {
    using Item = Node;

    static NodeKind kind(const Item& item) {
        return item.kind;
    }
    static bool boolean(const Item& item) {
        return item.boolean;
    }
    static std::string_view text(const Item& item) {
        return item.text;
    }
    static std::string literal(const Item& item) {
        return item.text;
    }
    static std::optional<std::int64_t> integer(const Item& item) {
        return integer_of(item.text);
    }
    static boost::json::value value(const Item& item) {
        return to_value(item);
    }
    static Place place(const Item& item) {
        return {item.line, item.column};
    }
    static Place key_place(const Item& item) {
        return {item.key_line, item.key_column};
    }
    static bool repeats(const Item& item) {
        return item.repeats;
    }
    static bool superseded(const Item& item) {
        return item.superseded;
    }
    static std::size_t size(const Item& item) {
        return item.children.size();
    }
    template <class Visit>
    static void each_element(const Item& item, Visit visit) {
        for (const Item& element : item.children) {
            visit(element);
        }
    }
    template <class Visit>
    static void each_member(const Item& item, Visit visit) {
        for (const Item& member : item.children) {
            visit(std::string_view{member.key}, member);
        }
    }
};

}  // namespace wavetank::codec
