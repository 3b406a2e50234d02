#include <wavetank/registry/registry.hpp>

#include <wavetank/runtime/virtual_runtime.hpp>
#include <wavetank/store/store.hpp>

#include <gtest/gtest.h>

namespace wavetank::registry {
namespace {

using api::autoscalingv2::HorizontalPodAutoscaler;
using api::autoscalingv2::HPAScalingPolicy;

class AutoscalerRulesTest : public testing::Test {
protected:
    static HorizontalPodAutoscaler autoscaler() {
        HorizontalPodAutoscaler object{.metadata = {.name = "web", .namespace_ = "default"}};
        object.spec.scaleTargetRef = {.kind = "Deployment", .name = "web", .apiVersion = "apps/v1"};
        object.spec.maxReplicas = 5;
        return object;
    }

    /// Returns what is wrong with it, without the object's name.
    std::string refusal(const HorizontalPodAutoscaler& object) {
        const auto created = registry_.create(object);
        const std::string prefix = "HorizontalPodAutoscaler.autoscaling \"web\" is invalid: ";
        return created ? "" : created.error().message.substr(prefix.size());
    }

    runtime::VirtualRuntime runtime_;
    store::Store store_;
    Registry registry_{store_, runtime_, Random{1}};
};

TEST_F(AutoscalerRulesTest, FillsInWhatAManifestLeavesOut) {
    HorizontalPodAutoscaler object = autoscaler();
    object.spec.behavior.emplace().scaleDown.emplace().stabilizationWindowSeconds = 60;
    const auto created = registry_.create(object).value();
    const auto& spec = created->spec;

    EXPECT_EQ(created->metadata.generation, 1);
    EXPECT_EQ(spec.minReplicas, 1);
    ASSERT_EQ(spec.metrics.size(), 1U);
    EXPECT_EQ(spec.metrics[0].resource->target.averageUtilization, 80);
    EXPECT_EQ(spec.behavior->scaleUp->stabilizationWindowSeconds, 0);
    EXPECT_EQ(
        *spec.behavior->scaleUp->policies,
        (std::vector<HPAScalingPolicy>{{.type = "Pods", .value = 4, .periodSeconds = 15},
                                       {.type = "Percent", .value = 100, .periodSeconds = 15}}));
    EXPECT_EQ(spec.behavior->scaleDown->stabilizationWindowSeconds, 60);
    EXPECT_EQ(spec.behavior->scaleDown->selectPolicy, "Max");
}

TEST_F(AutoscalerRulesTest, ReportsGeneratedRulesLast) {
    HorizontalPodAutoscaler object = autoscaler();
    object.spec.minReplicas = -1;
    object.spec.maxReplicas = -2;
    object.spec.scaleTargetRef.apiVersion = "v1";

    EXPECT_EQ(refusal(object),
              "[spec.maxReplicas: Invalid value: -2: must be greater than or equal to "
              "`minReplicas`, spec.scaleTargetRef.apiVersion: Invalid value: \"v1\": apiVersion "
              "must specify API group, spec.minReplicas: Invalid value: -1: must be greater than "
              "or equal to 0, spec.maxReplicas: Invalid value: -2: must be greater than or equal "
              "to 1]");
}

TEST_F(AutoscalerRulesTest, ChecksTheBehavior) {
    HorizontalPodAutoscaler object = autoscaler();
    auto& up = object.spec.behavior.emplace().scaleUp.emplace();
    up.stabilizationWindowSeconds = 3601;
    up.selectPolicy = "Most";
    up.policies.emplace();
    auto& down = object.spec.behavior->scaleDown.emplace();
    down.tolerance = api::Quantity::of_milli(-1);
    down.policies.emplace().push_back({.type = "Some", .value = 0, .periodSeconds = 1801});

    EXPECT_EQ(
        refusal(object),
        "[spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be "
        "less than or equal to 3600, spec.behavior.scaleUp.selectPolicy: Unsupported value: "
        "\"Most\": supported values: \"Disabled\", \"Max\", \"Min\", "
        "spec.behavior.scaleUp.policies: Required value: must specify at least one Policy, "
        "spec.behavior.scaleDown.policies[0].type: Unsupported value: \"Some\": supported "
        "values: \"Percent\", \"Pods\", spec.behavior.scaleDown.policies[0].value: Invalid "
        "value: 0: must be greater than zero, "
        "spec.behavior.scaleDown.policies[0].periodSeconds: Invalid value: 1801: must be less "
        "than or equal to 1800, spec.behavior.scaleDown.tolerance: Invalid value: \"-1m\": "
        "must be greater than or equal to 0]");
}

TEST_F(AutoscalerRulesTest, LetsAnOldTargetStay) {
    HorizontalPodAutoscaler object = autoscaler();
    object.metadata.uid = "1";
    object.spec.scaleTargetRef.apiVersion = "v1";  // as an older server let through
    static_cast<void>(store_.create(object).value());
    HorizontalPodAutoscaler next = *store_.get<HorizontalPodAutoscaler>({"default", "web"});
    next.spec.maxReplicas = 9;

    EXPECT_TRUE(registry_.update(next));
    next = *store_.get<HorizontalPodAutoscaler>({"default", "web"});
    next.spec.scaleTargetRef.kind = "ReplicaSet";
    EXPECT_FALSE(registry_.update(next));
}

}  // namespace
}  // namespace wavetank::registry
