// Replays single scheduling cycles: verdict of every node, scores, message, preemption.
//
// Plugins that have no model here are foreign: where one of them has a say that differs between
// nodes, what the others produce is still compared, and the case then counts as skipped.

#include "fidelity/fidelity.hpp"
#include "fidelity/scheduler/cluster.hpp"

#include "scheduler/victim_search.hpp"

#include <wavetank/scheduler/algorithm.hpp>
#include <wavetank/scheduler/filter_run.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace wavetank::fidelity {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using scheduler::Decision;
using scheduler::PluginRegistry;

bool is_foreign(std::string_view plugin) {
    static const PluginRegistry registry = PluginRegistry::defaults();
    return !plugin.empty() && !registry.contains(plugin);
}

struct Group {
    std::string plugin;
    std::string code;
    std::vector<std::string> reasons;

    auto operator<=>(const Group&) const = default;
};

using Groups = std::map<Group, std::set<std::string>>;

std::vector<std::string> texts(const value* list) {
    std::vector<std::string> result;
    if (list != nullptr) {
        for (const auto& text : list->as_array()) {
            result.emplace_back(text.as_string());
        }
    }
    return result;
}

std::string text(const object& json, std::string_view member) {
    const auto* value = json.if_contains(member);
    return value == nullptr ? std::string{} : std::string{value->as_string()};
}

value to_value(const Groups& groups) {
    array result;
    for (const auto& [group, nodes] : groups) {
        result.push_back(object{{"plugin", group.plugin},
                                {"code", group.code},
                                {"reasons", to_json(group.reasons)},
                                {"nodes", to_json({nodes.begin(), nodes.end()})}});
    }
    return result;
}

/// Judges one case.
class Judge {
public:
    Judge(const object& expected, const Decision& decision, const scheduler::Snapshot& snapshot)
        : expected_(expected), decision_(decision), snapshot_(snapshot) {}

    Outcome judge();

private:
    void compare(const value& expected, const value& actual, std::string_view path);
    void compare_rejections();
    void compare_scores();
    void compare_row(std::string_view node, const object& row, const scheduler::ScoreRow& actual);
    void compare_pre_filter();
    [[nodiscard]] Groups actual_groups() const;

    const object& expected_;
    const Decision& decision_;
    const scheduler::Snapshot& snapshot_;
    std::string failure_;
    std::set<std::string> needed_;
};

void Judge::compare(const value& expected, const value& actual, std::string_view path) {
    if (failure_.empty()) {
        failure_ = difference(expected, actual, path).value_or("");
    }
}

Groups Judge::actual_groups() const {
    Groups groups;
    const auto& diagnosis = decision_.diagnosis;
    std::set<std::string> seen;
    const auto note = [&](const std::string& node, const scheduler::Status& status) {
        Group group{status.plugin, std::string{to_string(status.code)}, status.reasons};
        std::ranges::sort(group.reasons);
        groups[group].insert(node);
        seen.insert(node);
    };
    for (const auto& rejected : diagnosis.rejected) {
        note(rejected.node->name(), *rejected.status);
    }
    if (!diagnosis.absent.ok() && diagnosis.pre_filter_message.empty()) {
        for (const auto& row : decision_.scores) {
            seen.insert(row.node->name());
        }
        for (const auto* node : snapshot_.nodes()) {
            if (node != decision_.node && !seen.contains(node->name())) {
                note(node->name(), diagnosis.absent);
            }
        }
    }
    return groups;
}

// The filters of foreign plugins come last, so all other groups are as recorded.
void Judge::compare_rejections() {
    Groups expected;
    if (const auto* rejected = expected_.if_contains("rejected")) {
        for (const auto& json : rejected->as_array()) {
            const object& group = json.as_object();
            const std::string plugin = text(group, "plugin");
            if (is_foreign(plugin)) {
                needed_.insert(plugin);
                continue;
            }
            auto& nodes =
                expected[{plugin, text(group, "code"), texts(group.if_contains("reasons"))}];
            for (auto& node : texts(group.if_contains("nodes"))) {
                nodes.insert(std::move(node));
            }
        }
    }
    compare(to_value(expected), to_value(actual_groups()), "rejected");
}

