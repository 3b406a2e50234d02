#include "controllers/replica_sets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace wavetank::controllers {
namespace {

using api::appsv1::Deployment;
using api::appsv1::ReplicaSet;
using testing::ElementsAre;

Deployment deployment(std::int32_t replicas, const char* surge) {
    Deployment result;
    result.spec.replicas = replicas;
    result.spec.strategy.type = "RollingUpdate";
    result.spec.strategy.rollingUpdate.emplace() = {.maxUnavailable = "25%", .maxSurge = surge};
    return result;
}

ReplicaSet replica_set(std::int32_t replicas, const std::string& greatest = {}) {
    ReplicaSet result;
    result.spec.replicas = replicas;
    if (!greatest.empty()) {
        result.metadata.annotations.edit()[annotation::max_replicas] = greatest;
    }
    return result;
}

ReplicaSetPointer shared(ReplicaSet set) {
    return api::make_object<const ReplicaSet>(std::move(set));
}

TEST(ReplicaSets, GiveTheLeftoverOfAProportionalScaleToTheLargest) {
    const ReplicaSets sets{shared(replica_set(7, "10")), shared(replica_set(3, "10"))};

    EXPECT_THAT(proportional_sizes(sets, deployment(20, "0%"), 10), ElementsAre(14, 6));
    EXPECT_THAT(proportional_sizes(sets, deployment(11, "0%"), 1), ElementsAre(8, 3));
}

TEST(ReplicaSets, FallBackToTheStatusWhereTheAnnotationIsMissing) {
    Deployment grown = deployment(20, "0%");
    grown.status.replicas = 10;

    EXPECT_EQ(proportion_of(replica_set(5), grown, 10, 0), 5);
    EXPECT_EQ(proportion_of(replica_set(5, "none"), grown, 10, 0), 5);
}

TEST(ReplicaSets, GrowNoFurtherThanSurgeAndWantedCountAllow) {
    const Deployment wanted = deployment(10, "30%");
    const ReplicaSet fresh = replica_set(0);

    EXPECT_EQ(new_replicas(wanted, {shared(replica_set(10))}, fresh), 3);
    EXPECT_EQ(new_replicas(wanted, {shared(replica_set(13))}, fresh), 0);
    EXPECT_EQ(new_replicas(wanted, {}, fresh), 10);
}

TEST(ReplicaSets, NoteTheFormerRevisionWhenATemplateIsUsedAgain) {
    const Deployment wanted = deployment(1, "25%");
    ReplicaSet set = replica_set(1);
    set.metadata.annotations.edit() = {{annotation::revision, "2"},
                                       {annotation::revision_history, "1"}};

    EXPECT_TRUE(set_new_annotations(wanted, set.metadata.annotations, 4, Existing::Yes));

    EXPECT_EQ(set.metadata.annotations->at(annotation::revision), "4");
    EXPECT_EQ(set.metadata.annotations->at(annotation::revision_history), "1,2");
    EXPECT_FALSE(set_new_annotations(wanted, set.metadata.annotations, 4, Existing::Yes));
}

TEST(ReplicaSets, KeepARevisionHistoryWithinItsLimit) {
    ReplicaSet set = replica_set(1);
    std::string history = "1000";
    while (history.size() + 5 <= 2000) {
        history += ",1000";
    }
    set.metadata.annotations.edit() = {{annotation::revision, "77777"},
                                       {annotation::revision_history, history}};

    set_new_annotations(deployment(1, "25%"), set.metadata.annotations, 77778, Existing::Yes);

    const std::string& kept = set.metadata.annotations->at(annotation::revision_history);
    EXPECT_LE(kept.size(), 2000U);
    EXPECT_TRUE(kept.ends_with(",1000,77777"));
}

TEST(ReplicaSets, CompareTemplatesWithoutTheHashLabel) {
    api::corev1::PodTemplateSpec left;
    left.metadata.labels.edit() = {{"app", "web"}};
    left.spec.edit().containers.push_back({.name = "web", .image = "v1"});
    api::corev1::PodTemplateSpec right = left;
    right.metadata.labels.edit()[hash_label] = "bcd";

    EXPECT_TRUE(equal_but_for_hash(left, right));
    right.spec.edit().containers.front().image = "v2";
    EXPECT_FALSE(equal_but_for_hash(left, right));
}

TEST(TemplateHash, DependsOnContentAndCollisionsAlone) {
    api::corev1::PodTemplateSpec pods;
    pods.spec.edit().containers.push_back({.name = "web", .image = "v1"});
    api::corev1::PodTemplateSpec same;
    same.spec.edit().containers.push_back({.name = "web", .image = "v1"});
    api::corev1::PodTemplateSpec other = pods;
    other.spec.edit().containers.front().image = "v2";

    EXPECT_EQ(template_hash(pods, {}), template_hash(same, {}));
    EXPECT_NE(template_hash(pods, {}), template_hash(other, {}));
    EXPECT_NE(template_hash(pods, {}), template_hash(pods, 1));
    EXPECT_EQ(template_hash(pods, {}).find_first_not_of("bcdfghjklmnpqrstvwxz2456789"),
              std::string::npos);
}

}  // namespace
}  // namespace wavetank::controllers
