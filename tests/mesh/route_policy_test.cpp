#include <wavetank/mesh/route_policy.hpp>

#include <gtest/gtest.h>

namespace wavetank::mesh {
namespace {

TEST(UpstreamCounters, AddUpWhatClientsCount) {
    UpstreamCounters one;
    one.upstream_rq_total = 3;
    one.upstream_rq_timeout = 2;
    one.upstream_rq_retry = 1;
    one.outlier_detection.ejections_enforced_total = 4;

    UpstreamCounters sum = one;
    sum += one;
    EXPECT_EQ(sum.upstream_rq_total, 6U);
    EXPECT_EQ(sum.upstream_rq_timeout, 4U);
    EXPECT_EQ(sum.upstream_rq_retry, 2U);
    EXPECT_EQ(sum.outlier_detection.ejections_enforced_total, 8U);
}

}  // namespace
}  // namespace wavetank::mesh
