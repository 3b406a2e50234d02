#include <wavetank/scheduler/algorithm.hpp>

#include "support/scheduler_cluster.hpp"

#include <wavetank/store/store.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavetank::scheduler {
namespace {

using api::corev1::Pod;
using test::make_pod;
using Scores = std::map<std::string, std::int64_t>;

constexpr const char* zone = "topology.kubernetes.io/zone";
constexpr const char* hostname = "kubernetes.io/hostname";

Pod web_pod(const std::string& name) {
    Pod pod = make_pod(name);
    pod.metadata.labels.edit()["app"] = "web";
    return pod;
}

Pod spread_pod(const std::string& when, std::optional<std::int32_t> domains = {}) {
    Pod pod = web_pod("p");
    auto& constraint = pod.spec.edit().topologySpreadConstraints.emplace_back();
    constraint.maxSkew = 1;
    constraint.topologyKey = zone;
    constraint.whenUnsatisfiable = when;
    constraint.minDomains = domains;
    constraint.labelSelector.emplace().matchLabels["app"] = "web";
    return pod;
}

// Nodes a1 and a2 in zone a, b1 in zone b, and one that is nowhere.
class PodTopologySpreadTest : public testing::Test {
protected:
    PodTopologySpreadTest() {
        for (const char* name : {"a1", "a2", "b1", "nowhere"}) {
            auto node = test::make_node(name);
            node.metadata.labels.edit()[hostname] = name;
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

    // Returns what the plugin gave the nodes, by name, before the weight.
    Scores scores(const Pod& pod) {
        const Decision decision = schedule(pod);
        const auto at = std::ranges::find(decision.score_plugins, "PodTopologySpread");
        Scores result;
        if (at != decision.score_plugins.end()) {
            const auto index = static_cast<std::size_t>(at - decision.score_plugins.begin());
            for (const auto& row : decision.scores) {
                result[row.node->name()] = row.final_[index] / 2;
            }
        }
        return result;
    }

    void serve_web() {
        api::corev1::Service service{.metadata = {.name = "web", .namespace_ = "default"}};
        service.spec.selector["app"] = "web";
        ASSERT_TRUE(store.create(std::move(service)));
    }

    Snapshot snapshot;
    store::Store store;
    Profile profile =
        Profile::make({}, PluginRegistry::defaults(), {.snapshot = &snapshot, .store = &store})
            .value();
};

TEST_F(PodTopologySpreadTest, KeepsTheSkewWithinItsBound) {
    test::place_pod(snapshot, web_pod("old"), "a1");

    EXPECT_EQ(schedule(spread_pod("DoNotSchedule")).node->name(), "b1");

    test::place_pod(snapshot, web_pod("other"), "b1");

    EXPECT_EQ(schedule(spread_pod("DoNotSchedule")).nodes_feasible, 3U);
    EXPECT_EQ(schedule(spread_pod("DoNotSchedule", 3)).status.message(),
              "0/4 nodes are available: 1 node(s) didn't match pod topology spread constraints "
              "(missing required label), 3 node(s) didn't match pod topology spread constraints.");
}

TEST_F(PodTopologySpreadTest, DoesNotCountPodsThatGo) {
    Pod old = web_pod("old");
    old.metadata.deletionTimestamp = api::Time{};
    test::place_pod(snapshot, std::move(old), "a1");

    EXPECT_EQ(schedule(spread_pod("DoNotSchedule")).nodes_feasible, 3U);
}

TEST_F(PodTopologySpreadTest, PrefersDomainsWithFewerPods) {
    for (const char* name : {"one", "two", "three"}) {
        test::place_pod(snapshot, web_pod(name), "a1");
    }

    // 3 * ln 4 rounds to 4 in zone a; the node without the key is left out.
    EXPECT_EQ(scores(spread_pod("ScheduleAnyway")),
              (Scores{{"a1", 0}, {"a2", 0}, {"b1", 100}, {"nowhere", 0}}));
}

TEST_F(PodTopologySpreadTest, SpreadsThePodsOfAServiceByDefault) {
    test::place_pod(snapshot, web_pod("old"), "a1");
    EXPECT_TRUE(scores(web_pod("p")).empty());

    serve_web();

    // Hosts weigh ln 6 with 2 for the skew, zones (a, b and none) ln 5 with 4:
    // a1 1.79 + 2 + 1.61 + 4 = 9, a2 8, b1 6, and 2 for the one without a zone.
    EXPECT_EQ(scores(web_pod("p")), (Scores{{"a1", 22}, {"a2", 33}, {"b1", 55}, {"nowhere", 100}}));
    EXPECT_TRUE(scores(make_pod("alone")).empty());
}

TEST_F(PodTopologySpreadTest, TakesDefaultsFromItsArguments) {
    serve_web();
    test::place_pod(snapshot, web_pod("old"), "a1");
    boost::json::object constraint{
        {"maxSkew", 1}, {"topologyKey", zone}, {"whenUnsatisfiable", "DoNotSchedule"}};
    ProfileOptions options;
    options.args["PodTopologySpread"] = {
        {"defaultingType", "List"},
        {"defaultConstraints", boost::json::array{std::move(constraint)}}};
    profile = Profile::make(std::move(options), PluginRegistry::defaults(),
                            {.snapshot = &snapshot, .store = &store})
                  .value();

    EXPECT_EQ(schedule(web_pod("p")).node->name(), "b1");
    EXPECT_EQ(schedule(make_pod("alone")).nodes_feasible, 4U);
}

TEST_F(PodTopologySpreadTest, RejectsAListOfItsOwnBesideTheSystems) {
    const boost::json::object constraint{
        {"maxSkew", 1}, {"topologyKey", zone}, {"whenUnsatisfiable", "ScheduleAnyway"}};

    const auto made = PluginRegistry::defaults().make(
        "PodTopologySpread", {{"defaultConstraints", boost::json::array{constraint}}}, {});

    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().reason, Reason::Invalid);
}

}  // namespace
}  // namespace wavetank::scheduler
