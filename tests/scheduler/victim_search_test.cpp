#include "scheduler/victim_search.hpp"

#include "support/scheduler_cluster.hpp"

#include <wavetank/scheduler/algorithm.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavetank::scheduler {
namespace {

using api::corev1::Pod;
using api::policyv1::PodDisruptionBudget;
using test::make_node;
using test::make_pod;
using testing::ElementsAre;

Pod important(Pod pod, std::int32_t priority) {
    pod.spec.edit().priority = priority;
    return pod;
}

// Nodes of two CPUs, on which a pod of one has to find room.
class VictimSearchTest : public testing::Test {
protected:
    void add_node(const std::string& name) {
        test::add_node(snapshot, make_node(name, {"2", ""}));
    }

    void place(const std::string& name, const std::string& node, std::int32_t priority,
               int started = 0, const std::string& cpu = "1") {
        Pod pod = important(make_pod(name, {cpu, ""}), priority);
        pod.metadata.labels.edit()["app"] = name.substr(0, 1);
        pod.status.edit().startTime = api::Time{default_wall_epoch + std::chrono::seconds{started}};
        test::place_pod(snapshot, std::move(pod), node);
    }

    void protect(const std::string& app, std::int32_t allowed) {
        PodDisruptionBudget budget{.metadata = {.name = app, .namespace_ = "default"}};
        budget.spec.selector.emplace().matchLabels["app"] = app;
        budget.status.disruptionsAllowed = allowed;
        ASSERT_TRUE(store.create(std::move(budget)));
    }

    // Does something with the search for `urgent`.
    template <class Use>
    auto with_search(Use use) {
        const Decision decision = algorithm.schedule(urgent, snapshot);
        const FilterRun filters{decision.plugins, urgent, snapshot};
        const DisruptionBudgets budgets{store};
        return use(VictimSearch{filters, decision.state, budgets, default_wall_epoch});
    }

    VictimChoice choose(const std::string& node) {
        return with_search([&](const VictimSearch& search) {
            return search.choose_victims(*snapshot.find(node));
        });
    }

    std::vector<std::string> victims(const std::string& node) {
        std::vector<std::string> names;
        for (const PodPointer& victim : choose(node).victims) {
            names.push_back(victim->metadata.name);
        }
        return names;
    }

    VictimSearchResult search(std::size_t start, std::size_t wanted) {
        return with_search([&](const VictimSearch& search) {
            return search.search({.nodes = snapshot.nodes(), .start = start, .wanted = wanted});
        });
    }

    // Returns the node of the best candidate of a search that tries all.
    std::string best() {
        return with_search([&](const VictimSearch& search) {
            const auto found =
                search.search({.nodes = snapshot.nodes(), .wanted = snapshot.nodes().size()});
            return found.candidates[VictimSearch::best_of(found.candidates)].node->name();
        });
    }

