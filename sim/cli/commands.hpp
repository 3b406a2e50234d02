#pragma once

/// \file
/// The commands of the program, one function each to declare it and what it does.

#include <CLI/CLI.hpp>

#include <string>

namespace wavetank::cli {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;  ///< an objective failed, or there were errors
inline constexpr int exit_usage = 2;

/// Returns what this program calls itself, and whose rules it follows.
[[nodiscard]] std::string version_text();

/// Each adds a command to `app` that leaves its exit status in `status` when it is parsed.
/// Lifetime: `status` outlives `app`.
void add_run(CLI::App& app, int& status);
void add_compare(CLI::App& app, int& status);
void add_export(CLI::App& app, int& status);
void add_explain(CLI::App& app, int& status);
void add_fit(CLI::App& app, int& status);
void add_validate(CLI::App& app, int& status);
void add_completion(CLI::App& app, int& status);
void add_version(CLI::App& app, int& status);

}  // namespace wavetank::cli
