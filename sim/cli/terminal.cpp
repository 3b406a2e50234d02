#include "sim/cli/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <unistd.h>

namespace wavetank::cli {
namespace {

// Real milliseconds; shown to the person who waits, and nowhere else.
std::int64_t real_milliseconds() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::string bar(double done) {
    constexpr std::size_t width = 24;
    const auto filled = static_cast<std::size_t>(done * width);
    return std::string(filled, '#') + std::string(width - filled, '.');
}

}  // namespace

bool output_takes_colour() {
    const char* no_colour = std::getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

ProgressLine::ProgressLine()
    : enabled_(isatty(STDERR_FILENO) == 1), started_(real_milliseconds()) {}

ProgressLine::~ProgressLine() {
    if (enabled_ && shown_ != 0) {
        std::fputs("\r\x1b[K", stderr);
    }
}

void ProgressLine::show(const sim::Progress& progress) {
    constexpr std::int64_t refresh = 100;
    const std::int64_t now = real_milliseconds();
    if (!enabled_ || now - shown_ < refresh) {
        return;
    }
    shown_ = now;
    const double simulated = std::chrono::duration<double>(progress.now.time_since_epoch()).count();
    const double total = std::chrono::duration<double>(progress.duration).count();
    const double real = static_cast<double>(std::max<std::int64_t>(1, now - started_)) / 1000;
    const double done = total > 0 ? std::min(1.0, simulated / total) : 1;
    const double left = done > 0 ? real * (1 - done) / done : 0;
    std::fputs(fmt::format("\r\x1b[K[{}] {:.0f}s of {:.0f}s  {:.0f}x  {} requests  {:.0f}s left",
                           bar(done), simulated, total, simulated / real, progress.requests, left)
                   .c_str(),
               stderr);
    std::fflush(stderr);
}

}  // namespace wavetank::cli
