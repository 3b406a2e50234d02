#pragma once

/// \file
/// Finds the files of cases below a folder, replays them and prints what came of it.

#include "fidelity/fidelity.hpp"

#include <iosfwd>
#include <span>

namespace wavetank::fidelity {

struct Totals {
    std::size_t passed = 0;
    std::size_t failed = 0;
    std::size_t skipped = 0;

    Totals& operator+=(const Totals& other);
};

/// Returns the registration whose stem is the longest start of `file_stem`; null if none is.
[[nodiscard]] const Registration* registration_of(std::span<const Registration> known,
                                                  std::string_view file_stem);

/// Returns every *.jsonl file below `folder`, ordered by path.
[[nodiscard]] std::vector<std::filesystem::path> case_files(const std::filesystem::path& folder);

/// Replays one file and prints its line, its failures and its reasons for skipping to `out`.
/// `registration` may be null: then every line counts as skipped.
[[nodiscard]] Totals replay_file(const Registration* registration,
                                 const std::filesystem::path& file, const std::string& name,
                                 std::ostream& out);

}  // namespace wavetank::fidelity
