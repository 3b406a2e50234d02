#include <wavetank/scheduler/plugin_registry.hpp>

#include <gtest/gtest.h>

namespace wavetank::scheduler {
namespace {

Result<std::unique_ptr<Plugin>> make(const boost::json::object& args) {
    return PluginRegistry::defaults().make("DefaultPreemption", args, {});
}

TEST(DefaultPreemption, WantsSomeCandidates) {
    EXPECT_TRUE(make({}));
    EXPECT_TRUE(make({{"minCandidateNodesPercentage", 0}}));
    EXPECT_TRUE(make({{"minCandidateNodesAbsolute", 0}}));

    const auto made = make({{"minCandidateNodesPercentage", 0}, {"minCandidateNodesAbsolute", 0}});

    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().reason, Reason::Invalid);
}

TEST(DefaultPreemption, RefusesNumbersThatAreNone) {
    EXPECT_FALSE(make({{"minCandidateNodesPercentage", 101}}));
    EXPECT_FALSE(make({{"minCandidateNodesPercentage", -1}}));
    EXPECT_FALSE(make({{"minCandidateNodesAbsolute", "many"}}));
}

}  // namespace
}  // namespace wavetank::scheduler
