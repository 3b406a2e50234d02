#pragma once

/// \file
/// The command that answers real HTTP clients.

#include <CLI/CLI.hpp>

namespace wavetank::cli {

/// Adds `serve` to `app`; it leaves its exit status in `status` when it is parsed.
/// Lifetime: `status` outlives `app`.
void add_serve(CLI::App& app, int& status);

}  // namespace wavetank::cli
