#include <wavetank/scheduler/fit.hpp>

#include "support/scheduler_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace wavetank::scheduler {
namespace {

using api::corev1::Pod;
using test::Amounts;
using test::make_node;
using test::make_pod;
using testing::ElementsAre;
using testing::HasSubstr;

class FitTest : public testing::Test {
protected:
    void add_node(const std::string& name, const Amounts& amounts) {
        ASSERT_TRUE(store.create(make_node(name, amounts)));
    }

    void add_pod(const std::string& name, const Amounts& requests, const std::string& node = {},
                 const std::string& replica_set = {}) {
        Pod pod = make_pod(name, requests);
        pod.metadata.uid.clear();
        pod.spec.nodeName = node;
        if (!replica_set.empty()) {
            auto& owner = pod.metadata.ownerReferences.edit().emplace_back();
            owner.kind = "ReplicaSet";
            owner.name = replica_set;
            owner.controller = true;
        }
        ASSERT_TRUE(store.create(std::move(pod)));
    }

    store::Store store;
};

TEST_F(FitTest, CountsHowManyMoreOfEachSpecWouldFit) {
    add_node("large", {"4", "16Gi"});
    add_node("small", {"1", "16Gi"});
    add_pod("web-1", {"1", "1Gi"}, "large", "web");
    add_pod("web-2", {"1", "1Gi"}, {}, "web");

    const FitReport report = fit(store).value();

    ASSERT_EQ(report.specs.size(), 1U);
    const SpecFit& web = report.specs.front();
    EXPECT_EQ(web.name, "default/replicaset/web");
    EXPECT_EQ(web.placed, 1U);
    EXPECT_EQ(web.pending, 1U);
    EXPECT_EQ(web.more, 4U);
    ASSERT_EQ(web.nodes.size(), 2U);
    EXPECT_EQ(web.nodes[0].node, "large");
    EXPECT_EQ(web.nodes[0].placed, 1U);
    EXPECT_EQ(web.nodes[0].more, 3U);
    EXPECT_EQ(web.nodes[1].more, 1U);
    EXPECT_EQ(web.message, "0/2 nodes are available: 2 Insufficient cpu.");
}

TEST_F(FitTest, SaysWhatIsShortAndWhoComesClosest) {
    add_node("a", {"1", "1Gi"});
    add_node("b", {"2", "1Gi"});
    add_pod("other", {"500m", "128Mi"}, "b");
    add_pod("huge", {"3", "512Mi"});

    const FitReport report = fit(store).value();

    ASSERT_EQ(report.specs.size(), 2U);
    const SpecFit& huge = report.specs.front();
    EXPECT_EQ(huge.name, "default/pod/huge");
    EXPECT_EQ(huge.more, 0U);
    ASSERT_EQ(huge.shortages.size(), 1U);
    EXPECT_EQ(huge.shortages[0].plugin, "NodeResourcesFit");
    EXPECT_EQ(huge.shortages[0].reason, "Insufficient cpu");
    EXPECT_THAT(huge.shortages[0].nodes, ElementsAre("a", "b"));
    EXPECT_EQ(huge.shortages[0].asked, "3");
    EXPECT_EQ(huge.shortages[0].most_left, "1500m");
    EXPECT_EQ(huge.shortages[0].most_left_node, "b");
}

// What is tried for one spec is gone before the next.
TEST_F(FitTest, LooksAtEachSpecAlone) {
    add_node("only", {"4", "16Gi"});
    add_pod("a", {"1", "1Gi"});
    add_pod("b", {"1", "1Gi"});

    const FitReport report = fit(store).value();

    ASSERT_EQ(report.specs.size(), 2U);
    EXPECT_EQ(report.specs[0].more, 4U);
    EXPECT_EQ(report.specs[1].more, 4U);
}

TEST_F(FitTest, EndsWhereItIsTold) {
    add_node("only", {"4", "16Gi"});
    add_pod("idle", {});

    const FitReport report = fit(store, {.more_max = 7}).value();

    EXPECT_EQ(report.specs.front().more, 7U);
    EXPECT_TRUE(report.specs.front().is_limited);
}

TEST_F(FitTest, GoesByTheProfileThatAPodNames) {
    add_node("only", {"4", "16Gi"});
    add_pod("a", {"1", "1Gi"});
    SchedulerConfiguration configuration;
    configuration.profiles.front().scheduler_name = "other";

    EXPECT_TRUE(fit(store, {.configuration = configuration}).value().specs.empty());
}

TEST_F(FitTest, PrintsATableAndJson) {
    add_node("only", {"1", "16Gi"});
    add_pod("a", {"2", "1Gi"});
    const FitReport report = fit(store).value();
    std::ostringstream text;

    text << report;

    EXPECT_THAT(text.str(), HasSubstr("asked for: 2; the most left: 1 on only"));
    const auto json = to_json(report);
    const auto& spec = json.at("specs").as_array().front().as_object();
    EXPECT_EQ(spec.at("name").as_string(), "default/pod/a");
    EXPECT_EQ(spec.at("pending").to_number<int>(), 1);
    EXPECT_EQ(spec.at("shortages").as_array().front().as_object().at("mostLeft").as_string(), "1");
}

}  // namespace
}  // namespace wavetank::scheduler
