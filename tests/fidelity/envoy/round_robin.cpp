// round_robin.jsonl and least_request.jsonl: picks in a row, over lists of hosts of all kinds.

#include "fidelity/envoy/cluster_case.hpp"
#include "fidelity/envoy/criteria.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace wavetank::fidelity {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

// So many proxies, each beginning at a place of its own, are asked whether one does as recorded.
constexpr std::uint64_t starts_max = 2000;

// What came of one run.
struct Run {
    std::vector<int> sequence;
    std::map<std::string, std::uint64_t> counters;

    [[nodiscard]] std::vector<std::uint64_t> counts(std::size_t hosts) const {
        std::vector<std::uint64_t> counted(hosts, 0);
        for (const int pick : sequence) {
            if (pick >= 0) {
                ++counted[static_cast<std::size_t>(pick)];
            }
        }
        return counted;
    }
};

std::vector<std::uint64_t> numbers_in(const value& from) {
    std::vector<std::uint64_t> numbers;
    for (const value& each : from.as_array()) {
        numbers.push_back(each.to_number<std::uint64_t>());
    }
    return numbers;
}

std::vector<int> picks_in(const value& from) {
    std::vector<int> picks;
    for (const value& each : from.as_array()) {
        picks.push_back(each.to_number<int>());
    }
    return picks;
}

// What is known of each host of `expect.hosts`, in the order of the list.
struct HostFacts {
    std::vector<int> priority;
    std::vector<int> locality;  // its place among the localities
    std::vector<int> group;     // of one priority and health
    std::vector<std::uint64_t> weight;
    std::vector<std::uint64_t> usable_weight;  // 0: unhealthy
    std::vector<bool> is_listed;
};

HostFacts facts_of(const mesh::ClusterLoadAssignment& assignment, const CaseProxy& proxy,
                   std::size_t hosts) {
    HostFacts facts{.priority = std::vector<int>(hosts, -1),
                    .locality = std::vector<int>(hosts, -1),
                    .group = std::vector<int>(hosts, -1),
                    .weight = std::vector<std::uint64_t>(hosts, 1),
                    .usable_weight = std::vector<std::uint64_t>(hosts, 0),
                    .is_listed = std::vector<bool>(hosts, false)};
    std::size_t place = 0;
    for (std::size_t i = 0; i < assignment.endpoints.size(); ++i) {
        const auto& locality = assignment.endpoints[i];
        for (const auto& endpoint : locality.lb_endpoints) {
            const auto host = static_cast<std::size_t>(proxy.host_at(place++));
            const auto priority = static_cast<int>(locality.priority);
            facts.priority[host] = priority;
            facts.locality[host] = static_cast<int>(i);
            facts.group[host] = priority * 8 + static_cast<int>(mesh::health_of(endpoint));
            facts.weight[host] = endpoint.load_balancing_weight;
            facts.is_listed[host] = true;
            facts.usable_weight[host] = mesh::health_of(endpoint) == mesh::Health::Healthy
                                            ? endpoint.load_balancing_weight
                                            : 0;
        }
    }
    return facts;
}

std::vector<std::uint64_t> sums_by(std::span<const std::uint64_t> counts,
                                   std::span<const int> groups, std::size_t size) {
    std::vector<std::uint64_t> sums(size, 0);
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (groups[i] >= 0) {
            sums[static_cast<std::size_t>(groups[i])] += counts[i];
        }
    }
    return sums;
}

class PicksCase {
public:
    explicit PicksCase(const Case& test_case)
        : case_(test_case),
          config_(test_case.at("config").as_object()),
          expect_(test_case.at("expect").as_object()),
          hosts_(expect_.contains("hosts") ? expect_.at("hosts").as_array() : array{}) {
        only_members(config_, "config", {"cluster", "route", "local_cluster", "node_zone"});
        if (const value* route = config_.if_contains("route")) {
            only_members(route->as_object(), "route", {"metadata_match"});
            if (const value* match = route->as_object().if_contains("metadata_match")) {
                metadata_match_ = &match->at("filter_metadata").at("envoy.lb").as_object();
            }
        }
    }

    [[nodiscard]] Outcome replay() const {
        const std::string_view rule = case_.text("rule");
        if (rule == "bins") {
            return replay_slow_start();
        }
        if (rule == "rotation" || rule == "rotation_carried" || rule == "host_set") {
            return replay_from_some_start();
        }
        const Run run = run_from(1);
        if (auto problem = problem_of_rule(rule, run)) {
            return failed(std::move(*problem));
        }
        return outcome_of_counters(run, rule);
    }

private:
    // Picks as the case does, from a start that `seed` chooses.
    [[nodiscard]] Run run_from(std::uint64_t seed) const {
        CaseProxy proxy{config_, hosts_, seed};
        if (const value* in_flight = case_.json.if_contains("in_flight")) {
            const auto counts = numbers_in(*in_flight);
            for (std::size_t i = 0; i < counts.size(); ++i) {
                proxy.set_requests(i, static_cast<std::uint32_t>(counts[i]));
            }
        }
        const auto picks = case_.at("picks").to_number<std::size_t>();
        const value* updates = case_.json.if_contains("updates");
        std::size_t next_update = 0;
        Run run;
        for (std::size_t i = 0; i < picks; ++i) {
            if (updates != nullptr && next_update < updates->as_array().size() &&
                updates->at(next_update).at("after_picks").to_number<std::size_t>() == i) {
                proxy.update(read_assignment(updates->at(next_update++).as_object()), TimePoint{});
            }
            run.sequence.push_back(proxy.pick({.metadata_match = metadata_match_}));
        }
        run.counters = proxy.counters();
        return run;
    }

