// filters.jsonl: which requests are delayed, aborted, limited or refused before they are routed.

#include "fidelity/envoy/answers.hpp"
#include "fidelity/envoy/criteria.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <utility>

namespace wavetank::fidelity {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

class FilterCase {
public:
    explicit FilterCase(const Case& test_case)
        : case_(test_case), expect_(test_case.at("expect").as_object()) {}

    [[nodiscard]] Outcome replay() const {
        const std::string_view rule = case_.text("rule");
        if (rule == "exact") {
            return replay_exactly();
        }
        if (rule == "statistical") {
            return replay_fraction();
        }
        if (rule == "rejected_share") {
            return replay_admission();
        }
        throw NotModelled{"rule " + std::string{rule}};
    }

private:
    [[nodiscard]] Outcome replay_exactly() const {
        const Outcome outcome = replay_from_some_start(case_);
        if (outcome.verdict != Verdict::Passed) {
            return outcome;
        }
        VirtualProxy proxy{case_, hosts_of_case(case_), 1};
        send_all(case_, proxy);
        return compared_counters(expect_.at("filter_stats"), proxy.filter_stats());
    }

    [[nodiscard]] Outcome replay_fraction() const {
        VirtualProxy proxy{case_, hosts_of_case(case_), 1};
        const auto picks = case_.at("picks").to_number<std::size_t>();
        std::map<std::string, std::uint64_t> counted;
        for (std::size_t i = 0; i < picks; ++i) {
            ++counted[std::to_string(proxy.serve(case_.at("requests").at(0)).status)];
        }
        std::vector<std::uint64_t> expected;
        std::vector<std::uint64_t> actual;
        for (const auto& [status, count] : expect_.at("status").as_object()) {
            expected.push_back(count.to_number<std::uint64_t>());
            actual.push_back(std::exchange(counted[std::string{status}], 0));
        }
        for (const auto& [status, count] : counted) {
            if (count > 0) {
                return failed("there are answers with " + status);
            }
        }
        const auto problem =
            beyond_fractions(expected, actual, case_.at("tolerance").at("fraction_abs"), "status");
        return problem ? failed(*problem) : passed();
    }

    // One request after the other, each a millisecond later.
    [[nodiscard]] Outcome replay_admission() const {
        const object& filter = case_.at("config").at("http_filters").at(0).as_object();
        if (filter.at("name").as_string() != "envoy.filters.http.admission_control") {
            throw NotModelled{std::string{filter.at("name").as_string()}};
        }
        mesh::AdmissionController controller{
            read_admission_control(filter.at("typed_config").as_object())};
        const auto picks = case_.at("picks").to_number<std::size_t>();
        const array& fails = case_.at("fail_pattern_mod_10").as_array();
        Random random{1};
        TimePoint now{};
        for (std::size_t i = 0; i < picks; ++i) {
            now += std::chrono::milliseconds{1};
            if (controller.lets_pass(now, random)) {
                const bool is_failure = fails[i % fails.size()].to_number<int>() != 0;
                controller.record(is_failure ? 503 : 200, now);
            }
        }
        const double share =
            static_cast<double>(controller.rejected()) / static_cast<double>(picks);
        const double expected = number_of(expect_.at("rejected")) / static_cast<double>(picks);
        return std::abs(share - expected) <= number_of(case_.at("tolerance").at("fraction_abs"))
                   ? passed()
                   : failed("expected " + std::to_string(expected) + " of all to be refused, got " +
                            std::to_string(share));
    }

    const Case& case_;
    const object& expect_;
};

class FilterReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        return unless_not_modelled([&] { return FilterCase{test_case}.replay(); });
    }
};

}  // namespace

std::unique_ptr<Replayer> make_filters_replayer() {
    return std::make_unique<FilterReplayer>();
}

}  // namespace wavetank::fidelity