void Judge::compare_row(std::string_view node, const object& row,
                        const scheduler::ScoreRow& actual) {
    const auto plugins = texts(expected_.if_contains("scorePlugins"));
    array raw;
    array final_;
    auto total = row.at("total").to_number<std::int64_t>();
    for (std::size_t i = 0; i < plugins.size(); ++i) {
        if (is_foreign(plugins[i])) {
            total -= row.at("final").as_array().at(i).to_number<std::int64_t>();
        } else {
            raw.push_back(row.at("raw").as_array().at(i));
            final_.push_back(row.at("final").as_array().at(i));
        }
    }
    const std::string path = "scores." + std::string{node};
    compare(raw, array(actual.raw.begin(), actual.raw.end()), path + ".raw");
    compare(final_, array(actual.final_.begin(), actual.final_.end()), path + ".final");
    compare(total, actual.total, path + ".total");
}

void Judge::compare_scores() {
    const auto plugins = texts(expected_.if_contains("scorePlugins"));
    const auto* scores = expected_.if_contains("scores");
    std::vector<std::string> own;
    for (std::size_t i = 0; i < plugins.size(); ++i) {
        if (!is_foreign(plugins[i])) {
            own.push_back(plugins[i]);
            continue;
        }
        std::set<std::int64_t> values;
        for (const auto& [node, row] : scores->as_object()) {
            values.insert(row.as_object().at("final").as_array().at(i).to_number<std::int64_t>());
        }
        if (values.size() > 1) {
            needed_.insert(plugins[i]);
        }
    }
    compare(to_json(own), to_json(decision_.score_plugins), "scorePlugins");
    compare(scores == nullptr ? 0 : scores->as_object().size(), decision_.scores.size(),
            "scores.size");
    for (const auto& row : decision_.scores) {
        const auto* expected = scores->as_object().if_contains(row.node->name().view());
        if (expected == nullptr) {
            compare(nullptr, value(row.node->name().view()), "scores.node");
        } else if (failure_.empty()) {
            compare_row(row.node->name(), expected->as_object(), row);
        }
    }
    if (needed_.empty() && failure_.empty() && decision_.node != nullptr) {
        const auto best = texts(expected_.if_contains("best"));
        if (std::ranges::find(best, decision_.node->name()) == best.end()) {
            failure_ = "best: " + decision_.node->name() + " is not among them";
        }
    }
}

void Judge::compare_pre_filter() {
    const auto& diagnosis = decision_.diagnosis;
    value actual = nullptr;
    if (!diagnosis.pre_filter_message.empty()) {
        object found{{"code", to_string(decision_.status.code)},
                     {"message", diagnosis.pre_filter_message}};
        if (!decision_.status.plugin.empty()) {
            found["plugin"] = decision_.status.plugin;
        }
        actual = std::move(found);
    }
    const auto* expected = expected_.if_contains("preFilter");
    if (expected != nullptr && is_foreign(text(expected->as_object(), "plugin"))) {
        needed_.insert(text(expected->as_object(), "plugin"));
        return;
    }
    compare(expected == nullptr ? value{} : *expected, actual, "preFilter");
}

Outcome Judge::judge() {
    compare_pre_filter();
    compare_rejections();
    if (needed_.empty()) {
        compare(expected_.at("outcome"), decision_.status.ok() ? "scheduled" : "unschedulable",
                "outcome");
        compare_scores();
    }
    if (needed_.empty() && text(expected_, "outcome") == "unschedulable") {
        const auto& plugins = decision_.diagnosis.unschedulable_plugins;
        compare(expected_.at("message"), value(decision_.diagnosis.message()), "message");
        compare(expected_.at("unschedulablePlugins"), to_json({plugins.begin(), plugins.end()}),
                "unschedulablePlugins");
    }
    if (!failure_.empty()) {
        return failed(failure_);
    }
    return needed_.empty() ? passed() : skipped("needs " + *needed_.begin());
}

