#pragma once

/// \file
/// Where in an object is a field, and how do several checks report into one list?
///
/// The errors themselves are those of <wavetank/api/field_error.hpp>.

#include <wavetank/api/field_error.hpp>
#include <wavetank/api/names.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavetank::registry {

using api::FieldErrors;

/// The path of a field as kube-apiserver writes it: `spec.containers[0].env[NAME]`.
class Path {
public:
    explicit Path(std::string_view root) : text_{root} {}

    /// Returns the path of a field of this one.
    [[nodiscard]] Path operator/(std::string_view field) const {
        return Path{text_.empty() ? std::string{field} : text_ + "." + std::string{field}};
    }
    /// Returns the path of an element of this list.
    [[nodiscard]] Path operator[](std::size_t index) const {
        return Path{text_ + "[" + std::to_string(index) + "]"};
    }
    /// Returns the path of an entry of this map.
    [[nodiscard]] Path key(std::string_view name) const {
        return Path{text_ + "[" + std::string{name} + "]"};
    }
    [[nodiscard]] const std::string& text() const {
        return text_;
    }
    explicit(false) operator std::string_view() const {
        return text_;
    }

private:
    std::string text_;
};

/// Adds `more` at the end of `errors`.
inline void append(FieldErrors& errors, FieldErrors more) {
    for (Cause& cause : more) {
        errors.push_back(std::move(cause));
    }
}

/// Returns a list of texts as JSON has it.
[[nodiscard]] inline std::string json_list(const std::vector<std::string>& texts) {
    std::string result = "[";
    for (const std::string& text : texts) {
        result += (result.size() > 1 ? "," : "") + api::json_quoted(text);
    }
    return result + "]";
}

/// Adds one `Invalid` for each of the problems that a check of <wavetank/api/names.hpp> found.
inline void append_problems(FieldErrors& errors, const Path& path, std::string_view value,
                            const api::NameProblems& problems) {
    for (const std::string& problem : problems) {
        errors.push_back(api::invalid_value(path, value, problem));
    }
}

}  // namespace wavetank::registry
