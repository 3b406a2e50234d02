#pragma once

/// \file
/// Where in an object the decoder is, kept cheaply and written out only for a complaint.

#include <wavetank/api/type_info.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::codec {

/// The steps from the root to the value at hand.
/// Lifetime: the names it is given must outlive their step.
class FieldPath {
public:
    void enter_field(std::string_view owner, std::string_view name) {
        steps_.push_back({Step::Kind::Field, name, owner, 0});
    }
    void enter_key(std::string_view key) {
        steps_.push_back({Step::Kind::Key, key, {}, 0});
    }
    void enter_index(std::size_t index) {
        steps_.push_back({Step::Kind::Index, {}, {}, index});
    }
    void leave() {
        steps_.pop_back();
    }

    /// Returns "spec.containers[0].image".
    [[nodiscard]] std::string text() const;

    /// Returns the path of a member of the value at hand.
    [[nodiscard]] std::string text_with(std::string_view member) const;

    /// Returns " into Go struct field Container.spec.containers.image of type string", or
    /// " into Go value of type string" at the root.
    [[nodiscard]] std::string go_target(std::string_view go_type) const;

private:
    struct Step {
        enum class Kind : std::uint8_t { Field, Key, Index };
        Kind kind;
        std::string_view name;
        std::string_view owner;
        std::size_t index;
    };

    std::vector<Step> steps_;
};

/// Returns the name that Go has for a type: "[]v1.Container", "map[string]string", "int32".
[[nodiscard]] std::string go_type_name(const api::TypeInfo& type);

}  // namespace wavetank::codec
