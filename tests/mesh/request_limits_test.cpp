#include <wavetank/mesh/request_limits.hpp>

#include <gtest/gtest.h>

namespace wavetank::mesh {
namespace {

TEST(RequestLimits, RefuseWhatIsTooLarge) {
    const RequestLimits limits{.max_request_bytes = 1000, .max_request_headers_kb = 2};

    EXPECT_EQ(limits.refusal({}, 1000), std::nullopt);
    EXPECT_EQ(limits.refusal({}, 1001), 413);
    EXPECT_EQ(limits.refusal({{"x-big", std::string(2043, 'v')}}, 0), std::nullopt);
    EXPECT_EQ(limits.refusal({{"x-big", std::string(2044, 'v')}}, 0), 431);
}

}  // namespace
}  // namespace wavetank::mesh
