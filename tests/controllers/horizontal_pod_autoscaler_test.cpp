#include <wavetank/controllers/horizontal_pod_autoscaler.hpp>

#include <wavetank/controllers/controller_manager.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>
#include <wavetank/store/store.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::controllers {
namespace {

using namespace std::chrono_literals;
using api::appsv1::Deployment;
using api::autoscalingv2::HorizontalPodAutoscaler;
using api::autoscalingv2::HorizontalPodAutoscalerCondition;
using api::corev1::Event;

/// Says of an external metric whatever the test says.
class OneNumber final : public metrics::MetricsSource {
public:
    Result<metrics::PodMetrics> resource_metric(const metrics::ResourceMetricQuery&) override {
        return Error{.message = "no metrics returned from resource metrics API"};
    }
    Result<metrics::PodMetrics> pods_metric(const metrics::PodsMetricQuery&) override {
        return Error{.message = "no metrics returned from custom metrics API"};
    }
    Result<std::int64_t> object_metric(const metrics::ObjectMetricQuery&) override {
        return milli;
    }
    Result<std::vector<std::int64_t>> external_metric(
        const metrics::ExternalMetricQuery& query) override {
        selectors.push_back(query.selector);
        return std::vector{milli};
    }

    std::int64_t milli = 0;
    std::vector<std::string> selectors;
};

class HorizontalPodAutoscalerTest : public testing::Test {
protected:
    static ControllerRegistry only(metrics::MetricsSource* source) {
        ControllerRegistry controllers;
        controllers.add(horizontal_pod_autoscaler({.metrics = source}));
        return controllers;
    }

    void deploy(const std::string& name, std::int32_t replicas) {
        Deployment deployment{.metadata = {.name = name, .namespace_ = "default"}};
        deployment.spec.replicas = replicas;
        deployment.spec.selector.emplace().matchLabels = {{"app", "web"}};
        deployment.spec.template_.metadata.labels.edit() = {{"app", "web"}};
        deployment.spec.template_.spec.edit().containers.push_back({.name = "c", .image = "v1"});
        Deployment made = *registry_.create(std::move(deployment)).value();
        made.status.replicas = replicas;
        static_cast<void>(registry_.update_status(std::move(made)).value());
    }

    void add_pod(const std::string& name) {
        api::corev1::Pod pod{.metadata = {.name = name, .namespace_ = "default"}};
        pod.metadata.labels.edit() = {{"app", "web"}};
        static_cast<void>(store_.create(std::move(pod)).value());
    }

    /// Ten of the metric for each pod.
    void autoscale(const std::string& name, const std::string& deployment,
                   std::int32_t replicas_min) {
        HorizontalPodAutoscaler object{.metadata = {.name = name, .namespace_ = "default"}};
        object.spec.scaleTargetRef = {
            .kind = "Deployment", .name = deployment, .apiVersion = "apps/v1"};
        object.spec.minReplicas = replicas_min;
        object.spec.maxReplicas = 20;
        api::autoscalingv2::ExternalMetricSource source{.metric = {.name = "queue"}};
        source.metric.selector.emplace().matchLabels = {{"topic", "orders"}};
        source.target = {.type = "AverageValue", .averageValue = api::Quantity::of(10)};
        object.spec.metrics.push_back({.type = "External", .external = std::move(source)});
        static_cast<void>(registry_.create(std::move(object)).value());
    }

    [[nodiscard]] std::int32_t replicas(const std::string& deployment) const {
        return *store_.get<Deployment>({"default", deployment})->spec.replicas;
    }

    [[nodiscard]] HorizontalPodAutoscalerCondition condition(const std::string& name,
                                                             const std::string& type) const {
        const auto object = store_.get<HorizontalPodAutoscaler>({"default", name});
        const auto found = std::ranges::find(object->status.conditions, type,
                                             &HorizontalPodAutoscalerCondition::type);
        return found == object->status.conditions.end() ? HorizontalPodAutoscalerCondition{}
                                                        : *found;
    }

    [[nodiscard]] std::vector<std::string> events() const {
        std::vector<std::string> texts;
        for (const auto& event : store_.list<Event>()) {
            texts.push_back(event->reason + ": " + event->message);
        }
        return texts;
    }

