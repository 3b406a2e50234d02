// Replays pods that are scheduled one after another, with every node scored and from held answers.

#include "fidelity/fidelity.hpp"
#include "fidelity/scheduler/cluster.hpp"

#include <wavetank/scheduler/algorithm.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace wavetank::fidelity {
namespace {

using api::corev1::Pod;
using boost::json::array;
using boost::json::object;
using boost::json::value;
using scheduler::Algorithm;
using scheduler::Decision;
using scheduler::Profile;
using scheduler::Snapshot;

/// Schedules and places the pods of one case.
class Sequence {
public:
    explicit Sequence(const Case& test_case) : nodes_(test_case.at("nodes").as_array()) {
        fill_snapshot(snapshot_, object{{"nodes", nodes_}});
        fill_store(store_, test_case.json);
        profile_.emplace(profile_of(test_case.json, {.snapshot = &snapshot_, .store = &store_}));
        plain_.emplace(*profile_, Random{1}, options(true));
        fast_.emplace(*profile_, Random{1}, options(false));
        for (const auto& json : test_case.at("podTemplates").as_array()) {
            templates_.push_back(stored_object<Pod>(json));
        }
    }

    /// Plays a step and returns what it gave, in the form of the case.
    [[nodiscard]] value play(const array& row, std::size_t number);

private:
    static scheduler::AlgorithmOptions options(bool keep_scores) {
        return {.percentage_of_nodes_to_score = 100,
                .tie_break = scheduler::TieBreak::Name,
                .keep_scores = keep_scores};
    }

    [[nodiscard]] std::size_t index_of(const std::string& node) const {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            if (nodes_[i].at("metadata").at("name") == value(node)) {
                return i;
            }
        }
        return nodes_.size();
    }
    [[nodiscard]] array best_of(const Decision& decision) const;

    const array& nodes_;
    Snapshot snapshot_;
    store::Store store_;
    std::optional<Profile> profile_;
    std::optional<Algorithm> plain_;
    std::optional<Algorithm> fast_;
    std::vector<api::Pointer<const Pod>> templates_;
};

array Sequence::best_of(const Decision& decision) const {
    if (decision.scores.empty()) {
        return {index_of(decision.node->name())};
    }
    const auto best = std::ranges::max(decision.scores, {}, &scheduler::ScoreRow::total).total;
    std::vector<std::string> names;
    for (const auto& row : decision.scores) {
        if (row.total == best) {
            names.push_back(row.node->name());
        }
    }
    std::ranges::sort(names);
    array indexes;
    for (const std::string& name : names) {
        indexes.push_back(index_of(name));
    }
    return indexes;
}

value Sequence::play(const array& row, std::size_t number) {
    auto pod = api::make_object<Pod>(*templates_.at(row.at(0).to_number<std::size_t>()));
    pod->metadata.name = "s" + std::to_string(number);
    pod->metadata.uid = pod->metadata.namespace_ + "." + pod->metadata.name;
    const Decision plain = plain_->schedule(*pod, snapshot_);
    const Decision fast = fast_->schedule(*pod, snapshot_);
    if (plain.node != fast.node) {
        return "the fast path decides otherwise";
    }
    if (plain.node == nullptr) {
        return array{row.at(0), nullptr, plain.diagnosis.message()};
    }
    snapshot_.add_pod(std::move(pod), plain.node->name(), fast.demand);
    array actual{row.at(0), best_of(plain)};
    if (!plain.scores.empty()) {
        actual.push_back(std::ranges::max(plain.scores, {}, &scheduler::ScoreRow::total).total);
    }
    return actual;
}

class SequencesReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        Sequence sequence{test_case};
        std::size_t number = 0;
        for (const auto& step : test_case.at("steps").as_array()) {
            const value actual = sequence.play(step.as_array(), number);
            if (auto different = difference(step, actual, "step " + std::to_string(number))) {
                return failed(std::move(*different));
            }
            ++number;
        }
        return passed();
    }
};

}  // namespace

std::unique_ptr<Replayer> make_sequences_replayer() {
    return std::make_unique<SequencesReplayer>();
}

}  // namespace wavetank::fidelity
