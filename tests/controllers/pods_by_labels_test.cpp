#include "controllers/pods_by_labels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace wavetank::controllers {
namespace {

using api::corev1::Pod;
using testing::ElementsAre;
using testing::IsEmpty;

Pod pod_of_app(const std::string& name, const std::string& app) {
    Pod pod;
    pod.metadata.name = name;
    pod.metadata.namespace_ = "default";
    pod.metadata.labels.edit()["app"] = app;
    return pod;
}

// Names and phases of the pods of an app.
std::vector<std::string> states(const PodsByLabels& pods, const std::string& app) {
    std::vector<std::string> texts;
    for (const auto& pod : pods.select("default", api::Selector::from({{"app", app}}))) {
        texts.push_back(pod->metadata.name + pod->status.phase);
    }
    return texts;
}

TEST(PodsByLabels, ReturnsPodsAsTheyAreNow) {
    store::Store store;
    for (const char* name : {"b", "a"}) {
        ASSERT_TRUE(store.create(pod_of_app(name, "web")));
    }
    const PodsByLabels pods{store};
    ASSERT_THAT(states(pods, "web"), ElementsAre("a", "b"));

    Pod running = *store.get<Pod>({"default", "a"});
    running.status.phase = " runs";
    ASSERT_TRUE(store.update(std::move(running)));
    EXPECT_THAT(states(pods, "web"), ElementsAre("a runs", "b"));

    ASSERT_TRUE(store.remove<Pod>({"default", "a"}));
    ASSERT_TRUE(store.create(pod_of_app("c", "web")));
    EXPECT_THAT(states(pods, "web"), ElementsAre("b", "c"));
}

TEST(PodsByLabels, FollowsPodsToOtherLabels) {
    store::Store store;
    ASSERT_TRUE(store.create(pod_of_app("a", "web")));
    const PodsByLabels pods{store};
    ASSERT_THAT(states(pods, "web"), ElementsAre("a"));

    Pod changed = *store.get<Pod>({"default", "a"});
    changed.metadata.labels.edit()["app"] = "db";
    ASSERT_TRUE(store.update(std::move(changed)));

    EXPECT_THAT(states(pods, "web"), IsEmpty());
    EXPECT_THAT(states(pods, "db"), ElementsAre("a"));
}

TEST(PodsByLabels, TellsWhetherASelectionHasChanged) {
    store::Store store;
    ASSERT_TRUE(store.create(pod_of_app("a", "web")));
    const PodsByLabels pods{store};
    PodsByLabels::Selection web{"default", api::Selector::from(api::Labels{{"app", "web"}})};

    EXPECT_TRUE(pods.has_changed(web)) << "the first time";
    EXPECT_FALSE(pods.has_changed(web));

    ASSERT_TRUE(store.create(pod_of_app("b", "db")));
    EXPECT_FALSE(pods.has_changed(web)) << "others do not count";

    Pod running = *store.get<Pod>({"default", "a"});
    running.status.phase = "Running";
    ASSERT_TRUE(store.update(std::move(running)));
    EXPECT_TRUE(pods.has_changed(web));
    EXPECT_FALSE(pods.has_changed(web));

    ASSERT_TRUE(store.remove<Pod>({"default", "a"}));
    EXPECT_TRUE(pods.has_changed(web));
    EXPECT_THAT(pods.select(web), IsEmpty());

    ASSERT_TRUE(store.create(pod_of_app("c", "web")));
    EXPECT_TRUE(pods.has_changed(web));
    EXPECT_EQ(pods.select(web).size(), 1U);
}

}  // namespace
}  // namespace wavetank::controllers
