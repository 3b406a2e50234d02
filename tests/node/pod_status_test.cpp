#include "node/pod_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace wavetank::node {
namespace {

using namespace std::chrono_literals;
using api::corev1::PodSpecBody;
using testing::ElementsAre;

const api::Time at_start{default_wall_epoch};
const api::Time later{default_wall_epoch + 10s};

ContainerView running() {
    return {.state = RunState::Running, .ready = true, .started = true, .running_since = at_start};
}

ContainerView exited(std::int32_t code) {
    return {.state = RunState::Terminated,
            .ready = code == 0,
            .current = FinishedRun{.started = at_start, .finished = later, .exit_code = code}};
}

PodSpecBody body_of(const std::string& restart_policy) {
    PodSpecBody body;
    body.restartPolicy = restart_policy;
    body.containers.push_back({.name = "main", .image = "tool:v1"});
    return body;
}

TEST(PodPhase, FollowsTheContainersAsGetPhaseDoes) {
    struct Case {
        std::string restart_policy;
        std::vector<ContainerView> containers;
        std::string phase;
    };
    const Case cases[] = {
        {"Always", {{}}, "Pending"},
        {"Always", {running()}, "Running"},
        {"Always", {exited(0)}, "Running"},
        {"OnFailure", {exited(1)}, "Running"},
        {"OnFailure", {exited(0)}, "Succeeded"},
        {"Never", {exited(0)}, "Succeeded"},
        {"Never", {exited(2)}, "Failed"},
    };

    for (const Case& each : cases) {
        EXPECT_EQ(phase_of(body_of(each.restart_policy), {.containers = each.containers}),
                  each.phase);
    }
}

TEST(PodPhase, FailsWithAnInitContainerThatMayNotRestart) {
    PodSpecBody body = body_of("Never");
    body.initContainers.push_back({.name = "setup"});

    EXPECT_EQ(phase_of(body, {.containers = {exited(1), {}}}), "Failed");
    EXPECT_EQ(phase_of(body, {.containers = {exited(0), {}}}), "Pending");
}

TEST(PodPhase, IsDecidedByExitCodesWhenThePodEnds) {
    const PodSpecBody body = body_of("Always");

    EXPECT_EQ(phase_of(body, {.containers = {exited(0)}, .ending = true}), "Succeeded");
    EXPECT_EQ(phase_of(body, {.containers = {exited(137)}, .ending = true}), "Failed");
}

TEST(PodConditions, ComeInUpstreamsOrderAfterThoseOfOthers) {
    const PodSpecBody body = body_of("Always");
    const PodView view{.containers = {running()}, .network_ready = true};
    const std::vector<api::corev1::PodCondition> old{
        {.type = "PodScheduled", .status = "True", .lastTransitionTime = at_start},
        {.type = "example.com/gate", .status = "False"}};

    const auto conditions = conditions_of(
        {.body = body, .view = view, .phase = "Running", .generation = 3, .now = later}, old);

    std::vector<std::string> texts;
    for (const auto& condition : conditions) {
        texts.push_back(condition.type + '=' + condition.status);
    }
    EXPECT_THAT(texts, ElementsAre("example.com/gate=False", "PodReadyToStartContainers=True",
                                   "Initialized=True", "Ready=True", "ContainersReady=True",
                                   "PodScheduled=True"));
    EXPECT_EQ(conditions[3].lastTransitionTime, later);
    EXPECT_EQ(conditions[5].lastTransitionTime, at_start);
    EXPECT_EQ(conditions[5].observedGeneration, 3);
}

TEST(PodConditions, NameTheContainersThatKeepThePodFromBeingReady) {
    PodSpecBody body = body_of("Always");
    body.initContainers.push_back({.name = "setup"});
    body.containers.push_back({.name = "helper"});
    const PodView view{.containers = {{}, {}, {}}};

    const auto conditions =
        conditions_of({.body = body, .view = view, .phase = "Pending", .now = later}, {});

    EXPECT_EQ(conditions[1].reason, "ContainersNotInitialized");
    EXPECT_EQ(conditions[1].message, "containers with incomplete status: [setup]");
    EXPECT_EQ(conditions[2].reason, "ContainersNotReady");
    EXPECT_EQ(conditions[2].message, "containers with unready status: [main helper]");
}

TEST(ContainerStatus, TellsOfThePresentRunAndTheOneBefore) {
    const PodSpecBody body = body_of("Always");
    ContainerView view = running();
    view.restarts = 1;
    view.last = FinishedRun{.started = at_start, .finished = later, .exit_code = 1};

    const auto status = container_status(body, 0, view);

    EXPECT_EQ(status.name, "main");
    EXPECT_EQ(status.image, "tool:v1");
    EXPECT_EQ(status.restartCount, 1);
    EXPECT_EQ(status.started, true);
    ASSERT_TRUE(status.state.running.has_value());
    ASSERT_TRUE(status.lastState.terminated.has_value());
    EXPECT_EQ(status.lastState.terminated->reason, "Error");
    EXPECT_EQ(status.containerID.size(), std::string{"containerd://"}.size() + 64);
}

TEST(ContainerStatus, WaitsForInitContainersByAnotherReason) {
    PodSpecBody body = body_of("Always");
    EXPECT_EQ(container_status(body, 0, {}).state.waiting->reason, "ContainerCreating");

    body.initContainers.push_back({.name = "setup"});

    EXPECT_EQ(container_status(body, 1, {}).state.waiting->reason, "PodInitializing");
}

}  // namespace
}  // namespace wavetank::node
