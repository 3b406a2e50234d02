#include <wavetank/mesh/update_merge_window.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace wavetank::mesh {
namespace {

using std::chrono::milliseconds;

TimePoint at(int time) {
    return TimePoint{milliseconds{time}};
}

TEST(UpdateMergeWindow, DeliversTheFirstAtOnceAndThoseThatFollowTogether) {
    UpdateMergeWindow window{milliseconds{1000}};

    EXPECT_EQ(window.note(HostChange::Properties, at(5000)), at(5000));
    EXPECT_EQ(window.note(HostChange::Properties, at(5100)), at(6100));
    EXPECT_EQ(window.note(HostChange::Properties, at(5900)), at(6100));
    window.end(at(6100));
    EXPECT_EQ(window.note(HostChange::Properties, at(7100)), at(8100));  // just within
    window.end(at(8100));
    EXPECT_EQ(window.note(HostChange::Properties, at(9102)), at(9102));
}

TEST(UpdateMergeWindow, LetsMembershipTakeAlongWhatWaits) {
    UpdateMergeWindow window{milliseconds{1000}};

    EXPECT_EQ(window.note(HostChange::Membership, at(0)), at(0));
    EXPECT_EQ(window.note(HostChange::Properties, at(100)), at(1100));
    EXPECT_EQ(window.note(HostChange::Membership, at(200)), at(200));
    EXPECT_EQ(window.due(), std::nullopt);
}

TEST(UpdateMergeWindow, HoldsNothingBackIfItIsZero) {
    UpdateMergeWindow window{Duration::zero()};

    EXPECT_EQ(window.note(HostChange::Properties, at(1)), at(1));
    EXPECT_EQ(window.note(HostChange::Properties, at(2)), at(2));
}

}  // namespace
}  // namespace wavetank::mesh
