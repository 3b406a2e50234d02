#include <wavetank/mesh/response_flags.hpp>

#include <wavetank/mesh/service_stats.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavetank::mesh {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(ResponseFlags, AreWrittenInTheOrderInWhichEnvoySetsThem) {
    ResponseFlags flags;
    EXPECT_EQ(flags.text(), "-");
    flags |= ResponseFlag::UpstreamConnectionFailure;
    flags |= flags_of(RetryStatus::NoRetryLimitExceeded);
    EXPECT_EQ(flags.text(), "URX,UF");
    ResponseFlags injected = ResponseFlag::FaultInjected;
    injected |= ResponseFlag::DelayInjected;
    EXPECT_EQ(injected.text(), "DI,FI");
    EXPECT_FALSE(flags_of(RetryStatus::Yes).any());
    EXPECT_EQ(ResponseFlags{ResponseFlag::DownstreamConnectionTermination}.text(), "DC");
}

TEST(ResponseFlags, AreCountedBySetAndMerged) {
    ServiceStats one;
    one.note_flags(ResponseFlag::NoHealthyUpstream);
    one.note_flags({});
    ServiceStats other;
    other.note_flags(ResponseFlag::NoHealthyUpstream);
    other.note_flags(ResponseFlag::UpstreamOverflow);

    one.merge(other);

    EXPECT_THAT(one.response_flags(), ElementsAre(Pair(ResponseFlag::UpstreamOverflow, 1U),
                                                  Pair(ResponseFlag::NoHealthyUpstream, 2U)));
}

}  // namespace
}  // namespace wavetank::mesh
