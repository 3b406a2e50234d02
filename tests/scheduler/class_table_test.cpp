#include "scheduler/class_table.hpp"
#include "support/scheduler_cluster.hpp"

#include <wavetank/store/store.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace wavetank::scheduler {
namespace {

using api::corev1::Node;
using api::corev1::Pod;
using test::make_node;
using test::make_pod;

// Classes of pods over a few nodes, each of which is a zone of its own.
class FewNodes : public testing::Test {
protected:
    FewNodes() {
        for (const char* name : {"a", "b", "c"}) {
            Node node = make_node(name);
            node.metadata.labels.edit()["kubernetes.io/hostname"] = name;
            test::add_node(snapshot_, std::move(node));
        }
    }

    static Pod pod_of(const std::string& app) {
        Pod pod = make_pod(app, {"1", "1Gi"});
        pod.metadata.labels.edit()["app"] = app;
        return pod;
    }

    // The class is made for the second of its pods.
    PodClass* find(const Pod& pod) {
        PodClass* const found = classes_.find(pod, snapshot_);
        return found != nullptr ? found : classes_.find(pod, snapshot_);
    }

    // Where the class says a pod fits best, by name; empty if nowhere.
    std::vector<std::string> best_of(PodClass& pod_class) {
        const SearchRange range{.start = 0, .wanted = 3};
        const ClassChoice choice = pod_class.choose(snapshot_, range);
        std::vector<std::string> names;
        for (std::size_t i = 0; i < choice.ties && choice.best > 0; ++i) {
            names.push_back(snapshot_.nodes()[pod_class.tie_at(range, choice, i)]->name());
            EXPECT_TRUE(pod_class.is_best(pod_class.tie_at(range, choice, i), choice));
        }
        return names;
    }