    runtime::VirtualRuntime runtime_;
    store::Store store_;
    registry::Registry registry_{store_, runtime_, Random{1}};
    OneNumber source_;
    ControllerManager manager_{registry_, runtime_, {.controllers = only(&source_)}};
};

TEST_F(HorizontalPodAutoscalerTest, FollowsAMetricOnceASyncPeriod) {
    deploy("web", 2);
    source_.milli = 30'000;
    autoscale("web", "web", 1);

    runtime_.run_until(TimePoint{1s});
    EXPECT_EQ(replicas("web"), 3);
    source_.milli = 50'000;
    runtime_.run_until(TimePoint{14s});
    EXPECT_EQ(replicas("web"), 3);
    runtime_.run_until(TimePoint{15s});
    EXPECT_EQ(replicas("web"), 5);
    EXPECT_EQ(source_.selectors.front(), "topic=orders");
    EXPECT_EQ(events(), (std::vector<std::string>{
                            "SuccessfulRescale: New size: 3; reason: external metric "
                            "queue(&LabelSelector{MatchLabels:map[string]string{topic: orders,},"
                            "MatchExpressions:[]LabelSelectorRequirement{},}) above target",
                            "SuccessfulRescale: New size: 5; reason: external metric "
                            "queue(&LabelSelector{MatchLabels:map[string]string{topic: orders,},"
                            "MatchExpressions:[]LabelSelectorRequirement{},}) above target"}));
}

TEST_F(HorizontalPodAutoscalerTest, ScalesToZeroAndBack) {
    deploy("web", 2);
    autoscale("web", "web", 0);

    runtime_.run_until(TimePoint{5min});
    EXPECT_EQ(replicas("web"), 2) << "the count at the start stays for five minutes";
    runtime_.run_until(TimePoint{5min + 15s});
    EXPECT_EQ(replicas("web"), 0);
    EXPECT_EQ(condition("web", "ScaledToZero").status, "True");
    source_.milli = 5'000;
    runtime_.run_until(TimePoint{5min + 30s});
    EXPECT_EQ(replicas("web"), 1);
    EXPECT_EQ(condition("web", "ScaledToZero").status, "False");
}

TEST_F(HorizontalPodAutoscalerTest, LeavesAloneWhatAPersonScaledToZero) {
    deploy("web", 0);
    source_.milli = 90'000;
    autoscale("web", "web", 0);

    runtime_.run_until(TimePoint{1min});
    EXPECT_EQ(replicas("web"), 0);
    EXPECT_EQ(condition("web", "ScalingActive").reason, "ScalingDisabled");
}

TEST_F(HorizontalPodAutoscalerTest, SaysThatItsTargetIsMissing) {
    autoscale("web", "nope", 1);

    runtime_.run_until(TimePoint{1s});
    EXPECT_EQ(condition("web", "AbleToScale").reason, "FailedGetScale");
    EXPECT_EQ(events(),
              std::vector<std::string>{"FailedGetScale: deployments.apps \"nope\" not found"});
}

TEST_F(HorizontalPodAutoscalerTest, RefusesPodsThatAnotherAutoscalerHas) {
    deploy("web", 1);
    deploy("copy", 1);  // of the same labels
    add_pod("p");
    source_.milli = 30'000;
    autoscale("a", "web", 1);
    runtime_.run_until(TimePoint{1s});
    autoscale("b", "copy", 1);
    runtime_.run_until(TimePoint{2s});

    EXPECT_EQ(replicas("copy"), 1);
    EXPECT_EQ(condition("b", "ScalingActive").reason, "AmbiguousSelector");
    EXPECT_EQ(condition("b", "ScalingActive").message,
              "pods by selector app=web are controlled by more than one HPA (e.g. [{a default} {b "
              "default}])");
}

TEST_F(HorizontalPodAutoscalerTest, LooksAgainAtOnceWhenItsSpecChanges) {
    deploy("web", 8);
    source_.milli = 80'000;
    autoscale("web", "web", 1);
    runtime_.run_until(TimePoint{3s});

    HorizontalPodAutoscaler object = *store_.get<HorizontalPodAutoscaler>({"default", "web"});
    object.spec.maxReplicas = 4;
    static_cast<void>(registry_.update(std::move(object)).value());
    runtime_.run_until(TimePoint{4s});

    EXPECT_EQ(replicas("web"), 4);
    EXPECT_EQ(store_.get<HorizontalPodAutoscaler>({"default", "web"})->status.observedGeneration,
              2);
}

}  // namespace
}  // namespace wavetank::controllers
