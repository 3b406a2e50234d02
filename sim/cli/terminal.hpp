#pragma once

/// \file
/// What is known of the terminal, and the line that shows how far a run has come.

#include <wavetank/base/error.hpp>
#include <wavetank/sim/simulation.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace wavetank::cli {

/// Tells whether standard output takes colours: it is a terminal and NO_COLOR is not set.
[[nodiscard]] bool output_takes_colour();

/// Prints an error on standard error, each of its lines as one.
void print_error(const Error& error);

/// Flushes standard output. Returns the exit status: it fails if not all could be written, as on a
/// full disk, and says so.
[[nodiscard]] int finish_output();

/// Draws a line with simulated time, speed, requests and time left on standard error; nothing if
/// that is no terminal. The line is wiped when it ends.
class ProgressLine {
public:
    ProgressLine();
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(const sim::Progress& progress);
    /// The same of several runs.
    void show_runs(std::size_t done, std::size_t all);

private:
    [[nodiscard]] bool is_due();
    [[nodiscard]] double real_seconds() const;
    static void draw(const std::string& line);

    bool enabled_;
    std::int64_t started_;
    std::int64_t shown_ = 0;
};

}  // namespace wavetank::cli
