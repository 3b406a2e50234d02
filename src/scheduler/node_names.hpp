#pragma once

/// \file
/// How are nodes found by their names?

#include <wavetank/api/text.hpp>

#include <cstddef>
#include <functional>
#include <string_view>

namespace wavetank::scheduler {

struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
        return std::hash<std::string_view>{}(name);
    }
};

/// Copies of one text are equal without a look at it, which is in no cache if there are many.
struct NameEqual {
    using is_transparent = void;
    bool operator()(const api::Text& left, const api::Text& right) const {
        return left == right;
    }
    template <api::TextLike Name>
    bool operator()(const Name& left, const api::Text& right) const {
        return right == left;
    }
    template <api::TextLike Name>
    bool operator()(const api::Text& left, const Name& right) const {
        return left == right;
    }
};

}  // namespace wavetank::scheduler
