#include <wavetank/scheduler/algorithm.hpp>

#include "support/scheduler_cluster.hpp"

#include <wavetank/store/store.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavetank::scheduler {
namespace {

using api::corev1::Namespace;
using api::corev1::Pod;
using api::corev1::PodAffinityTerm;
using test::make_pod;

constexpr const char* zone = "topology.kubernetes.io/zone";

Pod labelled_pod(const std::string& name, const std::string& app) {
    Pod pod = make_pod(name);
    pod.metadata.labels.edit()["app"] = app;
    return pod;
}

PodAffinityTerm near(const std::string& app) {
    PodAffinityTerm term{.topologyKey = zone};
    term.labelSelector.emplace().matchLabels["app"] = app;
    return term;
}

Pod wanting(Pod pod, PodAffinityTerm term) {
    auto& affinity = pod.spec.edit().affinity.emplace();
    affinity.podAffinity.emplace().requiredDuringSchedulingIgnoredDuringExecution.push_back(
        std::move(term));
    return pod;
}

Pod avoiding(Pod pod, PodAffinityTerm term) {
    auto& affinity = pod.spec.edit().affinity.emplace();
    affinity.podAntiAffinity.emplace().requiredDuringSchedulingIgnoredDuringExecution.push_back(
        std::move(term));
    return pod;
}

// Nodes a1 and a2 in zone a, b1 in zone b, and one that is nowhere.
class InterPodAffinityTest : public testing::Test {
protected:
    InterPodAffinityTest() {
        for (const char* name : {"a1", "a2", "b1", "nowhere"}) {
            auto node = test::make_node(name);
            if (name[1] != 'o') {
                node.metadata.labels.edit()[zone] = std::string{name[0]};
            }
            test::add_node(snapshot, std::move(node));
        }
    }

    Decision schedule(const Pod& pod) {
        Algorithm algorithm{profile, Random{1}, {.tie_break = TieBreak::Name, .keep_scores = true}};
        return algorithm.schedule(pod, snapshot);
    }

    // Returns what the plugin gave the nodes, by name.
    std::map<std::string, std::int64_t> scores(const Pod& pod) {
        const Decision decision = schedule(pod);
        const auto at = std::ranges::find(decision.score_plugins, "InterPodAffinity");
        std::map<std::string, std::int64_t> result;
        if (at != decision.score_plugins.end()) {
            const auto index = static_cast<std::size_t>(at - decision.score_plugins.begin());
            for (const auto& row : decision.scores) {
                result[row.node->name()] = row.final_[index];
            }
        }
        return result;
    }

    Snapshot snapshot;
    store::Store store;
    Profile profile =
        Profile::make({}, PluginRegistry::defaults(), {.snapshot = &snapshot, .store = &store})
            .value();
};

TEST_F(InterPodAffinityTest, SaysWhichSideKeepsAPodAway) {
    test::place_pod(snapshot, labelled_pod("web", "web"), "a1");
    test::place_pod(snapshot, avoiding(labelled_pod("hermit", "db"), near("cache")), "b1");

    EXPECT_EQ(schedule(wanting(make_pod("near"), near("none"))).status.message(),
              "0/4 nodes are available: 4 node(s) didn't match pod affinity rules.");
    EXPECT_EQ(schedule(avoiding(labelled_pod("far", "cache"), near("web"))).node->name(),
              "nowhere");
    EXPECT_EQ(schedule(wanting(labelled_pod("near", "cache"), near("db"))).status.message(),
              "0/4 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity "
              "rules, 3 node(s) didn't match pod affinity rules.");
}

TEST_F(InterPodAffinityTest, LetsTheFirstOfAGroupGoWhereTheKeyIs) {
    const Decision decision = schedule(wanting(labelled_pod("first", "web"), near("web")));

    ASSERT_NE(decision.node, nullptr);
    EXPECT_EQ(decision.nodes_feasible, 3U);
}

TEST_F(InterPodAffinityTest, LooksUpNamespacesByTheirLabels) {
    Namespace space{.metadata = {.name = "team"}};
    space.metadata.labels.edit()["env"] = "prod";
    ASSERT_TRUE(store.create(std::move(space)));
    Pod other = labelled_pod("other", "web");
    other.metadata.namespace_ = "team";
    test::place_pod(snapshot, std::move(other), "b1");
    PodAffinityTerm term = near("web");

    EXPECT_EQ(schedule(wanting(make_pod("p"), term)).node, nullptr);
    term.namespaceSelector.emplace().matchLabels["env"] = "prod";
    EXPECT_EQ(schedule(wanting(make_pod("p"), term)).node->name(), "b1");
    term.namespaceSelector->matchLabels.clear();
    EXPECT_EQ(schedule(wanting(make_pod("p"), term)).node->name(), "b1");
}

TEST_F(InterPodAffinityTest, WeighsThePreferencesOfBothSides) {
    test::place_pod(snapshot, wanting(labelled_pod("friend", "db"), near("web")), "a1");
    Pod shy = labelled_pod("shy", "db");
    auto& anti = shy.spec.edit().affinity.emplace().podAntiAffinity.emplace();
    anti.preferredDuringSchedulingIgnoredDuringExecution.push_back({3, near("web")});
    test::place_pod(snapshot, std::move(shy), "b1");

    // 1, 1, -3 and 0: 100 * (0 + 3) / 4, times two.
    EXPECT_EQ(scores(labelled_pod("p", "web")),
              (std::map<std::string, std::int64_t>{
                  {"a1", 200}, {"a2", 200}, {"b1", 0}, {"nowhere", 150}}));
    EXPECT_TRUE(scores(labelled_pod("p", "cache")).empty());
}

TEST_F(InterPodAffinityTest, RejectsWeightsBeyondAHundred) {
    const auto made =
        PluginRegistry::defaults().make("InterPodAffinity", {{"hardPodAffinityWeight", 101}}, {});

    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().reason, Reason::Invalid);
}

}  // namespace
}  // namespace wavetank::scheduler