std::string key_text(const api::corev1::Pod& pod) {
    return pod.metadata.namespace_ + "/" + pod.metadata.name;
}

// The victims on every node where evicting helps, in the form of the case.
object candidates_of(const Decision& decision, const scheduler::FilterRun& filters,
                     const store::Store& store) {
    const scheduler::DisruptionBudgets budgets{store};
    const scheduler::VictimSearch search{filters, decision.state, budgets, default_wall_epoch};
    object result;
    for (const auto& rejected : decision.diagnosis.rejected) {
        if (rejected.status->code != scheduler::Code::Unschedulable) {
            continue;
        }
        const auto choice = search.choose_victims(*rejected.node);
        if (!choice.status.ok()) {
            continue;
        }
        array victims;
        for (const auto& victim : choice.victims) {
            victims.emplace_back(key_text(*victim));
        }
        object candidate{{"victims", std::move(victims)}};
        if (choice.budgets_violated > 0) {
            candidate["pdbViolations"] = choice.budgets_violated;
        }
        result[rejected.node->name().view()] = std::move(candidate);
    }
    return result;
}

// Any of the best nodes will do; the recorded texts name the first of them.
std::string renamed(std::string text, const object& expected, const std::string& node) {
    const auto place = [&](const std::string& name) {
        const auto& victims = expected.at("candidates").at(name).at("victims").as_array();
        return "node " + name + ", preempting " + std::to_string(victims.size()) + " victims";
    };
    const std::string first = place(std::string{expected.at("nominated").at(0).as_string()});
    if (const auto at = text.find(first); at != std::string::npos) {
        text.replace(at, first.size(), place(node));
    }
    return text;
}

object expected_preemption(const object& recorded, const std::string& node) {
    object expected = recorded;
    const auto* nominated = recorded.if_contains("nominated");
    const auto names = texts(nominated);
    if (std::ranges::find(names, node) != names.end()) {
        expected["nominated"] = array{node};
        for (const char* member : {"message", "finalMessage"}) {
            expected[member] = renamed(text(recorded, member), recorded, node);
        }
    }
    return expected;
}

class CyclesReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        scheduler::Snapshot snapshot;
        fill_snapshot(snapshot, test_case.json);
        store::Store store;
        fill_store(store, test_case.json);
        const Random random{1};
        const scheduler::Profile profile =
            profile_of(test_case.json, {.snapshot = &snapshot, .store = &store, .random = &random});
        scheduler::Algorithm algorithm{
            profile, Random{1}, {.percentage_of_nodes_to_score = 100, .keep_scores = true}};
        const auto pod = stored_object<api::corev1::Pod>(test_case.at("pod"));
        const object& expected = test_case.at("expect").as_object();

        Decision decision = algorithm.schedule(*pod, snapshot);

        const Outcome outcome = Judge{expected, decision, snapshot}.judge();
        const auto* recorded = expected.if_contains("preemption");
        if (outcome.verdict != Verdict::Passed || recorded == nullptr) {
            return outcome;
        }
        const auto answer = algorithm.post_filter(decision, *pod, snapshot);
        const std::string node = answer.nominated_node.value_or("");
        object actual{{"code", to_string(answer.status.code)},
                      {"message", answer.status.message()},
                      {"finalMessage", decision.diagnosis.message()}};
        if (answer.status.ok()) {
            const scheduler::FilterRun filters{decision.plugins, *pod, snapshot};
            actual["candidates"] = candidates_of(decision, filters, store);
            actual["nominated"] = array{node};
        } else if (answer.nominated_node) {
            actual["clearsNomination"] = true;
        }
        return compared(expected_preemption(recorded->as_object(), node), actual);
    }
};

}  // namespace

std::unique_ptr<Replayer> make_cycles_replayer() {
    return std::make_unique<CyclesReplayer>();
}

}  // namespace wavetank::fidelity
