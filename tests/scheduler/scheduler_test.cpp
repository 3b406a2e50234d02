#include <wavetank/scheduler/scheduler.hpp>

#include "support/scheduler_cluster.hpp"

#include <wavetank/runtime/virtual_runtime.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace wavetank::scheduler {
namespace {

using namespace std::chrono_literals;
using api::corev1::Event;
using api::corev1::Node;
using api::corev1::Pod;
using test::Amounts;
using test::make_node;
using test::make_pod;

class SchedulerTest : public testing::Test {
protected:
    void start(SchedulerOptions options = {}) {
        options.algorithm.tie_break = TieBreak::Name;
        scheduler = Scheduler::make(store, *writer, time, Random{1}, std::move(options)).value();
    }

    void add_node(const std::string& name, const Amounts& amounts) {
        ASSERT_TRUE(store.create(make_node(name, amounts)));
    }

    void add_pod(const std::string& name, const Amounts& requests,
                 std::optional<std::int32_t> priority = {}) {
        Pod pod = make_pod(name, requests);
        pod.metadata.uid.clear();
        pod.spec.edit().priority = priority;
        ASSERT_TRUE(store.create(std::move(pod)));
    }

    void run_for(Duration span) {
        time.run_until(time.now() + span);
    }

    api::Pointer<const Pod> pod(const std::string& name) {
        return store.get<Pod>({"default", name});
    }

    std::string node_of(const std::string& name) {
        return pod(name)->spec.nodeName;
    }

    const api::corev1::PodCondition* scheduled_condition(const std::string& name) {
        const auto& conditions = *pod(name)->status.conditions;
        const auto found =
            std::ranges::find(conditions, "PodScheduled", &api::corev1::PodCondition::type);
        return found == conditions.end() ? nullptr : &*found;
    }

    std::vector<std::string> events() {
        std::vector<std::string> result;
        for (const auto& event : store.list<Event>()) {
            result.push_back(event->type + " " + event->reason + " " + event->message);
        }
        return result;
    }

