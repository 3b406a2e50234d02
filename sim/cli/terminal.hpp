#pragma once

/// \file
/// What is known of the terminal, and the line that shows how far a run has come.

#include <wavetank/sim/simulation.hpp>

#include <cstdint>

namespace wavetank::cli {

/// Tells whether standard output takes colours: it is a terminal and NO_COLOR is not set.
[[nodiscard]] bool output_takes_colour();

/// Draws a line with simulated time, speed, requests and time left on standard error; nothing if
/// that is no terminal. The line is wiped when it ends.
class ProgressLine {
public:
    ProgressLine();
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(const sim::Progress& progress);

private:
    bool enabled_;
    std::int64_t started_;
    std::int64_t shown_ = 0;
};

}  // namespace wavetank::cli
