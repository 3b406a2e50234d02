#include <wavetank/scheduler/snapshot.hpp>

#include "support/scheduler_cluster.hpp"

#include <wavetank/scheduler/pod_terms.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace wavetank::scheduler {
namespace {

using test::add_node;
using test::make_node;
using test::make_pod;
using test::place_pod;

std::vector<std::string> names_of(const Snapshot& snapshot) {
    std::vector<std::string> names;
    for (const NodeInfo* node : snapshot.nodes()) {
        names.push_back(node->name());
    }
    return names;
}

api::corev1::Node node_in(const std::string& zone, const std::string& name) {
    auto node = make_node(name);
    node.metadata.labels.edit()["topology.kubernetes.io/zone"] = zone;
    return node;
}

TEST(Snapshot, GoesRoundTheZones) {
    Snapshot snapshot;
    for (const char* name : {"a1", "a2", "a3"}) {
        add_node(snapshot, node_in("a", name));
    }
    add_node(snapshot, node_in("b", "b1"));

    EXPECT_THAT(names_of(snapshot), testing::ElementsAre("a1", "b1", "a2", "a3"));
}

TEST(Snapshot, MovesANodeWhoseZoneChangesToTheEndOfItsNewZone) {
    Snapshot snapshot;
    add_node(snapshot, node_in("a", "n1"));
    add_node(snapshot, node_in("b", "n2"));
    add_node(snapshot, node_in("b", "n3"));

    add_node(snapshot, node_in("b", "n1"));

    EXPECT_THAT(names_of(snapshot), testing::ElementsAre("n2", "n3", "n1"));
}

// Upstream's snapshot makes its list anew only for nodes that come or go.
TEST(Snapshot, KeepsItsOrderUntilANodeComesOrGoes) {
    Snapshot snapshot;
    add_node(snapshot, node_in("a", "n1"));
    add_node(snapshot, node_in("b", "n2"));
    add_node(snapshot, node_in("b", "n3"));
    EXPECT_THAT(names_of(snapshot), testing::ElementsAre("n1", "n2", "n3"));

    add_node(snapshot, node_in("b", "n1"));
    EXPECT_THAT(names_of(snapshot), testing::ElementsAre("n1", "n2", "n3"));

    add_node(snapshot, node_in("a", "n4"));
    EXPECT_THAT(names_of(snapshot), testing::ElementsAre("n2", "n4", "n3", "n1"));
}

// Upstream's snapshot makes its list anew only if it lacks a name, or has too many.
TEST(Snapshot, KeepsTheOrderOfNodesThatAreBackBeforeItIsAskedFor) {
    Snapshot snapshot;
    for (const char* name : {"n1", "n2", "n3"}) {
        add_node(snapshot, make_node(name));
    }
    EXPECT_THAT(names_of(snapshot), testing::ElementsAre("n1", "n2", "n3"));

    snapshot.remove_node("n1");
    snapshot.remove_node("n2");
    add_node(snapshot, make_node("n2"));
    add_node(snapshot, make_node("n1"));
    EXPECT_THAT(names_of(snapshot), testing::ElementsAre("n1", "n2", "n3"));
    EXPECT_EQ(snapshot.find("n2")->position(), 1U);

    snapshot.remove_node("n3");
    EXPECT_THAT(names_of(snapshot), testing::ElementsAre("n2", "n1"));
    add_node(snapshot, make_node("n3"));
    EXPECT_THAT(names_of(snapshot), testing::ElementsAre("n2", "n1", "n3"));
}

// As many nodes as before, but not the same.
TEST(Snapshot, PutsANodeThatReplacesAnotherAtTheEnd) {
    Snapshot snapshot;
    add_node(snapshot, make_node("n1"));
    add_node(snapshot, make_node("n2"));
    EXPECT_THAT(names_of(snapshot), testing::ElementsAre("n1", "n2"));
    place_pod(snapshot, make_pod("stays"), "n1");

    snapshot.remove_node("n1");
    add_node(snapshot, make_node("n3"));

    EXPECT_THAT(names_of(snapshot), testing::ElementsAre("n2", "n3"));
}

api::corev1::Pod with_terms(api::corev1::Pod pod) {
    pod.spec.edit()
        .affinity.emplace()
        .podAntiAffinity.emplace()
        .requiredDuringSchedulingIgnoredDuringExecution.emplace_back()
        .topologyKey = "kubernetes.io/hostname";
    return pod;
}

TEST(Snapshot, KnowsTheTermsOfPlacedPodsOnceATemplate) {
    Snapshot snapshot;
    add_node(snapshot, make_node("n"));
    const api::corev1::Pod first = with_terms(make_pod("a"));
    api::corev1::Pod second = first;
    second.metadata.name = "b";
    second.metadata.uid = "uid-b";

    place_pod(snapshot, first, "n");
    const auto version = snapshot.terms_version();
    place_pod(snapshot, second, "n");
    place_pod(snapshot, make_pod("c"), "n");

    EXPECT_EQ(snapshot.terms_version(), version);
    ASSERT_EQ(snapshot.demands_with_terms().size(), 1U);
    EXPECT_EQ(snapshot.demands_with_terms().front()->terms->anti_affinity.size(), 1U);
    EXPECT_EQ(snapshot.find("n")->pods_with_terms(), 2U);

    snapshot.remove_pod(first, "n");
    snapshot.remove_pod(second, "n");

    EXPECT_NE(snapshot.terms_version(), version);
    EXPECT_TRUE(snapshot.demands_with_terms().empty());
}

TEST(Snapshot, SumsWhatPodsAskFor) {
    Snapshot snapshot;
    add_node(snapshot, make_node("n"));
    place_pod(snapshot, make_pod("a", {"500m", ""}), "n");
    place_pod(snapshot, make_pod("b"), "n");

    const NodeInfo& node = *snapshot.find("n");
    EXPECT_EQ(node.requested().milli_cpu, 500);
    EXPECT_EQ(node.requested().memory, 0);
    EXPECT_EQ(node.milli_cpu_nonzero(), 600);
    EXPECT_EQ(node.memory_nonzero(), 400LL * 1024 * 1024);

    snapshot.remove_pod(make_pod("a"), "n");
    EXPECT_EQ(node.requested().milli_cpu, 0);
    EXPECT_EQ(node.pods().size(), 1U);
}

TEST(Snapshot, KnowsPodsBeforeTheirNode) {
    Snapshot snapshot;
    place_pod(snapshot, make_pod("a", {"1", ""}), "late");
    EXPECT_EQ(snapshot.find("late"), nullptr);
    EXPECT_TRUE(snapshot.nodes().empty());

    add_node(snapshot, make_node("late"));

    EXPECT_EQ(snapshot.find("late")->requested().milli_cpu, 1000);
}

TEST(Snapshot, CountsImagesByNodeAndForgetsThem) {
    const auto with_image = [](const std::string& name, std::int64_t size) {
        auto node = make_node(name);
        auto& image = node.status.images.emplace_back();
        image.names = {"web:1"};
        image.sizeBytes = size;
        return node;
    };
    Snapshot snapshot;
    add_node(snapshot, with_image("a", 100));
    add_node(snapshot, with_image("b", 200));

    const auto& image = snapshot.find("b")->images().at("web:1");
    EXPECT_EQ(image->nodes, 2U);
    EXPECT_EQ(image->size, 100);

    snapshot.remove_node("a");
    EXPECT_EQ(image->nodes, 1U);
}

TEST(Snapshot, TellsWhichNodesHadPodsComeAndGo) {
    Snapshot snapshot;
    add_node(snapshot, make_node("a"));
    add_node(snapshot, make_node("b"));
    ASSERT_EQ(snapshot.nodes().size(), 2U);
    const std::uint64_t since = snapshot.pod_changes();

    place_pod(snapshot, make_pod("x"), "b");
    place_pod(snapshot, make_pod("y"), "a");

    EXPECT_THAT(snapshot.changed_since(since),
                testing::ElementsAre(testing::Field(&PodChange::position, 1U),
                                     testing::Field(&PodChange::position, 0U)));
}

TEST(Snapshot, PromisesAPodToOneNodeAtATime) {
    Snapshot snapshot;
    add_node(snapshot, make_node("a"));
    add_node(snapshot, make_node("b"));
    ASSERT_EQ(snapshot.nodes().size(), 2U);
    const std::uint64_t since = snapshot.pod_changes();
    const auto pod = api::make_object<const api::corev1::Pod>(make_pod("p"));
    EXPECT_EQ(snapshot.nomination_of(*pod), nullptr);

    snapshot.nominate(pod, "a");
    snapshot.nominate(pod, "b");

    EXPECT_TRUE(snapshot.nominated("a").empty());
    EXPECT_EQ(snapshot.nominated("b").size(), 1U);
    ASSERT_NE(snapshot.nomination_of(*pod), nullptr);
    EXPECT_EQ(*snapshot.nomination_of(*pod), "b");
    EXPECT_THAT(snapshot.changed_since(since),
                testing::Each(testing::Field(&PodChange::amount, 0)));
    EXPECT_EQ(snapshot.pod_changes(), since + 3);

    snapshot.withdraw_nomination(*pod);
    EXPECT_FALSE(snapshot.has_nominations());
}

TEST(Snapshot, FreesAPortWithTheFirstOfThoseWhoHoldIt) {
    Snapshot snapshot;
    add_node(snapshot, make_node("a"));
    for (const char* name : {"x", "y"}) {
        auto pod = make_pod(name);
        pod.spec.edit().containers.front().ports.emplace_back().hostPort = 80;
        place_pod(snapshot, std::move(pod), "a");
    }
    EXPECT_EQ(snapshot.find("a")->host_ports().size(), 1U);

    snapshot.remove_pod(make_pod("x"), "a");

    EXPECT_TRUE(snapshot.find("a")->host_ports().empty());
}

TEST(Snapshot, DoesNotCountHeartbeats) {
    Snapshot snapshot;
    add_node(snapshot, make_node("a"));
    const std::uint64_t version = snapshot.version();

    auto heartbeat = make_node("a");
    heartbeat.status.conditions.emplace_back().type = "Ready";
    add_node(snapshot, std::move(heartbeat));
    EXPECT_EQ(snapshot.version(), version);

    auto tainted = make_node("a");
    tainted.spec.taints.emplace_back().key = "k";
    add_node(snapshot, std::move(tainted));
    EXPECT_GT(snapshot.version(), version);
}

api::corev1::Pod labelled(const std::string& name, const std::string& app) {
    auto pod = make_pod(name);
    pod.metadata.labels.edit()["app"] = app;
    return pod;
}

// Pods of the app "web" by node; nodes without any are left out. A required label does not change
// the answer.
std::map<std::string, std::int32_t> web_pods(const Snapshot& snapshot) {
    std::map<std::string, std::int32_t> counts;
    std::map<std::string, std::int32_t> counts_by_label;
    const auto is_web = [](const PodGroup& group) { return group.labels->at("app") == "web"; };
    const auto count_in = [](std::map<std::string, std::int32_t>& sums) {
        return [&](const NodeInfo& node, std::int32_t pods) { sums[node.name()] += pods; };
    };
    snapshot.count_pods(std::nullopt, is_web, count_in(counts));
    snapshot.count_pods(RequiredLabel{"app", "web"}, is_web, count_in(counts_by_label));
    EXPECT_EQ(counts, counts_by_label);
    std::erase_if(counts, [](const auto& entry) { return entry.second == 0; });
    return counts;
}

TEST(Snapshot, AsksOnlyForGroupsThatHaveARequiredLabel) {
    Snapshot snapshot;
    add_node(snapshot, make_node("a"));
    place_pod(snapshot, labelled("x", "web"), "a");
    place_pod(snapshot, labelled("y", "db"), "a");
    place_pod(snapshot, make_pod("without"), "a");
    std::vector<std::string> asked;
    const auto ask = [&](const PodGroup& group) {
        asked.push_back(group.labels->at("app"));
        return false;
    };

    snapshot.count_pods(RequiredLabel{"app", "web"}, ask, {});
    snapshot.count_pods(RequiredLabel{"app", "none"}, ask, {});
    place_pod(snapshot, labelled("z", "late"), "a");
    snapshot.count_pods(RequiredLabel{"app", "late"}, ask, {});

    EXPECT_EQ(asked, (std::vector<std::string>{"web", "late"}));
}

TEST(Snapshot, CountsThePodsOfAGroupByNode) {
    Snapshot snapshot;
    add_node(snapshot, make_node("a"));
    add_node(snapshot, make_node("b"));
    for (const char* name : {"x", "y"}) {
        place_pod(snapshot, labelled(name, "web"), "a");
    }
    place_pod(snapshot, labelled("z", "web"), "b");
    place_pod(snapshot, labelled("other", "db"), "b");
    place_pod(snapshot, labelled("early", "web"), "no node yet");

    EXPECT_EQ(web_pods(snapshot), (std::map<std::string, std::int32_t>{{"a", 2}, {"b", 1}}));

    snapshot.remove_pod(labelled("x", "web"), "a");
    add_node(snapshot, make_node("no node yet"));

    EXPECT_EQ(web_pods(snapshot),
              (std::map<std::string, std::int32_t>{{"a", 1}, {"b", 1}, {"no node yet", 1}}));
}

TEST(Snapshot, CountsNoPodsThatAreBeingDeleted) {
    Snapshot snapshot;
    add_node(snapshot, make_node("a"));
    const auto pod = api::make_object<const api::corev1::Pod>(labelled("x", "web"));
    snapshot.add_pod(pod, "a");

    auto going = *pod;
    going.metadata.deletionTimestamp.emplace();
    const auto after = api::make_object<const api::corev1::Pod>(going);
    snapshot.update_pod(pod, after, "a");
    EXPECT_TRUE(web_pods(snapshot).empty());

    snapshot.remove_pod(*after, "a");
    EXPECT_TRUE(web_pods(snapshot).empty());
}

TEST(Snapshot, CountsPodsUnderTheirNewLabels) {
    Snapshot snapshot;
    add_node(snapshot, make_node("a"));
    const auto pod = api::make_object<const api::corev1::Pod>(labelled("x", "db"));
    snapshot.add_pod(pod, "a");

    snapshot.update_pod(pod, api::make_object<const api::corev1::Pod>(labelled("x", "web")), "a");

    EXPECT_EQ(web_pods(snapshot), (std::map<std::string, std::int32_t>{{"a", 1}}));
}

TEST(Snapshot, KeepsALogOfNodesWhoseTaintsOrResourcesChange) {
    Snapshot snapshot;
    for (const char* name : {"a", "b", "c"}) {
        snapshot.set_node(api::make_object<const api::corev1::Node>(make_node(name, {"1", "1Gi"})));
    }
    ASSERT_EQ(snapshot.nodes().size(), 3U);
    const std::uint64_t before = snapshot.version();
    EXPECT_EQ(snapshot.layout_version(), before);

    auto tainted = make_node("b", {"1", "1Gi"});
    tainted.spec.taints.push_back({.key = "k", .effect = "NoSchedule"});
    snapshot.set_node(api::make_object<const api::corev1::Node>(tainted));
    snapshot.set_node(api::make_object<const api::corev1::Node>(make_node("a", {"2", "1Gi"})));
    snapshot.set_node(api::make_object<const api::corev1::Node>(make_node("a", {"2", "1Gi"})));

    EXPECT_EQ(snapshot.version(), before + 2) << "the last one changed nothing";
    EXPECT_EQ(snapshot.layout_version(), before);
    ASSERT_TRUE(snapshot.keeps_node_changes(before));
    const auto changes = snapshot.nodes_changed_since(before);
    EXPECT_EQ(std::vector<std::uint32_t>(changes.begin(), changes.end()),
              (std::vector<std::uint32_t>{1, 0}));
    EXPECT_EQ(snapshot.nodes_changed_since(before + 1).size(), 1U);

    auto labelled = make_node("c", {"1", "1Gi"});
    labelled.metadata.labels.edit()["disk"] = "ssd";
    snapshot.set_node(api::make_object<const api::corev1::Node>(labelled));
    EXPECT_FALSE(snapshot.keeps_node_changes(before)) << "another layout";
    EXPECT_EQ(snapshot.layout_version(), snapshot.version());
}

}  // namespace
}  // namespace wavetank::scheduler