    runtime::VirtualRuntime time{};
    store::Store store{};
    registry::Registry registry{store, time, Random{1}};
    std::unique_ptr<ClusterWriter> writer = make_registry_writer(registry);
    std::unique_ptr<Scheduler> scheduler;
};

TEST_F(SchedulerTest, BindsPodsThatWereThereBeforeAndThatCome) {
    add_node("a", {"2", "4Gi"});
    add_node("b", {"2", "4Gi"});
    add_pod("early", {"1", "1Gi"});
    start();
    add_pod("late", {"1", "1Gi"});

    run_for(0s);

    EXPECT_EQ(node_of("early"), "a");
    EXPECT_EQ(node_of("late"), "b");
    EXPECT_EQ(scheduled_condition("late")->status, "True");
    EXPECT_THAT(events(),
                testing::ElementsAre("Normal Scheduled Successfully assigned default/early to a",
                                     "Normal Scheduled Successfully assigned default/late to b"));
}

TEST_F(SchedulerTest, SaysWhyAPodHasNoNodeAndBindsItWhenOneComes) {
    add_node("small", {"1", "4Gi"});
    start();
    add_pod("big", {"2", "1Gi"});
    run_for(1s);

    const auto* condition = scheduled_condition("big");
    ASSERT_NE(condition, nullptr);
    EXPECT_EQ(condition->status, "False");
    EXPECT_EQ(condition->reason, "Unschedulable");
    EXPECT_EQ(condition->message,
              "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 "
              "Preemption is not helpful for scheduling.");
    EXPECT_THAT(events(), testing::ElementsAre("Warning FailedScheduling " + condition->message));

    run_for(20s);
    add_node("large", {"4", "4Gi"});
    run_for(0s);

    EXPECT_EQ(node_of("big"), "large");
    EXPECT_EQ(scheduler->counts().attempts, 2U);
}

TEST_F(SchedulerTest, SchedulesTheUrgentPodFirst) {
    start();
    add_pod("calm", {"1", "1Gi"}, 0);
    add_pod("urgent", {"1", "1Gi"}, 1000);
    add_node("only", {"1", "4Gi"});

    run_for(30s);

    EXPECT_EQ(node_of("urgent"), "only");
    EXPECT_EQ(node_of("calm"), "");
}

TEST_F(SchedulerTest, UsesTheRoomOfADeletedPod) {
    add_node("only", {"1", "4Gi"});
    start();
    add_pod("first", {"1", "1Gi"});
    add_pod("second", {"1", "1Gi"});
    run_for(10s);
    ASSERT_EQ(node_of("second"), "");

    ASSERT_TRUE(store.remove<Pod>({"default", "first"}));
    run_for(10s);

    EXPECT_EQ(node_of("second"), "only");
    EXPECT_EQ(scheduler->snapshot().find("only")->pods().size(), 1U);
}

TEST_F(SchedulerTest, TriesAForgottenPodAgainAfterFiveMinutes) {
    add_node("only", {"1", "4Gi"});
    start();
    add_pod("big", {"2", "1Gi"});

    run_for(5min);
    EXPECT_EQ(scheduler->counts().attempts, 1U);
    run_for(31s);
    EXPECT_EQ(scheduler->counts().attempts, 2U);
    EXPECT_EQ(events().size(), 1U);
}

TEST_F(SchedulerTest, IsBusyAsLongAsADecisionTakes) {
    add_node("only", {"4", "4Gi"});
    start({.decision_cost = 10ms});
    add_pod("a", {});
    add_pod("b", {});

    run_for(9ms);
    EXPECT_EQ(scheduler->counts().bound, 1U);
    run_for(1ms);
    EXPECT_EQ(scheduler->counts().bound, 2U);
}

TEST_F(SchedulerTest, WritesNoEventsIfNotAskedTo) {
    add_node("only", {"4", "4Gi"});
    start({.events = EventRecording::Off});
    add_pod("a", {});

    run_for(1s);

    EXPECT_EQ(node_of("a"), "only");
    EXPECT_TRUE(events().empty());
}

TEST_F(SchedulerTest, GoesByTheProfileThatAPodNames) {
    add_node("full", {"4", "4Gi"});
    add_node("idle", {"4", "4Gi"});
    boost::json::object packing;
    packing["scoringStrategy"] = boost::json::object{{"type", "MostAllocated"}};
    start(
        {.profiles = {{}, {.scheduler_name = "packing", .args = {{"NodeResourcesFit", packing}}}}});
    Pod first = make_pod("first", {"2", "2Gi"});
    first.spec.nodeName = "full";
    ASSERT_TRUE(store.create(std::move(first)));
    add_pod("spread", {"1", "1Gi"});
    run_for(1s);
    Pod packed = make_pod("packed", {"1", "1Gi"});
    packed.spec.edit().schedulerName = "packing";
    ASSERT_TRUE(store.create(std::move(packed)));
    run_for(1s);

    EXPECT_EQ(node_of("spread"), "idle");
    EXPECT_EQ(node_of("packed"), "full");
}

TEST_F(SchedulerTest, LeavesPodsOfOtherSchedulersAlone) {
    add_node("only", {"4", "4Gi"});
    start({.profiles = {{.scheduler_name = "mine"}}});
    add_pod("a", {});

    run_for(1s);

    EXPECT_EQ(node_of("a"), "");
}

TEST_F(SchedulerTest, BindsNoMorePodsThanItsClientLets) {
    add_node("a", {"10", "10Gi"});
    start({.client = {.per_second = 50, .burst = 2}});
    for (const char* name : {"p1", "p2", "p3", "p4"}) {
        add_pod(name, {"1", "1Gi"});
    }

    run_for(0s);
    EXPECT_EQ(node_of("p2"), "a");
    EXPECT_EQ(node_of("p3"), "");
    EXPECT_EQ(scheduler->snapshot().find("a")->pods().size(), 4U) << "its place is taken";
    run_for(20ms);
    EXPECT_EQ(node_of("p3"), "a");
    EXPECT_EQ(node_of("p4"), "");
    run_for(20ms);
    EXPECT_EQ(node_of("p4"), "a");
}

TEST_F(SchedulerTest, HearsOfPodsAsLateAsAnInformer) {
    start({.notice = 5ms});
    add_node("a", {"10", "10Gi"});
    add_pod("p1", {"1", "1Gi"});

    run_for(4ms);
    EXPECT_EQ(node_of("p1"), "");
    run_for(1ms);
    EXPECT_EQ(node_of("p1"), "a");
    run_for(10ms);
    EXPECT_EQ(scheduler->snapshot().find("a")->pods().size(), 1U);
}

}  // namespace
}  // namespace wavetank::scheduler
