#include <wavetank/registry/disruption_condition.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <boost/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace wavetank::registry {
namespace {

using api::corev1::Pod;
using api::policyv1::PodDisruptionBudget;
using testing::HasSubstr;

class Evictions : public testing::Test {
protected:
    Evictions() {
        Pod pod;
        pod.metadata = {.name = "web", .namespace_ = "default"};
        pod.metadata.labels.edit() = {{"app", "web"}};
        pod.spec.edit().containers.push_back({.name = "c", .image = "i"});
        pod.spec.nodeName = "n";
        Pod made = *registry.create(std::move(pod)).value();
        made.status.phase = "Running";
        made.status.conditions.edit() = {{.type = "Ready", .status = "True"}};
        static_cast<void>(registry.update_status(std::move(made)).value());
    }

    void protect(const std::string& name, std::int32_t allowed) {
        PodDisruptionBudget budget;
        budget.metadata = {.name = name, .namespace_ = "default"};
        budget.spec.minAvailable = 1;
        budget.spec.selector.emplace().matchLabels = {{"app", "web"}};
        PodDisruptionBudget made = *registry.create(std::move(budget)).value();
        made.status = {.observedGeneration = 1,
                       .disruptionsAllowed = allowed,
                       .currentHealthy = 1,
                       .desiredHealthy = 1,
                       .expectedPods = 1};
        static_cast<void>(registry.update_status(std::move(made)).value());
    }

    void set_ready(const std::string& status) {
        Pod pod = *store.get<Pod>(key);
        pod.status.conditions.edit() = {{.type = "Ready", .status = status}};
        static_cast<void>(registry.update_status(std::move(pod)).value());
    }

    ApiResponse evict(const std::string& name = "web", const std::string& query = {},
                      const std::string& more = {}) {
        return registry.handle(
            {.method = "POST",
             .target = "/api/v1/namespaces/default/pods/web/eviction" + query,
             .body = R"({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": ")" +
                     name + "\"}" + more + "}"});
    }

    [[nodiscard]] bool is_going() const {
        const auto pod = store.get<Pod>(key);
        return pod == nullptr || pod->metadata.deletionTimestamp.has_value();
    }

    const store::Key key{"default", "web"};
    runtime::VirtualRuntime runtime{};
    store::Store store{};
    Registry registry{store, runtime, Random{1}};
};

TEST_F(Evictions, DeleteAPodThatNobodyProtects) {
    EXPECT_EQ(evict().code, 201);
    ASSERT_TRUE(is_going());
    const auto pod = store.get<Pod>(key);
    EXPECT_EQ(pod->status.conditions->back().type, "DisruptionTarget");
    EXPECT_EQ(pod->status.conditions->back().reason, "EvictionByEvictionAPI");
}

TEST_F(Evictions, SpendWhatTheBudgetAllows) {
    protect("budget", 1);
    EXPECT_EQ(evict().code, 201);

    const auto budget = store.get<PodDisruptionBudget>({"default", "budget"});
    EXPECT_EQ(budget->status.disruptionsAllowed, 0);
    EXPECT_TRUE(budget->status.disruptedPods.contains("web"));
    EXPECT_EQ(find_disruption_allowed(budget->status)->reason, "InsufficientPods");
}

TEST_F(Evictions, AreRefusedIfItAllowsNone) {
    protect("budget", 0);
    const ApiResponse answer = evict();

    EXPECT_EQ(answer.code, 429);
    EXPECT_FALSE(is_going());
    const std::string text = boost::json::serialize(answer.body);
    EXPECT_THAT(text,
                HasSubstr("Cannot evict pod as it would violate the pod's disruption budget."));
    EXPECT_THAT(text,
                HasSubstr("The disruption budget budget needs 1 healthy pods and has 1 currently"));
}

TEST_F(Evictions, AreRefusedIfThereAreTwoBudgets) {
    protect("a", 1);
    protect("b", 1);
    const ApiResponse answer = evict();

    EXPECT_EQ(answer.code, 500);
    EXPECT_THAT(boost::json::serialize(answer.body),
                HasSubstr("more than one PodDisruptionBudget"));
}

TEST_F(Evictions, DoNotDisruptWhoIsNotReadyAnyway) {
    protect("budget", 0);
    set_ready("False");

    EXPECT_EQ(evict().code, 201);
    EXPECT_TRUE(is_going());
}

TEST_F(Evictions, MayBeAskedForWithoutBeingDone) {
    protect("budget", 1);

    EXPECT_EQ(evict("web", "?dryRun=All").code, 201);
    EXPECT_FALSE(is_going());
    EXPECT_EQ(store.get<PodDisruptionBudget>({"default", "budget"})->status.disruptionsAllowed, 1);
}

TEST_F(Evictions, AreOfThePodThatTheClientMeans) {
    const std::string uid = R"(, "deleteOptions": {"preconditions": {"uid": "other"}})";
    const std::string actual{store.get<Pod>(key)->metadata.uid};
    const ApiResponse answer = evict("web", "", uid);

    EXPECT_EQ(answer.code, 409);
    EXPECT_EQ(answer.body.at("message").as_string(),
              "Operation cannot be fulfilled on Pod \"web\": the UID in the precondition (other) "
              "does not match the UID in record (" +
                  actual + "). The object might have been deleted and then recreated");
    EXPECT_FALSE(is_going());
    EXPECT_EQ(evict("web", "?dryRun=All", uid).body, answer.body);
}

TEST_F(Evictions, AreOfTheVersionThatTheClientKnows) {
    const std::string actual{store.get<Pod>(key)->metadata.resourceVersion};
    EXPECT_EQ(
        evict("web", "", R"(, "deleteOptions": {"preconditions": {"resourceVersion": "7777"}})")
            .body.at("message")
            .as_string(),
        "Operation cannot be fulfilled on Pod \"web\": the ResourceVersion in the "
        "precondition (7777) does not match the ResourceVersion in record (" +
            actual + "). The object might have been modified");
    EXPECT_EQ(
        evict("web", "",
              R"(, "deleteOptions": {"preconditions": {"resourceVersion": ")" + actual + "\"}}")
            .code,
        201)
        << "its own mark is no other version";
}

TEST_F(Evictions, NeedTheNameOfTheirPod) {
    const ApiResponse answer = evict("other");

    EXPECT_EQ(answer.code, 400);
    EXPECT_THAT(boost::json::serialize(answer.body),
                HasSubstr("name in URL does not match name in Eviction object"));
}

}  // namespace
}  // namespace wavetank::registry
