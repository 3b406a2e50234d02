#include <wavetank/mesh/lb_config.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wavetank::mesh {
namespace {

struct InvalidConfig {
    ClusterLbConfig config;
    std::string message;
};

TEST(ClusterLbConfig, IsValidByDefault) {
    EXPECT_TRUE(validate({}).has_value());
}

TEST(ClusterLbConfig, IsRefusedWhereEnvoyRefusesIt) {
    const std::vector<InvalidConfig> cases{
        {{.ring_hash_lb_config = {.minimum_ring_size = 9, .maximum_ring_size = 8}},
         "ring_hash_lb_config.minimum_ring_size: must be at most maximum_ring_size"},
        {{.maglev_lb_config = {.table_size = 100}}, "maglev_lb_config.table_size: must be a prime"},
        {{.maglev_lb_config = {.table_size = 5000077}},
         "maglev_lb_config.table_size: must be at most 5000011"},
        {{.least_request_lb_config = {.choice_count = 1}},
         "least_request_lb_config.choice_count: must be at least 2"},
        {{.common_lb_config = {.consistent_hashing_lb_config = {.hash_balance_factor = 99}}},
         "common_lb_config.consistent_hashing_lb_config.hash_balance_factor: must be at least 100"},
        {{.round_robin_lb_config = {.slow_start_config = {.aggression = 0}}},
         "round_robin_lb_config.slow_start_config.aggression: must be above 0"},
        {{.lb_subset_config = {.subset_selectors = {{.keys = {"a"},
                                                     .fallback_policy =
                                                         SelectorFallbackPolicy::KeysSubset,
                                                     .fallback_keys_subset = {"a"}}}}},
         "lb_subset_config.subset_selectors[0].fallback_keys_subset: must not be all keys"},
    };
    for (const InvalidConfig& each : cases) {
        const auto result = validate(each.config);
        ASSERT_TRUE(result.has_error()) << each.message;
        EXPECT_EQ(result.error().message, each.message);
    }
}

}  // namespace
}  // namespace wavetank::mesh
