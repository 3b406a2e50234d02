#pragma once

/// \file
/// How far is what was simulated from what was measured, and is that near enough?

#include "reality/forecast.hpp"
#include "reality/open_loop.hpp"

#include <wavetank/base/distribution.hpp>
#include <wavetank/base/time.hpp>

#include <iosfwd>
#include <string>
#include <vector>

namespace wavetank::reality {

/// What was measured of the way to a service and back, without the service.
struct Way {
    Distribution time{};
    Duration longest{};
};

/// One service at one utilisation.
struct Row {
    std::string name;
    double utilisation = 0;
    Outcome real;
    Forecast simulated;
    Way way{};
};

/// Prints the head of the table.
void print_head(std::ostream& out);

/// Prints a line, and whether the goal is met: 10 % at p50, 20 % at p99.
void print_row(std::ostream& out, const Row& row);

/// Explains the columns.
void print_foot(std::ostream& out, const std::vector<Row>& rows);

}  // namespace wavetank::reality