    [[nodiscard]] HostFacts facts() const {
        const CaseProxy proxy{config_, hosts_, 1};
        return facts_of(proxy.assignment(), proxy, hosts_.size());
    }

    // Some start must give the recorded sequence.
    [[nodiscard]] Outcome replay_from_some_start() const {
        const std::vector<int> expected = picks_in(expect_.at("sequence"));
        Run run;
        for (std::uint64_t seed = 1; seed <= starts_max; ++seed) {
            run = run_from(seed);
            if (run.sequence == expected) {
                return outcome_of_counters(run, case_.text("rule"));
            }
        }
        // Where localities or weights come in, starts are too many to try.
        if (case_.text("rule") == "host_set" &&
            !beyond_counts(numbers_in(expect_.at("counts")), run.counts(hosts_.size()), 1, "") &&
            std::ranges::count(run.sequence, -1) == std::ranges::count(expected, -1)) {
            return outcome_of_counters(run, case_.text("rule"));
        }
        array last(run.sequence.begin(), run.sequence.end());
        return failed("no start gives the sequence; one gives " + boost::json::serialize(last));
    }

    [[nodiscard]] std::optional<std::string> problem_of_rule(std::string_view rule,
                                                             const Run& run) const {
        if (auto problem = problem_of_status(run)) {
            return problem;
        }
        if (rule == "edf" || rule == "edf_segments") {
            return problem_of_deadlines(run);
        }
        const auto expected = numbers_in(expect_.at("counts"));
        const auto actual = run.counts(hosts_.size());
        if (rule == "counts_1" || rule == "counts_2") {
            return beyond_counts(expected, actual, rule == "counts_1" ? 1 : 2, "counts");
        }
        if (rule == "statistical") {
            return beyond_fractions(expected, actual, case_.at("tolerance").at("fraction_abs"),
                                    "counts");
        }
        const HostFacts known = facts();
        if (rule == "priority_statistical") {
            const auto wanted = numbers_in(expect_.at("priority_counts"));
            auto problem =
                beyond_fractions(wanted, sums_by(actual, known.priority, wanted.size()),
                                 case_.at("tolerance").at("fraction_abs"), "priority_counts");
            return problem ? problem : uneven_groups(actual, known.group, known.weight);
        }
        const auto wanted = numbers_in(expect_.at("locality_counts"));
        const auto localities = sums_by(actual, known.locality, wanted.size());
        if (rule == "locality_1" || rule == "locality_3") {
            auto problem =
                beyond_counts(wanted, localities, rule == "locality_1" ? 1 : 3, "locality_counts");
            return problem || rule == "locality_3" ? problem : uneven_localities(actual, known);
        }
        if (rule == "locality_statistical") {
            return beyond_fractions(wanted, localities, case_.at("tolerance").at("fraction_abs"),
                                    "locality_counts");
        }
        throw NotModelled{"rule " + std::string{rule}};
    }

    // Hosts of one locality get the same, those that are not picked apart.
    [[nodiscard]] static std::optional<std::string> uneven_localities(
        std::span<const std::uint64_t> counts, const HostFacts& known) {
        std::vector<int> groups = known.locality;
        for (std::size_t i = 0; i < groups.size(); ++i) {
            groups[i] = counts[i] == 0 ? -1 : groups[i];
        }
        return uneven_groups(counts, groups, known.weight);
    }

    [[nodiscard]] std::optional<std::string> problem_of_status(const Run& run) const {
        const value* status = expect_.if_contains("status");
        if (status == nullptr) {
            return std::nullopt;
        }
        const value* refused = status->as_object().if_contains("503");
        const auto expected = refused == nullptr ? 0 : refused->to_number<std::ptrdiff_t>();
        const auto actual = std::ranges::count(run.sequence, -1);
        if (expected != actual) {
            return "503: expected " + std::to_string(expected) + ", got " + std::to_string(actual);
        }
        return std::nullopt;
    }

