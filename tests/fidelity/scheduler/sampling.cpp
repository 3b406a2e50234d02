// Replays how many nodes are looked at, in which order, and where the next search starts.

#include "fidelity/fidelity.hpp"
#include "fidelity/scheduler/cluster.hpp"

#include "scheduler/victim_search.hpp"

#include <wavetank/scheduler/algorithm.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::fidelity {
namespace {

using api::corev1::Node;
using api::corev1::Pod;
using boost::json::array;
using boost::json::value;
using scheduler::Algorithm;
using scheduler::Profile;
using scheduler::Snapshot;

std::string string_at(const array& row, std::size_t index) {
    return std::string{row.at(index).as_string()};
}

// The last two numbers before the result are the percentage that counts, and maybe one that does
// not.
Outcome replay_feasible(const array& rows) {
    array actual;
    for (const auto& json : rows) {
        array row = json.as_array();
        row.back() = scheduler::feasible_nodes_wanted(
            row.at(0).to_number<std::size_t>(), row.at(row.size() - 2).to_number<std::int32_t>());
        actual.push_back(std::move(row));
    }
    return compared(rows, actual);
}

api::Pointer<Node> big_node(const std::string& name) {
    auto node = api::make_object<Node>();
    node->metadata.name = name;
    node->status.allocatable["cpu"] = api::Quantity::of(4);
    node->status.allocatable["memory"] = api::Quantity::of(std::int64_t{1} << 34);
    node->status.allocatable["pods"] = api::Quantity::of(110);
    return node;
}

Outcome replay_order(const Case& test_case) {
    Snapshot snapshot;
    for (const auto& json : test_case.at("ops").as_array()) {
        const array& row = json.as_array();
        if (row.at(0) == "remove") {
            snapshot.remove_node(string_at(row, 1));
            continue;
        }
        auto node = big_node(string_at(row, 1));
        auto& labels = node->metadata.labels.edit();
        if (const std::string region = string_at(row, 2); !region.empty()) {
            labels["topology.kubernetes.io/region"] = region;
        }
        if (const std::string zone = string_at(row, 3); !zone.empty()) {
            labels["topology.kubernetes.io/zone"] = zone;
        }
        snapshot.set_node(std::move(node));
    }
    array order;
    for (const auto* node : snapshot.nodes()) {
        order.emplace_back(node->name().view());
    }
    return compared(test_case.at("order"), order);
}

void add_nodes(Snapshot& snapshot, std::string_view zones, std::string_view unschedulable) {
    for (std::size_t i = 0; i < zones.size(); ++i) {
        const std::string number = std::to_string(1000 + i).substr(1);
        auto node = big_node("n" + number);
        node->metadata.labels.edit()["topology.kubernetes.io/zone"] = std::string{"z"} + zones[i];
        node->spec.unschedulable = unschedulable[i] == 'x';
        snapshot.set_node(std::move(node));
    }
}

Pod small_pod(const value& tolerates_cordon) {
    Pod pod;
    pod.metadata.namespace_ = "default";
    pod.metadata.name = "in";
    auto& spec = pod.spec.edit();
    spec.containers.emplace_back().resources.requests["cpu"] = api::Quantity::of_milli(100);
    if (tolerates_cordon.as_bool()) {
        auto& toleration = spec.tolerations.emplace_back();
        toleration.key = "node.kubernetes.io/unschedulable";
        toleration.operator_ = "Exists";
        toleration.effect = "NoSchedule";
    }
    return pod;
}

Outcome replay_rotation(const Case& test_case) {
    Snapshot snapshot;
    add_nodes(snapshot, test_case.text("zones"), test_case.text("unschedulable"));
    const Profile profile = profile_of(test_case.json, {.snapshot = &snapshot});
    const auto* percentage = test_case.json.if_contains("percentageOfNodesToScore");
    Algorithm algorithm{profile,
                        Random{1},
                        {.percentage_of_nodes_to_score =
                             percentage == nullptr ? 0 : percentage->to_number<std::int32_t>(),
                         .keep_scores = true}};
    array actual;
    for (const auto& json : test_case.at("steps").as_array()) {
        const array& row = json.as_array();
        const std::size_t start = algorithm.next_start();
        const auto decision = algorithm.schedule(small_pod(row.at(1)), snapshot);
        const auto position = [&](const scheduler::NodeInfo* node) {
            return node == nullptr ? -1 : static_cast<std::int64_t>(node->position());
        };
        const auto* first = decision.scores.empty() ? decision.node : decision.scores.front().node;
        const auto* last = decision.scores.empty() ? decision.node : decision.scores.back().node;
        actual.push_back(array{start, row.at(1), decision.nodes_feasible,
                               decision.diagnosis.rejected.size(), position(first), position(last),
                               algorithm.next_start()});
    }
    return compared(test_case.at("steps"), actual);
}

// Rows are [nodes, percentage, at least, candidates].
Outcome replay_candidates(const array& rows) {
    array actual;
    for (const auto& json : rows) {
        array row = json.as_array();
        row.back() = scheduler::candidates_wanted(row.at(0).to_number<std::size_t>(),
                                                  row.at(1).to_number<std::int32_t>(),
                                                  row.at(2).to_number<std::int32_t>());
        actual.push_back(std::move(row));
    }
    return compared(rows, actual);
}

class SamplingReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        const auto kind = test_case.text("kind");
        if (kind == "nodeOrder") {
            return replay_order(test_case);
        }
        if (kind == "rotation") {
            return replay_rotation(test_case);
        }
        if (kind == "preemptionCandidates") {
            return replay_candidates(test_case.at("rows").as_array());
        }
        return replay_feasible(test_case.at("rows").as_array());
    }
};

}  // namespace

std::unique_ptr<Replayer> make_sampling_replayer() {
    return std::make_unique<SamplingReplayer>();
}

}  // namespace wavetank::fidelity
