#pragma once

/// \file
/// Which of several ways to run a fleet is better, and is the difference more than chance?
///
/// Every variant runs under every seed. Under one seed all variants meet the same arrivals and the
/// same service times (common random numbers), so their differences, taken pair by pair, vary far
/// less than the figures themselves.

#include <wavetank/base/result.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/sim/simulation.hpp>

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace wavetank::sim {

/// One way to run the fleet.
struct Variant {
    std::string name;
    /// Prepares a simulation that has the base already. Called in several threads at once.
    std::function<Result<void>(Simulation&)> apply;
    /// Tells two variants of one name apart when runs are taken up again.
    std::string fingerprint;
};

/// Makes the variant that a word of a command line names: a file or folder of manifests, applied
/// after the base; "replicas=5", for all Deployments of `base` or, if some variant's autoscalers
/// scale some of them, for those; or "NAME.replicas=5", for the Deployment of that name.
/// Errors: what is wrong with the word, or with its manifests.
[[nodiscard]] Result<std::vector<Variant>> make_variants(const std::vector<std::string>& words,
                                                         const std::vector<std::string>& base);

/// What one run came to.
struct RunFigures {
    double p50 = 0;            ///< seconds, of all loads together
    double p99 = 0;            ///< seconds
    double errors = 0;         ///< part of the requests that ended with 5xx
    double scalings = 0;       ///< changes of the sizes that were asked for
    double replica_hours = 0;  ///< of all Deployments, as asked for

    bool operator==(const RunFigures&) const = default;
};

/// Sums up a report.
[[nodiscard]] RunFigures figures_of(const Report& report);

struct CompareOptions {
    std::uint64_t seed_first = 1;
    std::size_t seeds = 10;
    std::size_t threads = 0;           ///< 0: as many as there are cores
    std::optional<Duration> duration;  ///< default: as the base says
    std::string journal;               ///< a file that keeps what is done; empty: none
    std::stop_token stop{};            ///< ends it after the runs that are going on
    std::function<void(std::size_t done, std::size_t all)> observe{};  ///< one call at a time
};

/// A mean, and by how much it may be off: half the width of its 95 % confidence interval.
struct Estimate {
    double mean = 0;
    double margin = 0;  ///< 0 if there are less than two runs

    bool operator==(const Estimate&) const = default;
};

/// The mean of numbers of independent runs, with Student's t for the margin.
[[nodiscard]] Estimate estimate(const std::vector<double>& values);

/// The runs of one variant, in order of their seeds.
struct VariantRuns {
    std::string name;
    std::vector<RunFigures> runs;
};

/// All runs. Equal inputs give equal comparisons, whatever the number of threads.
struct Comparison {
    std::uint64_t seed_first = 1;
    bool interrupted = false;           ///< only seeds that every variant has run are in it
    std::vector<VariantRuns> variants;  ///< the first is the one that the others are compared with
};

/// Runs every variant under every seed, one simulation a thread.
///
/// `prepare` makes what all have in common; called in several threads at once. With a journal, runs
/// that it has are not run again; one that was cut off in the middle of a line is read up to there.
/// Errors: those of `prepare` and of a variant; `BadRequest` if the journal is of something else.
[[nodiscard]] Result<Comparison> compare(const std::function<Result<void>(Simulation&)>& prepare,
                                         const std::vector<Variant>& variants,
                                         const CompareOptions& options);

/// Writes the table for people: each variant's means, and their differences to the first.
void print(std::ostream& out, const Comparison& comparison);

/// Returns the same and all single runs as data.
[[nodiscard]] boost::json::object to_json(const Comparison& comparison);

}  // namespace wavetank::sim
