#include "fidelity/envoy/criteria.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace wavetank::fidelity {
namespace {

// Looks for the deadlines at which hosts begin. In units of 1 / lcm(weights), those of a host are
// multiples of its step; what one pick demands of the next pushes them up until all is well, or for
// ever.
class DeadlineSolver {
public:
    explicit DeadlineSolver(std::span<const std::uint64_t> weights) : last_(weights.size(), 0) {
        std::int64_t common = 1;
        for (const std::uint64_t weight : weights) {
            common = weight == 0 ? common : std::lcm(common, static_cast<std::int64_t>(weight));
        }
        for (const std::uint64_t weight : weights) {
            steps_.push_back(weight == 0 ? 0 : common / static_cast<std::int64_t>(weight));
        }
    }

    [[nodiscard]] bool solve(std::span<const int> picks) {
        constexpr int rounds_max = 10000;
        for (int round = 0; round < rounds_max; ++round) {
            if (!raise(picks)) {
                return true;
            }
        }
        return false;
    }

private:
    // Raises what is too low; returns whether anything was. last_[i] is the deadline of host i's
    // latest pick before the first one.
    bool raise(std::span<const int> picks) {
        const auto first = static_cast<std::size_t>(picks.front());
        bool any = false;
        for (std::size_t i = 0; i < last_.size(); ++i) {
            any = at_least(first, last_[i] - steps_[first]) || any;
        }
        std::vector<std::int64_t> turns(last_.size(), 0);
        std::size_t before = first;
        for (const int pick : picks) {
            const auto host = static_cast<std::size_t>(pick);
            const std::int64_t due = last_[before] + turns[before] * steps_[before];
            ++turns[host];
            any = at_least(host, due - turns[host] * steps_[host]) || any;
            before = host;
        }
        for (std::size_t i = 0; i < last_.size(); ++i) {
            const std::int64_t due = last_[before] + turns[before] * steps_[before];
            any = at_least(i, due - (turns[i] + 1) * steps_[i]) || any;
        }
        return any;
    }

    bool at_least(std::size_t host, std::int64_t bound) {
        if (steps_[host] == 0 || last_[host] >= bound) {
            return false;
        }
        last_[host] += (bound - last_[host] + steps_[host] - 1) / steps_[host] * steps_[host];
        return true;
    }

    std::vector<std::int64_t> steps_;
    std::vector<std::int64_t> last_;
};

std::uint64_t sum_of(std::span<const std::uint64_t> counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::string differs(std::string_view what, std::size_t index, std::uint64_t expected,
                    std::uint64_t actual) {
    return std::string{what} + "[" + std::to_string(index) + "]: expected about " +
           std::to_string(expected) + ", got " + std::to_string(actual);
}

}  // namespace

bool is_earliest_deadline_first(std::span<const int> picks,
                                std::span<const std::uint64_t> weights) {
    const auto can_be_picked = [&](int pick) {
        return pick >= 0 && weights[static_cast<std::size_t>(pick)] > 0;
    };
    return std::ranges::all_of(picks, can_be_picked) &&
           (picks.empty() || DeadlineSolver{weights}.solve(picks));
}

std::optional<std::string> beyond_counts(std::span<const std::uint64_t> expected,
                                         std::span<const std::uint64_t> actual,
                                         std::uint64_t tolerance, std::string_view what) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (std::max(expected[i], actual[i]) - std::min(expected[i], actual[i]) > tolerance) {
            return differs(what, i, expected[i], actual[i]);
        }
    }
    return std::nullopt;
}

std::optional<std::string> beyond_fractions(std::span<const std::uint64_t> expected,
                                            std::span<const std::uint64_t> actual,
                                            const boost::json::value& tolerance,
                                            std::string_view what) {
    const auto all_expected = static_cast<double>(sum_of(expected));
    const auto all_actual = static_cast<double>(sum_of(actual));
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double allowed =
            (tolerance.is_array() ? tolerance.at(i) : tolerance).to_number<double>();
        const double off = static_cast<double>(expected[i]) / all_expected -
                           static_cast<double>(actual[i]) / all_actual;
        if (!(std::abs(off) <= allowed)) {
            return differs(what, i, expected[i], actual[i]);
        }
    }
    return std::nullopt;
}

std::optional<std::string> uneven_groups(std::span<const std::uint64_t> counts,
                                         std::span<const int> groups,
                                         std::span<const std::uint64_t> weights) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (groups[i] < 0 || groups[i] != groups[j]) {
                continue;
            }
            const std::uint64_t one = counts[i] * weights[j];
            const std::uint64_t other = counts[j] * weights[i];
            const std::uint64_t allowed =
                weights[i] == weights[j] ? weights[i] : weights[i] + weights[j];
            if (std::max(one, other) - std::min(one, other) > allowed) {
                return differs("hosts of one group", i, counts[j], counts[i]);
            }
        }
    }
    return std::nullopt;
}

}  // namespace wavetank::fidelity