    // Each stretch between two updates by itself, in the recording and here.
    [[nodiscard]] std::optional<std::string> problem_of_deadlines(const Run& run) const {
        const std::vector<int> expected = picks_in(expect_.at("sequence"));
        CaseProxy proxy{config_, hosts_, 1};
        HostFacts known = facts();
        std::size_t from = 0;
        const auto stretch_fails = [&](std::size_t to) -> std::optional<std::string> {
            const auto part = [&](const std::vector<int>& picks) {
                return std::span{picks}.subspan(from, to - from);
            };
            if (!is_earliest_deadline_first(part(expected), known.usable_weight)) {
                return "the recorded picks are not by these weights";
            }
            if (!is_earliest_deadline_first(part(run.sequence), known.usable_weight)) {
                return "not the earliest deadline first, from pick " + std::to_string(from);
            }
            return std::nullopt;
        };
        if (const value* updates = case_.json.if_contains("updates")) {
            for (const value& each : updates->as_array()) {
                const auto to = each.at("after_picks").to_number<std::size_t>();
                if (auto problem = stretch_fails(to)) {
                    return problem;
                }
                from = to;
                proxy.update(read_assignment(each.as_object()), TimePoint{});
                known = facts_of(proxy.assignment(), proxy, hosts_.size());
            }
        }
        return stretch_fails(run.sequence.size());
    }

    // Counters are exact unless they count what is left to chance.
    [[nodiscard]] Outcome outcome_of_counters(const Run& run, std::string_view rule) const {
        const value* recorded = expect_.if_contains("counters");
        if (recorded == nullptr) {
            return passed();
        }
        double tolerance = 0;
        if (rule.find("statistical") != std::string_view::npos) {
            const value& fractions = case_.at("tolerance").at("fraction_abs");
            for (const value& each :
                 fractions.is_array() ? fractions.get_array() : array{fractions}) {
                tolerance = std::max(tolerance, each.to_number<double>());
            }
            tolerance *= case_.at("picks").to_number<double>();
        }
        std::map<std::string, std::uint64_t> counters = run.counters;
        for (const auto& [name, count] : recorded->as_object()) {
            counters.try_emplace(name, 0);
        }
        for (const auto& [name, count] : counters) {
            const value* wanted = recorded->as_object().if_contains(name);
            const double expected = wanted == nullptr ? 0 : wanted->to_number<double>();
            if (std::abs(expected - static_cast<double>(count)) > tolerance) {
                return failed("counters." + name + ": expected " +
                              std::to_string(static_cast<std::uint64_t>(expected)) + ", got " +
                              std::to_string(count));
            }
        }
        return passed();
    }

    // Requests come evenly spaced within a bin; the new host has joined at 0, long after the
    // others.
    [[nodiscard]] Outcome replay_slow_start() const {
        constexpr TimePoint joins_at{std::chrono::seconds{1000}};
        const object& update = case_.at("update").as_object();
        only_members(update, "update", {"at_ms", "add"});
        object cluster = config_.at("cluster").as_object();
        cluster.at("localities")
            .at(0)
            .at("lb_endpoints")
            .as_array()
            .push_back(update.at("add").at(0));
        const mesh::ClusterLoadAssignment after = read_assignment(cluster);
        array hosts;
        for (const auto& endpoint : after.endpoints.front().lb_endpoints) {
            hosts.push_back(boost::json::string(mesh::address_of(endpoint)));
        }
        const int new_host = static_cast<int>(hosts.size()) - 1;
        CaseProxy proxy{config_, hosts, 1};
        const auto at = [&](double milliseconds) {
            return joins_at + Duration{static_cast<Duration::rep>(milliseconds * 1e6)};
        };
        proxy.update(after, at(update.at("at_ms").to_number<double>()));
        const double tolerance = case_.at("tolerance").at("fraction_abs").to_number<double>();
        for (const value& bin : expect_.at("bins").as_array()) {
            const double from = bin.at("from_ms").to_number<double>();
            const double to = bin.at("to_ms").to_number<double>();
            const double picks = bin.at("picks").to_number<double>();
            double on_new_host = 0;
            for (double i = 0; i < picks; ++i) {
                const int host = proxy.pick({.now = at(from + (to - from) * i / picks)});
                on_new_host += host == new_host ? 1 : 0;
            }
            const double recorded = bin.at("new_host").to_number<double>();
            if (std::abs(on_new_host - recorded) / picks > tolerance) {
                return failed("bin at " + std::to_string(from) + " ms: expected " +
                              std::to_string(recorded) + ", got " + std::to_string(on_new_host));
            }
        }
        return passed();
    }

    const Case& case_;
    const object& config_;
    const object& expect_;
    const object* metadata_match_ = nullptr;
    array hosts_;
};

class PicksReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        return unless_not_modelled([&] { return PicksCase{test_case}.replay(); });
    }
};

}  // namespace

std::unique_ptr<Replayer> make_round_robin_replayer() {
    return std::make_unique<PicksReplayer>();
}

std::unique_ptr<Replayer> make_least_request_replayer() {
    return std::make_unique<PicksReplayer>();
}

}  // namespace wavetank::fidelity
