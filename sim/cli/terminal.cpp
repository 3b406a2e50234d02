#include "sim/cli/terminal.hpp"

#include "sim/cli/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

namespace wavetank::cli {
namespace {

// Columns of the terminal that standard error goes to; 80 if it does not tell.
std::size_t terminal_width() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string seconds(double count) {
    return to_string(std::chrono::seconds{static_cast<std::int64_t>(count)});
}

// Real milliseconds; shown to the person who waits, and nowhere else.
std::int64_t real_milliseconds() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::string bar(double done) {
    constexpr std::size_t width = 16;
    const auto filled = static_cast<std::size_t>(done * width);
    return std::string(filled, '#') + std::string(width - filled, '.');
}

}  // namespace

bool output_takes_colour() {
    const char* no_colour = std::getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

void print_error(const Error& error) {
    std::istringstream lines{to_string(error)};
    for (std::string line; std::getline(lines, line);) {
        std::cerr << "error: " << line << '\n';
    }
}

int finish_output() {
    if (std::cout.flush()) {
        return exit_ok;
    }
    std::cerr << "error: standard output cannot be written\n";
    return exit_failed;
}

ProgressLine::ProgressLine()
    : enabled_(isatty(STDERR_FILENO) == 1), started_(real_milliseconds()) {}

ProgressLine::~ProgressLine() {
    if (enabled_ && shown_ != 0) {
        std::fputs("\r\x1b[K", stderr);
    }
}

bool ProgressLine::is_due() {
    constexpr std::int64_t refresh = 100;
    const std::int64_t now = real_milliseconds();
    if (!enabled_ || now - shown_ < refresh) {
        return false;
    }
    shown_ = now;
    return true;
}

double ProgressLine::real_seconds() const {
    return static_cast<double>(std::max<std::int64_t>(1, shown_ - started_)) / 1000;
}

void ProgressLine::draw(const std::string& line) {
    // A line that wraps could not be wiped; a terminal shows Ctrl-C as two more columns.
    std::fputs(
        ("\r\x1b[K" + line.substr(0, std::max<std::size_t>(terminal_width(), 4) - 3)).c_str(),
        stderr);
    std::fflush(stderr);
}

void ProgressLine::show(const sim::Progress& progress) {
    if (!is_due()) {
        return;
    }
    const double simulated = std::chrono::duration<double>(progress.now.time_since_epoch()).count();
    const double total = std::chrono::duration<double>(progress.duration).count();
    const double real = real_seconds();
    const double done = total > 0 ? std::min(1.0, simulated / total) : 1;
    const double left = done > 0 ? real * (1 - done) / done : 0;
    draw(fmt::format("[{}] {} of {}  {:.0f}x  {} requests  {} left", bar(done), seconds(simulated),
                     seconds(total), simulated / real, progress.requests, seconds(left)));
}

void ProgressLine::show_runs(std::size_t done, std::size_t all) {
    if (!is_due()) {
        return;
    }
    const double part = all > 0 ? static_cast<double>(done) / static_cast<double>(all) : 1;
    const double left = part > 0 ? real_seconds() * (1 - part) / part : 0;
    draw(fmt::format("[{}] {} of {} runs  {} left", bar(part), done, all, seconds(left)));
}

}  // namespace wavetank::cli
