#pragma once

/// \file
/// What did a real load look like? Recordings of it, read for a replay.
///
/// Two formats, told apart by their first character. CSV has a line for each sample,
///
///     time,rate                   time
///     2026-01-05T08:00:00Z,120    0.000
///     2026-01-05T08:00:15Z,135    0.013
///
/// or, with one column, for each single request. A time is a number of seconds (of Unix time, or
/// from any other moment) or RFC 3339; a first line of words is a header; empty lines and those
/// that start with `#` are skipped; a field may stand in double quotes. JSON is what Prometheus
/// answers to a range query; of several series, the sum counts.

#include <wavetank/base/result.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/sim/workload.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace wavetank::sim {

/// A recording, its times counted from the first of it: either rates or single requests.
struct Trace {
    /// A stage for each sample. Its rate holds until the next one; the last one lasts as long as
    /// the one before it.
    std::vector<LoadStage> stages;
    std::vector<Duration> times;  ///< of single requests, in order, to the nanosecond

    bool operator==(const Trace&) const = default;
};

struct TraceOptions {
    double scale = 1;  ///< rates are so many times what was recorded; from 0 on
    double speed = 1;  ///< times pass so many times as fast, and rates stay; above 0
};

/// Reads the text of a recording; `file` is what errors call it.
///
/// Errors: `BadRequest` with the place of the first mistake: what is neither format, times that go
/// back (of rates, also those that stand still), rates below zero or that are no numbers, fewer
/// than two rates or no request at all, more than 90 years, a `scale` other than 1 for single
/// requests.
/// Requires: the options are in their bounds.
[[nodiscard]] Result<Trace> parse_trace(std::string_view text, const std::string& file,
                                        const TraceOptions& options = {});

/// Reads a file.
/// Errors: as `parse_trace`; further `NotFound`, without a place, if it cannot be read.
[[nodiscard]] Result<Trace> read_trace(const std::string& path, const TraceOptions& options = {});

}  // namespace wavetank::sim
