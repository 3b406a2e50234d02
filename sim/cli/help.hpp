#pragma once

/// \file
/// How the program explains itself: help that fits 80 columns, and short words on wrong usage.

#include <CLI/CLI.hpp>

#include <cstdint>

namespace wavetank::cli {

/// Makes `app` and the commands that are added to it later print help and usage errors our way.
void set_up_help(CLI::App& app);

/// Returns a check that an argument is a whole number from 0 to `most`; its message says so.
[[nodiscard]] CLI::Validator whole_number(std::uint64_t most);

}  // namespace wavetank::cli
