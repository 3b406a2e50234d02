#include <wavetank/mesh/http_filter.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace wavetank::mesh {
namespace {

using namespace std::chrono_literals;

HttpFilter one_at_a_time(std::uint16_t status) {
    return {.name = "limit",
            .config = LocalRateLimit{.token_bucket = {.fill_interval = 1s},
                                     .filter_enabled = {.numerator = 100},
                                     .filter_enforced = {.numerator = 100},
                                     .status = status}};
}

TEST(HttpFilterChain, AnswersWithTheStatusOfTheFirstThatDoesNotLetPass) {
    HttpFilterState first{one_at_a_time(429), {}, Random{1}};
    HttpFilterState second{one_at_a_time(503), {}, Random{2}};
    HttpFilterChain chain{{&first, &second}};
    HttpFilterStats stats;

    EXPECT_EQ(chain.begin(TimePoint{}, stats), std::nullopt);
    EXPECT_EQ(chain.begin(TimePoint{}, stats), 429);
    EXPECT_EQ(stats.http_local_rate_limit.enabled, 3U);
    EXPECT_EQ(stats.http_local_rate_limit.enforced, 1U);
}

// As Envoy has it: what is no error is not answered to whoever does not pass.
TEST(HttpFilterState, AnswersWithTheirStatusIfItIsAnError) {
    HttpFilterStats stats;
    const auto refused_with = [&](const HttpFilter& config) {
        HttpFilterState filter{config, {}, Random{1}};
        EXPECT_EQ(filter.begin(TimePoint{}, stats), std::nullopt);
        return filter.begin(TimePoint{}, stats);
    };
    const auto adaptive = [](std::uint16_t status) {
        return HttpFilter{.name = "adaptive",
                          .config = GradientControllerConfig{
                              .min_concurrency = 1, .concurrency_limit_exceeded_status = status}};
    };

    EXPECT_EQ(refused_with(one_at_a_time(400)), 400);
    EXPECT_EQ(refused_with(one_at_a_time(200)), 429);
    EXPECT_EQ(refused_with(adaptive(429)), 429);
    EXPECT_EQ(refused_with(adaptive(399)), 503);
}

// An answer that a later filter gives is one that earlier filters see.
TEST(HttpFilterChain, TellsThoseBeforeOfAnAnswer) {
    HttpFilterState admission{{.name = "admission", .config = AdmissionControl{}}, {}, Random{1}};
    HttpFilterState limit{one_at_a_time(503), {}, Random{2}};
    HttpFilterChain chain{{&admission, &limit}};
    HttpFilterStats stats;

    EXPECT_EQ(chain.begin(TimePoint{}, stats), std::nullopt);
    chain.end(200, TimePoint{}, TimePoint{1ms}, stats);
    EXPECT_EQ(chain.begin(TimePoint{2ms}, stats), 503);
    EXPECT_EQ(stats.rq_success, 1U);
    EXPECT_EQ(stats.rq_failure, 1U);
}

TEST(HttpFilterChain, AdaptiveConcurrencyKnowsWhatIsUnderWay) {
    HttpFilterState gradient{
        {.name = "adaptive", .config = GradientControllerConfig{.min_concurrency = 2}},
        {},
        Random{1}};
    HttpFilterChain chain{{&gradient}};
    HttpFilterStats stats;

    EXPECT_EQ(chain.begin(TimePoint{}, stats), std::nullopt);
    EXPECT_EQ(chain.begin(TimePoint{}, stats), std::nullopt);
    EXPECT_EQ(chain.begin(TimePoint{}, stats), 503);
    chain.end(200, TimePoint{}, TimePoint{1ms}, stats);
    EXPECT_EQ(chain.begin(TimePoint{1ms}, stats), std::nullopt);
    EXPECT_EQ(stats.rq_blocked, 1U);
}

}  // namespace
}  // namespace wavetank::mesh
