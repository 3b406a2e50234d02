#include <wavetank/scheduler/explanation.hpp>

#include "support/scheduler_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace wavetank::scheduler {
namespace {

using api::corev1::Pod;
using test::make_node;
using test::make_pod;

class ExplanationTest : public testing::Test {
protected:
    void add_node(const std::string& name, const test::Amounts& amounts) {
        ASSERT_TRUE(store.create(make_node(name, amounts)));
    }

    void add_pod(Pod pod, const std::string& node = "") {
        pod.spec.nodeName = node;
        ASSERT_TRUE(store.create(std::move(pod)));
    }

    Explanation explained(const std::string& pod) {
        return explain(store, {"default", pod}).value();
    }

    store::Store store;
};

TEST_F(ExplanationTest, HasTheStepsOfEveryScore) {
    add_node("a", {"4", "8Gi"});
    add_node("b", {"8", "8Gi"});
    add_pod(make_pod("p", {"2", "2Gi"}));

    const Explanation explanation = explained("p");

    EXPECT_EQ(explanation.chosen_node, "b");
    ASSERT_EQ(explanation.nodes.size(), 2U);
    const NodeVerdict& best = explanation.nodes.front();
    EXPECT_EQ(best.node, "b");
    std::int64_t sum = 0;
    for (const PluginScore& score : best.scores) {
        EXPECT_EQ(score.weighted, score.normalised * score.weight) << score.plugin;
        sum += score.weighted;
    }
    EXPECT_EQ(best.total, sum);
    const auto taints =
        std::ranges::find(best.scores, std::string{"TaintToleration"}, &PluginScore::plugin);
    ASSERT_NE(taints, best.scores.end());
    EXPECT_EQ(taints->raw, 0);
    EXPECT_EQ(taints->normalised, 100);
    EXPECT_EQ(taints->weight, 3);
    EXPECT_EQ(taints->weighted, 300);
}

TEST_F(ExplanationTest, NamesTheFilterThatRejectsANode) {
    add_node("a", {"1", "8Gi"});
    auto cordoned = make_node("b", {"8", "8Gi"});
    cordoned.spec.unschedulable = true;
    ASSERT_TRUE(store.create(std::move(cordoned)));
    add_pod(make_pod("p", {"2", ""}));

    const Explanation explanation = explained("p");

    EXPECT_EQ(explanation.chosen_node, "");
    EXPECT_EQ(explanation.message,
              "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable. "
              "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.");
    ASSERT_EQ(explanation.nodes.size(), 2U);
    EXPECT_EQ(explanation.nodes[0].status.plugin, "NodeResourcesFit");
    EXPECT_EQ(explanation.nodes[1].status.plugin, "NodeUnschedulable");
}

TEST_F(ExplanationTest, TakesAPodOffItsNodeToAskAgain) {
    add_node("a", {"2", "8Gi"});
    add_pod(make_pod("p", {"2", ""}), "a");

    const Explanation explanation = explained("p");

    EXPECT_EQ(explanation.bound_node, "a");
    EXPECT_EQ(explanation.chosen_node, "a");
}

TEST_F(ExplanationTest, ListsTheNodesThatWereNeverAsked) {
    add_node("a", {"2", "8Gi"});
    add_node("b", {"2", "8Gi"});
    Pod pod = make_pod("p", {"3", ""});
    auto& term = pod.spec.edit()
                     .affinity.emplace()
                     .nodeAffinity.emplace()
                     .requiredDuringSchedulingIgnoredDuringExecution.emplace()
                     .nodeSelectorTerms.emplace_back();
    auto& field = term.matchFields.emplace_back();
    field.key = "metadata.name";
    field.operator_ = "In";
    field.values = {"b"};
    add_pod(std::move(pod));

    const Explanation explanation = explained("p");

    ASSERT_EQ(explanation.nodes.size(), 2U);
    EXPECT_EQ(explanation.nodes[0].status.message(),
              "node(s) didn't satisfy plugin(s) [NodeAffinity]");
    EXPECT_EQ(explanation.nodes[1].status.message(), "Insufficient cpu");
}

TEST_F(ExplanationTest, PrintsAPageATerminalHasRoomFor) {
    add_node("a", {"2", "8Gi"});
    add_node("b", {"1", "8Gi"});
    add_pod(make_pod("p", {"2", ""}));
    std::ostringstream out;

    out << explained("p");

    EXPECT_EQ(out.str(),
              "Pod:      default/p\n"
              "Runs on:  none\n"
              "Would go: a, 1 of 2 nodes fits\n"
              "\n"
              "a: fits; the only one is not scored\n"
              "\n"
              "b: does not fit\n"
              "  NodeResourcesFit: Insufficient cpu\n");
}

TEST_F(ExplanationTest, KnowsNothingOfPodsThatAreNotThere) {
    const auto explanation = explain(store, {"default", "nobody"});

    ASSERT_FALSE(explanation);
    EXPECT_EQ(explanation.error().reason, Reason::NotFound);
    EXPECT_EQ(explanation.error().message, "pods \"nobody\" not found");
}

}  // namespace
}  // namespace wavetank::scheduler
