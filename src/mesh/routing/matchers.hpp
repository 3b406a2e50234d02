#pragma once

/// \file
/// Rules for requests with their patterns compiled.

#include <wavetank/base/result.hpp>
#include <wavetank/mesh/route_table.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace wavetank::mesh {

/// A pattern that is compiled; null where there is none.
using CompiledPattern = std::shared_ptr<const re2::RE2>;

/// Compiles a pattern. Errors: `Invalid`.
[[nodiscard]] Result<CompiledPattern> compile_pattern(const std::string& pattern);

/// Returns the text with every match replaced.
[[nodiscard]] std::string replace_all(std::string_view text, const re2::RE2& pattern,
                                      const std::string& substitution);

/// Returns the path without its query and fragment.
[[nodiscard]] std::string_view without_query(std::string_view path);

/// A `RouteMatch`, ready for use. Lifetime: the match outlives it.
class CompiledMatch {
public:
    /// Errors: `Invalid` for a pattern that is none.
    [[nodiscard]] static Result<CompiledMatch> make(const RouteMatch& match);

    [[nodiscard]] bool matches(const RouteRequest& request, std::uint64_t random,
                               bool ignores_path_parameters) const;

    /// Returns the part of the path that a prefix rewrite replaces.
    [[nodiscard]] std::string_view matched_path(const RouteRequest& request) const;

private:
    explicit CompiledMatch(const RouteMatch& match) : match_(&match) {}

    [[nodiscard]] bool matches_path(std::string_view path) const;
    [[nodiscard]] bool matches_header(std::size_t index, const RouteRequest& request) const;
    [[nodiscard]] bool matches_query(const RouteRequest& request) const;

    const RouteMatch* match_;
    CompiledPattern path_;
    std::vector<CompiledPattern> headers_;
    std::vector<CompiledPattern> query_parameters_;
};

}  // namespace wavetank::mesh
