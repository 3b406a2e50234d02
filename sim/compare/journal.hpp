#pragma once

/// \file
/// Remembers which runs of a comparison are done, on disk, a line each.

#include <wavetank/sim/compare.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace wavetank::sim {

/// The names of the figures, in the order in which they are shown, and where they are.
struct FigureInfo {
    const char* name;
    double RunFigures::*member;
};
inline constexpr FigureInfo figure_infos[] = {{"p50", &RunFigures::p50},
                                              {"p99", &RunFigures::p99},
                                              {"errors", &RunFigures::errors},
                                              {"scalings", &RunFigures::scalings},
                                              {"replicaHours", &RunFigures::replica_hours}};

[[nodiscard]] boost::json::object to_json(const RunFigures& figures);

/// A file of finished runs. Without a path, it keeps nothing.
class CompareJournal {
public:
    /// Opens the file and reads what it has.
    /// Errors: `BadRequest` if it is a journal of something else, or cannot be written.
    [[nodiscard]] static Result<CompareJournal> open(const std::string& path,
                                                     const std::string& fingerprint);

    /// Returns the run of a variant under a seed, if it is done.
    [[nodiscard]] std::optional<RunFigures> find(const std::string& variant,
                                                 std::uint64_t seed) const;

    /// Adds a run, at once on disk.
    void add(const std::string& variant, std::uint64_t seed, const RunFigures& figures);

private:
    std::ofstream file_;
    std::map<std::pair<std::string, std::uint64_t>, RunFigures> runs_;
};

}  // namespace wavetank::sim
