#pragma once

/// \file
/// Which rules of the source tree does a file break? The rules that a compiler does not know: who
/// may include whom, what determinism forbids, and how long a file may be.

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::tidy {

/// For each module the modules that it may include, as `wavetank_module()` declares them.
using Modules = std::map<std::string, std::set<std::string>, std::less<>>;

/// One file of the tree.
struct Source {
    std::string path;  ///< from the top of the tree: "src/mesh/route.cpp"
    std::string text;
};

/// One broken rule, to be shown as "file:line: message".
struct Finding {
    std::string path;
    std::size_t line = 0;
    std::string message;

    bool operator==(const Finding&) const = default;
};

/// Returns every broken rule of `source`, in the order of its lines.
[[nodiscard]] std::vector<Finding> check(const Source& source, const Modules& modules);

/// Returns a finding for each module that includes itself by way of others, and for each that is
/// depended on but not declared.
[[nodiscard]] std::vector<Finding> check(const Modules& modules);

}  // namespace wavetank::tidy