    Snapshot snapshot_;
    store::Store store_;
    Profile profile_ =
        Profile::make({}, PluginRegistry::defaults(), {.snapshot = &snapshot_, .store = &store_})
            .value();
    ClassTable classes_{profile_};
};

TEST_F(FewNodes, ServesTheSecondPodOfATemplateFromItsClass) {
    const Pod pod = pod_of("web");

    EXPECT_EQ(classes_.find(pod, snapshot_), nullptr);
    PodClass* const found = classes_.find(pod, snapshot_);

    ASSERT_NE(found, nullptr);
    EXPECT_FALSE(found->is_relative());
    EXPECT_THAT(best_of(*found), testing::ElementsAre("a", "b", "c"));
}

TEST_F(FewNodes, SharesTotalsAmongTemplatesThatAskForTheSame) {
    const Pod web = pod_of("web");
    const Pod database = pod_of("database");
    Pod large = make_pod("large", {"2", "1Gi"});
    const auto totals = find(web)->common_totals();

    ASSERT_NE(totals, nullptr);
    EXPECT_EQ(find(database)->common_totals(), totals);
    EXPECT_NE(find(large)->common_totals(), totals);

    // What is promised to one pod, others of its class may take if they are more important.
    large.spec.edit().priority = 5;
    snapshot_.nominate(api::make_object<const Pod>(large), "b");

    EXPECT_EQ(find(web)->common_totals(), nullptr);
    EXPECT_EQ(find(database)->common_totals(), nullptr);
}

TEST_F(FewNodes, SpreadsThePodsOfAServiceFromTheirClass) {
    api::corev1::Service service{.metadata = {.name = "web", .namespace_ = "default"}};
    service.spec.selector["app"] = "web";
    ASSERT_TRUE(store_.create(std::move(service)));
    const Pod pod = pod_of("web");
    ASSERT_NE(find(pod), nullptr);
    ASSERT_TRUE(find(pod)->is_relative());

    snapshot_.add_pod(api::make_object<const Pod>(pod), "b");

    EXPECT_THAT(best_of(*find(pod)), testing::ElementsAre("a", "c"));

    ASSERT_TRUE(store_.remove<api::corev1::Service>({"default", "web"}));

    ASSERT_NE(find(pod), nullptr);
    EXPECT_FALSE(find(pod)->is_relative());
}

TEST_F(FewNodes, SharesTotalsAmongTemplatesThatSpreadTheirOwnPods) {
    for (const char* name : {"web", "database"}) {
        api::corev1::Service service{.metadata = {.name = name, .namespace_ = "default"}};
        service.spec.selector["app"] = name;
        ASSERT_TRUE(store_.create(std::move(service)));
    }
    snapshot_.add_pod(api::make_object<const Pod>(pod_of("other")), "a");
    snapshot_.add_pod(api::make_object<const Pod>(pod_of("web")), "b");
    const Pod web = pod_of("web");
    const Pod database = pod_of("database");
    ASSERT_TRUE(find(web)->is_relative());
    snapshot_.add_pod(api::make_object<const Pod>(pod_of("database")), "c");

    EXPECT_THAT(best_of(*find(database)), testing::ElementsAre("a", "b"));
    EXPECT_THAT(best_of(*find(web)), testing::ElementsAre("a", "c"));
    ASSERT_NE(find(web)->common_totals(), nullptr);
    EXPECT_EQ(find(web)->common_totals(), find(database)->common_totals());
}

TEST_F(FewNodes, KeepsPodsApartFromTheirClass) {
    const Pod web = pod_of("web");
    const Pod database = pod_of("database");
    Pod hermit = make_pod("hermit");
    auto& term = hermit.spec.edit()
                     .affinity.emplace()
                     .podAntiAffinity.emplace()
                     .requiredDuringSchedulingIgnoredDuringExecution.emplace_back();
    term.topologyKey = "kubernetes.io/hostname";
    term.labelSelector.emplace().matchLabels["app"] = "web";
    ASSERT_NE(find(web), nullptr);
    ASSERT_NE(find(hermit), nullptr);
    EXPECT_FALSE(find(web)->is_relative());
    EXPECT_TRUE(find(hermit)->has_relative_filters());

    test::place_pod(snapshot_, hermit, "a");

    EXPECT_TRUE(find(web)->has_relative_filters());
    EXPECT_FALSE(find(database)->is_relative());
    EXPECT_THAT(best_of(*find(web)), testing::ElementsAre("b", "c"));

    test::place_pod(snapshot_, web, "b");

    EXPECT_THAT(best_of(*find(web)), testing::ElementsAre("c"));
    EXPECT_THAT(best_of(*find(hermit)), testing::ElementsAre("c"));

    snapshot_.remove_pod(hermit, "a");

    EXPECT_FALSE(find(web)->is_relative());
}

TEST_F(FewNodes, FillsTheSmallestDomainsFromTheirClass) {
    Pod pod = pod_of("web");
    auto& constraint = pod.spec.edit().topologySpreadConstraints.emplace_back();
    constraint.maxSkew = 1;
    constraint.topologyKey = "kubernetes.io/hostname";
    constraint.whenUnsatisfiable = "DoNotSchedule";
    constraint.labelSelector.emplace().matchLabels["app"] = "web";
    ASSERT_NE(find(pod), nullptr);

    test::place_pod(snapshot_, pod, "a");
    EXPECT_THAT(best_of(*find(pod)), testing::ElementsAre("b", "c"));
    test::place_pod(snapshot_, pod, "c");
    EXPECT_THAT(best_of(*find(pod)), testing::ElementsAre("b"));
    snapshot_.remove_pod(pod, "a");
    EXPECT_THAT(best_of(*find(pod)), testing::ElementsAre("a", "b"));
}

// As long as no node is marked, one answers for all.
TEST_F(FewNodes, FollowsTheFirstNodesThatAreMarked) {
    const Pod pod = pod_of("web");
    ASSERT_THAT(best_of(*find(pod)), testing::ElementsAre("a", "b", "c"));

    Node tainted = snapshot_.find("a")->node();
    tainted.spec.taints.push_back({.key = "dedicated", .effect = "NoSchedule"});
    test::add_node(snapshot_, tainted);
    EXPECT_TRUE(snapshot_.has_taints());
    EXPECT_THAT(best_of(*find(pod)), testing::ElementsAre("b", "c"));

    Node cordoned = snapshot_.find("b")->node();
    cordoned.spec.unschedulable = true;
    test::add_node(snapshot_, cordoned);
    EXPECT_TRUE(snapshot_.has_unschedulable_nodes());
    EXPECT_THAT(best_of(*find(pod)), testing::ElementsAre("c"));
    EXPECT_THAT(best_of(*find(pod_of("api"))), testing::ElementsAre("c"));

    tainted.spec.taints.clear();
    test::add_node(snapshot_, tainted);
    snapshot_.remove_node("b");
    EXPECT_FALSE(snapshot_.has_taints());
    EXPECT_FALSE(snapshot_.has_unschedulable_nodes());
    EXPECT_THAT(best_of(*find(pod)), testing::ElementsAre("a", "c"));
}

TEST_F(FewNodes, PrefersTheNodeThatHasTheImageOfTheTemplate) {
    Node node = snapshot_.find("b")->node();
    auto& image = node.status.images.emplace_back();
    image.names.push_back("web:v1");
    image.sizeBytes = std::int64_t{900} << 20;
    test::add_node(snapshot_, node);
    Pod pod = pod_of("web");
    pod.spec.edit().containers[0].image = "web:v1";

    EXPECT_TRUE(snapshot_.has_image("web:v1"));
    EXPECT_THAT(best_of(*find(pod)), testing::ElementsAre("b"));
    EXPECT_THAT(best_of(*find(pod_of("api"))), testing::ElementsAre("a", "b", "c"));
}

TEST(ChooseAmong, StopsAtTheFeasibleNodeBeyondTheWantedOnes) {
    const std::vector<std::int16_t> totals{5, 0, 7, 7, 0, 9};

    const ClassChoice choice = choose_among(totals, {.start = 1, .wanted = 2});

    EXPECT_EQ(choice.best, 7);
    EXPECT_EQ(choice.ties, 2U);
    EXPECT_EQ(choice.feasible, 2U);
    EXPECT_EQ(choice.processed, 4U);
    EXPECT_EQ(tie_at(totals, 1, 7, 1), 3U);
    EXPECT_EQ(choose_among(totals, {.start = 5, .wanted = 2}).processed, 3U);
    EXPECT_EQ(tie_at(totals, 3, 7, 1), 2U);
}

// Totals that change one by one are searched as if they had always been so.
TEST(TotalIndex, FindsWhatASearchOfAllTotalsFinds) {
    Random random{1};
    for (int round = 0; round < 60; ++round) {
        const std::size_t nodes = 1 + static_cast<std::size_t>(random.below(300));
        std::vector<std::int16_t> totals(nodes);
        TotalIndex index;
        index.reset(nodes);
        for (int step = 0; step < 200; ++step) {
            const auto at = static_cast<std::size_t>(random.below(nodes));
            totals[at] = static_cast<std::int16_t>(random.below(4));
            index.set(at, totals[at]);
            const SearchRange range{.start = static_cast<std::size_t>(random.below(nodes)),
                                    .wanted = nodes};
            const ClassChoice expected = choose_among(totals, range);
            const ClassChoice found = index.choose(range);
            ASSERT_EQ(found.best, expected.best);
            ASSERT_EQ(found.feasible, expected.feasible);
            ASSERT_EQ(found.processed, expected.processed);
            if (expected.best == 0) {
                continue;
            }
            ASSERT_EQ(found.ties, expected.ties);
            const auto tie = static_cast<std::size_t>(random.below(expected.ties));
            ASSERT_EQ(index.tie_at(range.start, found.best, tie),
                      tie_at(totals, range.start, found.best, tie));
        }
    }
}

}  // namespace
}  // namespace wavetank::scheduler
