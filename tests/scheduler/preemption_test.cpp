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
using api::corev1::Pod;
using test::make_node;
using test::make_pod;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

// Writes through another writer, unless it is told to refuse the removal of pods.
class MoodyWriter final : public ClusterWriter {
public:
    explicit MoodyWriter(registry::Registry& registry) : writer_(make_registry_writer(registry)) {}

    [[nodiscard]] Result<void> bind(const Pod& pod, const std::string& node) override {
        return writer_->bind(pod, node);
    }
    [[nodiscard]] Result<void> update_status(Pod pod) override {
        return writer_->update_status(std::move(pod));
    }
    [[nodiscard]] Result<void> remove(const Pod& pod) override {
        return refuses ? Error{.reason = Reason::Forbidden, .message = "no"} : writer_->remove(pod);
    }
    void record(Event event) override {
        writer_->record(std::move(event));
    }

    bool refuses = false;

private:
    std::unique_ptr<ClusterWriter> writer_;
};

// A cluster without kubelets: pods that are deleted stay until `bury` is called.
class PreemptionTest : public testing::Test {
protected:
    PreemptionTest() {
        SchedulerOptions options;
        options.algorithm.tie_break = TieBreak::Name;
        scheduler = Scheduler::make(store, writer, time, Random{1}, std::move(options)).value();
    }

    void add_node(const std::string& name, const std::string& cpu) {
        ASSERT_TRUE(store.create(make_node(name, {cpu, "16Gi"})));
        run_for(0s);
    }

    void add_pod(const std::string& name, const std::string& cpu, std::int32_t priority,
                 const std::string& policy = "PreemptLowerPriority") {
        Pod pod = make_pod(name, {cpu, ""});
        auto& spec = pod.spec.edit();
        spec.priority = priority;
        spec.preemptionPolicy = policy;
        spec.schedulerName = "default-scheduler";
        spec.terminationGracePeriodSeconds = 30;
        ASSERT_TRUE(store.create(std::move(pod)));
        run_for(0s);
    }

    void bury(const std::string& name) {
        ASSERT_TRUE(store.remove<Pod>({"default", name}));
        run_for(0s);
    }

    void run_for(Duration span) {
        time.run_until(time.now() + span);
    }

    api::Pointer<const Pod> pod(const std::string& name) {
        return store.get<Pod>({"default", name});
    }

    bool is_leaving(const std::string& name) {
        return pod(name)->metadata.deletionTimestamp.has_value();
    }

    std::string nominated(const std::string& name) {
        return *pod(name)->status->nominatedNodeName;
    }

    std::string condition(const std::string& name, const std::string& type) {
        const auto& conditions = *pod(name)->status.conditions;
        const auto found = std::ranges::find(conditions, type, &api::corev1::PodCondition::type);
        return found == conditions.end() ? "" : found->reason + ": " + found->message;
    }

    std::vector<std::string> events(const std::string& name) {
        std::vector<std::string> result;
        for (const auto& event : store.list<Event>()) {
            if (event->involvedObject.name == name) {
                result.push_back(event->type + " " + event->reason + " " + event->message);
            }
        }
        return result;
    }

    runtime::VirtualRuntime time{};
    store::Store store{};
    registry::Registry registry{store, time, Random{1}};
    MoodyWriter writer{registry};
    std::unique_ptr<Scheduler> scheduler;
};

TEST_F(PreemptionTest, EvictsThoseWhoAreInTheWayAndTakesTheirPlace) {
    add_node("only", "2");
    add_pod("minor", "1", 0);
    add_pod("middle", "1", 10);

    add_pod("urgent", "1", 100);

    EXPECT_TRUE(is_leaving("minor"));
    EXPECT_FALSE(is_leaving("middle"));
    EXPECT_EQ(condition("minor", "DisruptionTarget"),
              "PreemptionByScheduler: default-scheduler: preempting to accommodate a higher "
              "priority pod");
    EXPECT_THAT(events("minor"),
                Contains("Normal Preempted Preempted by pod uid-urgent on node only"));
    EXPECT_EQ(nominated("urgent"), "only");
    EXPECT_EQ(condition("urgent", "PodScheduled"),
              "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu. preemption: found a "
              "potential placement for pod on node only, preempting 1 victims");

    bury("minor");

    EXPECT_EQ(pod("urgent")->spec.nodeName, "only");
    EXPECT_EQ(nominated("urgent"), "");
    EXPECT_EQ(scheduler->counts().preemptions, 1U);
}

