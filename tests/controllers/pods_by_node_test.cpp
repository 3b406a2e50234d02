#include "controllers/pods_by_node.hpp"

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

Pod pod_on(const std::string& name, const std::string& node) {
    Pod pod;
    pod.metadata.name = name;
    pod.metadata.namespace_ = "default";
    pod.spec.nodeName = node;
    return pod;
}

std::vector<std::string> names_on(PodsByNode& pods, const std::string& node) {
    std::vector<std::string> names;
    for (const auto& pod : pods.on(node)) {
        names.push_back(pod->metadata.name);
    }
    return names;
}

TEST(PodsByNode, KnowsThePodsThatWereThereBefore) {
    store::Store store;
    PodsByNode pods{store};
    for (const char* name : {"c", "a", "b"}) {
        ASSERT_TRUE(store.create(pod_on(name, name == std::string{"b"} ? "n2" : "n1")));
    }
    ASSERT_TRUE(store.create(pod_on("waiting", "")));

    EXPECT_THAT(names_on(pods, "n1"), ElementsAre("a", "c"));
    EXPECT_THAT(names_on(pods, "n2"), ElementsAre("b"));
    EXPECT_THAT(names_on(pods, ""), IsEmpty());
}

TEST(PodsByNode, FollowsPodsThatAreBoundAndGo) {
    store::Store store;
    PodsByNode pods{store};
    ASSERT_TRUE(store.create(pod_on("a", "")));
    EXPECT_THAT(names_on(pods, "n1"), IsEmpty());

    Pod bound = *store.get<Pod>({"default", "a"});
    bound.spec.nodeName = "n1";
    ASSERT_TRUE(store.update(std::move(bound)));
    EXPECT_THAT(names_on(pods, "n1"), ElementsAre("a"));

    ASSERT_TRUE(store.remove<Pod>({"default", "a"}));
    EXPECT_THAT(names_on(pods, "n1"), IsEmpty());
}

}  // namespace
}  // namespace wavetank::controllers