    Snapshot snapshot;
    store::Store store;
    Profile profile =
        Profile::make({}, PluginRegistry::defaults(), {.snapshot = &snapshot, .store = &store})
            .value();
    Algorithm algorithm{profile, Random{1}, {.tie_break = TieBreak::Name}};
    Pod urgent = important(make_pod("urgent", {"1", ""}), 100);
};

TEST_F(VictimSearchTest, SparesTheImportantAndAmongEqualsTheOlder) {
    add_node("n");
    place("old", "n", 1, 10, "500m");
    place("young", "n", 1, 20, "500m");
    place("minor", "n", 0, 0, "500m");
    place("major", "n", 2, 30, "500m");

    EXPECT_THAT(victims("n"), ElementsAre("young", "minor"));
}

TEST_F(VictimSearchTest, SaysThatNobodyOnANodeIsLessImportant) {
    add_node("n");
    place("equal", "n", 100, 0, "2");

    const VictimChoice choice = choose("n");

    EXPECT_EQ(choice.status.code, Code::UnschedulableAndUnresolvable);
    EXPECT_EQ(choice.status.message(), "No preemption victims found for incoming pod");
}

TEST_F(VictimSearchTest, SaysWhatStillFailsWithoutThem) {
    add_node("n");
    place("equal", "n", 100, 0, "1500m");
    place("minor", "n", 0, 0, "500m");

    const VictimChoice choice = choose("n");

    EXPECT_EQ(choice.status.code, Code::Unschedulable);
    EXPECT_EQ(choice.status.message(), "Insufficient cpu");
}

TEST_F(VictimSearchTest, SparesWhomABudgetProtectsBeforeTheImportant) {
    add_node("n");
    place("a", "n", 1);
    place("b", "n", 2);
    protect("a", 0);

    const VictimChoice choice = choose("n");

    EXPECT_THAT(victims("n"), ElementsAre("b"));
    EXPECT_EQ(choice.budgets_violated, 0U);
}

TEST_F(VictimSearchTest, CountsTheVictimsThatBudgetsWouldHaveStay) {
    urgent = important(make_pod("urgent", {"2", ""}), 100);
    add_node("n");
    place("a1", "n", 1);
    place("a2", "n", 2);
    protect("a", 1);

    const VictimChoice choice = choose("n");

    EXPECT_THAT(victims("n"), ElementsAre("a2", "a1"));
    EXPECT_EQ(choice.budgets_violated, 1U);
}

TEST_F(VictimSearchTest, LeavesBudgetsAloneAfterTheFirstThatIsUsedUp) {
    const DisruptionBudgets none{store};
    EXPECT_TRUE(none.empty());
    PodDisruptionBudget later{.metadata = {.name = "z", .namespace_ = "default"}};
    later.spec.selector.emplace().matchLabels["app"] = "a";
    later.status.disruptionsAllowed = 1;
    later.status.disruptedPods["a3"] = {};
    ASSERT_TRUE(store.create(std::move(later)));
    protect("a", 1);
    add_node("n");
    for (const char* name : {"a1", "a2", "a3", "b1"}) {
        place(name, "n", 0);
    }

    // a1 uses up both, a2 breaks the first, and a3 is counted by the second already.
    EXPECT_THAT(DisruptionBudgets{store}.violations(snapshot.find("n")->pods()),
                ElementsAre(false, true, true, false));
}

TEST_F(VictimSearchTest, PrefersTheNodeWhereItHurtsLeast) {
    for (const char* name : {"n1", "n2"}) {
        add_node(name);
    }
    place("a1", "n1", 1, 10, "2");
    place("b1", "n2", 1, 20, "2");
    EXPECT_EQ(best(), "n2");  // who has run for the shorter time

    place("c1", "n2", 0, 0, "0");
    EXPECT_EQ(best(), "n2");  // c1 may stay

    add_node("n3");
    place("d1", "n3", 0, 0);
    place("d2", "n3", 0, 0);
    EXPECT_EQ(best(), "n3");  // the less important

    add_node("n4");
    place("e1", "n4", -5, 0, "2");
    EXPECT_EQ(best(), "n4");

    protect("e", 0);
    EXPECT_EQ(best(), "n3");
}

TEST_F(VictimSearchTest, EndsWithEnoughCandidatesIfOneBreaksNoBudget) {
    for (const char* name : {"n1", "n2", "n3", "n4"}) {
        add_node(name);
        place(std::string{name} == "n3" ? "b" : "a" + std::string{name}, name, 0, 0, "2");
    }
    protect("a", 0);

    const VictimSearchResult found = search(1, 2);

    ASSERT_EQ(found.candidates.size(), 2U);
    EXPECT_EQ(found.candidates[0].node->name(), "n3");
    EXPECT_EQ(found.candidates[1].node->name(), "n2");
}

TEST_F(VictimSearchTest, LeavesRoomForEquallyImportantPodsThatAreNominated) {
    add_node("n");
    place("minor", "n", 0, 0, "2");
    snapshot.nominate(api::make_object<const Pod>(important(make_pod("other", {"1500m", ""}), 100)),
                      "n");

    EXPECT_EQ(choose("n").status.message(), "Insufficient cpu");
}

TEST(CandidatesWanted, IsAShareOfTheNodesButNotTooFew) {
    EXPECT_EQ(candidates_wanted(5, 10, 100), 5U);
    EXPECT_EQ(candidates_wanted(500, 10, 100), 100U);
    EXPECT_EQ(candidates_wanted(5000, 10, 100), 500U);
    EXPECT_EQ(candidates_wanted(50, 5, 0), 2U);
}

}  // namespace
}  // namespace wavetank::scheduler
