#include <wavetank/mesh/load_balancer.hpp>

#include "support/endpoint_sets.hpp"
#include "support/scripted_random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavetank::mesh {
namespace {

class AlwaysFirst final : public LoadBalancer {
public:
    std::optional<std::size_t> pick(const EndpointSet& endpoints, const PickContext& /*context*/,
                                    Random& /*random*/) override {
        return endpoints.empty() ? std::nullopt : std::optional<std::size_t>{0};
    }
};

TEST(BalancerRegistry, KnowsEnvoysNames) {
    EXPECT_THAT(
        BalancerRegistry::defaults().names(),
        testing::IsSupersetOf({"LEAST_REQUEST", "MAGLEV", "RANDOM", "RING_HASH", "ROUND_ROBIN"}));
    EXPECT_EQ(BalancerRegistry::defaults().make("LEAST_REQUESTS"), nullptr);
}

TEST(BalancerRegistry, HasOnlyPoliciesThatPickAmongPlainEndpoints) {
    const BalancerRegistry registry = BalancerRegistry::defaults();
    for (const std::string& name : registry.names()) {
        Random random{1};
        const auto policy = registry.make(name);

        EXPECT_EQ(policy->pick(test::endpoints_holding({}), {}, random), std::nullopt) << name;
        policy->on_endpoints_changed(test::endpoints_holding({0, 0, 0}), {}, random);
        for (int i = 0; i < 50; ++i) {
            const auto picked = policy->pick(test::endpoints_holding({0, 1, 2}), {}, random);
            ASSERT_TRUE(picked && *picked < 3) << name;
        }
    }
}

TEST(BalancerRegistry, TakesPoliciesOfOnesOwn) {
    BalancerRegistry registry = BalancerRegistry::defaults();
    registry.add("FIRST", [] { return std::make_unique<AlwaysFirst>(); });
    test::ScriptedRandom random{};

    EXPECT_EQ(registry.make("FIRST")->pick(test::endpoints_holding({7, 0}), {}, random), 0);
}

}  // namespace
}  // namespace wavetank::mesh