TEST_F(PreemptionTest, WaitsForAllVictimsAndEvictsNobodyElseMeanwhile) {
    add_node("only", "3");
    for (const char* name : {"a", "b", "c"}) {
        add_pod(name, "1", 0);
    }

    add_pod("urgent", "2", 100);
    ASSERT_EQ(scheduler->counts().preemptions, 1U);
    bury("b");
    run_for(30s);

    EXPECT_EQ(scheduler->counts().preemptions, 1U);
    EXPECT_FALSE(is_leaving("a"));
    EXPECT_EQ(
        condition("urgent", "PodScheduled"),
        "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible "
        "due to a terminating pod on the nominated node.");

    bury("c");
    run_for(30s);

    EXPECT_EQ(pod("urgent")->spec.nodeName, "only");
}

TEST_F(PreemptionTest, KeepsTheRoomFromLessImportantPods) {
    add_node("only", "2");
    add_pod("minor", "2", 0);
    add_pod("urgent", "2", 100);
    bury("minor");
    ASSERT_EQ(pod("urgent")->spec.nodeName, "only");

    add_node("second", "1");
    add_pod("filler", "1", 0);
    add_pod("next", "1", 50);
    ASSERT_EQ(nominated("next"), "second");
    add_pod("thief", "1", 40);
    bury("filler");

    EXPECT_EQ(pod("next")->spec.nodeName, "second");
    EXPECT_EQ(pod("thief")->spec.nodeName, "");
}

TEST_F(PreemptionTest, TakesANominationAwayFromTheLessImportant) {
    add_node("only", "1");
    add_pod("minor", "1", 0);
    add_pod("middle", "1", 50);
    ASSERT_EQ(nominated("middle"), "only");

    // The victim is leaving already, so nobody is evicted, and the nomination stays.
    add_pod("urgent", "1", 100);
    EXPECT_EQ(nominated("urgent"), "only");
    EXPECT_EQ(nominated("middle"), "only");
    EXPECT_THAT(events("minor"), Not(Contains(testing::HasSubstr("uid-urgent"))));

    bury("minor");

    EXPECT_EQ(pod("urgent")->spec.nodeName, "only");
    EXPECT_EQ(pod("middle")->spec.nodeName, "");
}

TEST_F(PreemptionTest, WithdrawsNominationsOfLowerPriorityWithItsOwnVictims) {
    add_node("only", "2");
    add_pod("minor", "1", 0);
    add_pod("other", "1", 10);
    add_pod("middle", "1", 50);
    ASSERT_EQ(nominated("middle"), "only");

    add_pod("urgent", "2", 100);

    EXPECT_EQ(nominated("urgent"), "only");
    EXPECT_TRUE(is_leaving("other"));
    EXPECT_EQ(nominated("middle"), "");
}

TEST_F(PreemptionTest, TriesAgainIfVictimsCannotBeEvicted) {
    add_node("only", "1");
    add_pod("minor", "1", 0);
    writer.refuses = true;
    add_pod("urgent", "1", 100);
    ASSERT_FALSE(is_leaving("minor"));

    writer.refuses = false;
    run_for(1s);

    EXPECT_TRUE(is_leaving("minor"));
    EXPECT_EQ(scheduler->counts().preemptions, 2U);
}

TEST_F(PreemptionTest, SparesThoseWhoArePatient) {
    add_node("only", "1");
    add_pod("minor", "1", 0);

    add_pod("patient", "1", 100, "Never");

    EXPECT_FALSE(is_leaving("minor"));
    EXPECT_THAT(events("patient"),
                ElementsAre("Warning FailedScheduling 0/1 nodes are available: 1 Insufficient cpu. "
                            "preemption: not eligible due to preemptionPolicy=Never."));
}

TEST_F(PreemptionTest, SparesThoseWhoseLeavingWouldNotHelp) {
    add_node("only", "1");
    add_pod("minor", "1", 0);

    add_pod("huge", "2", 100);
    add_pod("equal", "1", 0);

    EXPECT_FALSE(is_leaving("minor"));
    EXPECT_THAT(events("huge"),
                ElementsAre("Warning FailedScheduling 0/1 nodes are available: 1 Insufficient cpu. "
                            "preemption: 0/1 nodes are available: 1 Preemption is not helpful for "
                            "scheduling."));
    EXPECT_THAT(events("equal"),
                ElementsAre("Warning FailedScheduling 0/1 nodes are available: 1 Insufficient cpu. "
                            "preemption: 0/1 nodes are available: 1 No preemption victims found "
                            "for incoming pod."));
}

}  // namespace
}  // namespace wavetank::scheduler
