#include "reality/table.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <ostream>
#include <string>

namespace wavetank::reality {
namespace {

constexpr std::array goals{0.1, 1.0, 0.2};  // at each percentile; none at p90

double milliseconds(Duration duration) {
    return static_cast<double>(duration.count()) * 1e-6;
}

}  // namespace

void print_head(std::ostream& out) {
    out << fmt::format("{:28}", "");
    for (const double part : percentiles) {
        out << fmt::format("{:<18}", fmt::format("p{:.0f}, ms", part * 100));
    }
    out << "chance\n" << fmt::format("{:20}{:>5}", "", "load");
    for (std::size_t i = 0; i < percentiles.size(); ++i) {
        out << "  real   sim   off";
    }
    out << "   p50  p99  goal\n";
}

void print_row(std::ostream& out, const Row& row) {
    bool met = row.real.failed == 0 && row.real.unanswered == 0;
    out << fmt::format("{:20}{:5.2f}", row.name, row.utilisation);
    for (std::size_t i = 0; i < percentiles.size(); ++i) {
        const double real = milliseconds(row.real.percentile(percentiles[i]));
        const double simulated = milliseconds(row.simulated.latency.percentile(percentiles[i]));
        const double off = simulated / real - 1;
        met = met && std::abs(off) <= goals[i];
        out << fmt::format("{:6.1f}{:6.1f}{:+5.0f}%", real, simulated, 100 * off);
    }
    out << fmt::format("{:5.0f}%{:4.0f}%  {}\n", 100 * row.simulated.chance.front(),
                       100 * row.simulated.chance.back(), met ? "met" : "MISSED");
}

void print_foot(std::ostream& out, const std::vector<Row>& rows) {
    out << R"(
real    measured, each request from its intended start
sim     simulated with the rate, the mean work and the way there and back that were measured
off     by how much the simulated figure is above (+) or below (-) the real one
chance  what nine of ten simulated runs of this length are off at most, with equal rate and work
goal    off by 10 % at p50 and by 20 % at p99 at most, and nothing failed
)";
    std::map<std::string, std::map<double, Way>> ways;  // of each proxy at each load
    for (const Row& row : rows) {
        ways[row.name.substr(0, row.name.find(' '))][row.utilisation] = row.way;
        if (row.real.failed + row.real.unanswered > 0) {
            out << fmt::format("{} at {:.2f}: {} requests failed, {} were not answered\n", row.name,
                               row.utilisation, row.real.failed, row.real.unanswered);
        }
    }
    for (const auto& [proxy, loads] : ways) {
        out << fmt::format("{:7} there and back:", proxy);
        for (const auto& [utilisation, way] : loads) {
            out << fmt::format(" {:.1f} ms (at most {:.0f}) at {:.2f}",
                               milliseconds(way.time.mean()), milliseconds(way.longest),
                               utilisation);
        }
        out << '\n';
    }
}

}  // namespace wavetank::reality
