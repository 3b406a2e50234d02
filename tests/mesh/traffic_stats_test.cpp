#include <wavetank/mesh/traffic_stats.hpp>

#include <gtest/gtest.h>

#include <set>

namespace wavetank::mesh {
namespace {

TEST(TrafficStats, AddUpAll) {
    TrafficStats one;
    std::uint64_t next = 1;
    std::set<std::string_view> names;
    for (const TrafficStat& stat : traffic_stats()) {
        one.*stat.value = next++;
        names.insert(stat.name);
    }
    TrafficStats sum = one;
    sum += one;

    for (const TrafficStat& stat : traffic_stats()) {
        EXPECT_EQ(sum.*stat.value, 2 * (one.*stat.value)) << stat.name;
    }
    EXPECT_EQ(names.size() * sizeof(std::uint64_t), sizeof(TrafficStats));
}

}  // namespace
}  // namespace wavetank::mesh
