#include <wavetank/mesh/retry_policy.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace wavetank::mesh {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

bool is_tried_again(const std::string& retry_on, std::uint16_t status, const Headers& headers = {},
                    const Headers& request = {}) {
    RetryStats stats;
    const RetryPolicy policy{.retry_on = retry_on, .retriable_status_codes = {418}};
    RetryState state{policy, request, stats};
    return state.on_answer(status, headers, {}) == RetryStatus::Yes;
}

bool is_tried_again(const std::string& retry_on, ResetReason reason,
                    const RetrySituation& situation = {}) {
    RetryStats stats;
    const RetryPolicy policy{.retry_on = retry_on};
    RetryState state{policy, {}, stats};
    return state.on_reset(reason, situation) == RetryStatus::Yes;
}

TEST(RetryState, TriesAnswersAgainAsThePolicySays) {
    EXPECT_FALSE(is_tried_again("", 503));
    EXPECT_TRUE(is_tried_again("5xx", 500));
    EXPECT_FALSE(is_tried_again("gateway-error", 500));
    EXPECT_TRUE(is_tried_again("gateway-error", 504));
    EXPECT_TRUE(is_tried_again("retriable-4xx", 409));
    EXPECT_FALSE(is_tried_again("retriable-4xx", 404));
    EXPECT_TRUE(is_tried_again("nonsense, retriable-status-codes", 418));
    EXPECT_FALSE(is_tried_again("connect-failure", 503));
    EXPECT_TRUE(is_tried_again("cancelled", 200, {{"grpc-status", "1"}}));
    EXPECT_FALSE(is_tried_again("cancelled", 200, {{"grpc-status", "14"}}));
    EXPECT_FALSE(is_tried_again("5xx", 503, {{"x-envoy-ratelimited", "true"}}));
    EXPECT_TRUE(is_tried_again("envoy-ratelimited", 429, {{"x-envoy-ratelimited", "true"}}));
    EXPECT_TRUE(is_tried_again("5xx", 503, {{"x-envoy-overloaded", "true"}}));
}

TEST(RetryState, TriesResetsAgainAsThePolicySays) {
    EXPECT_TRUE(is_tried_again("5xx", ResetReason::ConnectionTermination));
    EXPECT_TRUE(is_tried_again("gateway-error", ResetReason::LocalReset));
    EXPECT_TRUE(is_tried_again("connect-failure", ResetReason::ConnectionTimeout));
    EXPECT_FALSE(is_tried_again("connect-failure", ResetReason::RemoteReset));
    EXPECT_TRUE(is_tried_again("refused-stream", ResetReason::RemoteRefusedStreamReset));
    EXPECT_FALSE(is_tried_again("5xx", ResetReason::Overflow));
    EXPECT_TRUE(is_tried_again("reset-before-request", ResetReason::ConnectionFailure,
                               {.request_started = false}));
    EXPECT_FALSE(is_tried_again("reset-before-request", ResetReason::ConnectionTermination));
}

// As in Envoy, whose router remembers it from one attempt that is reset to the next.
TEST(RetryState, KnowsThatAnEarlierAttemptHadBeenSent) {
    RetryStats stats;
    const RetryPolicy policy{.retry_on = "reset-before-request,refused-stream", .num_retries = 3};
    RetryState state{policy, {}, stats};

    EXPECT_EQ(state.on_reset(ResetReason::ConnectionFailure, {.request_started = false}),
              RetryStatus::Yes);
    EXPECT_EQ(state.on_reset(ResetReason::RemoteRefusedStreamReset, {.request_started = true}),
              RetryStatus::Yes);
    EXPECT_EQ(state.on_reset(ResetReason::ConnectionFailure, {.request_started = false}),
              RetryStatus::No);
}

TEST(RetryHeader, OfOneThatIsAbsentHasNoOtherValueEither) {
    EXPECT_FALSE((RetryHeader{.name = "x-h", .exact = "a", .invert_match = true}).matches({}));
    EXPECT_TRUE((RetryHeader{.name = "x-h", .invert_match = true}).matches({}));
}

TEST(RetryState, HedgesWithoutACondition) {
    RetryStats stats;
    const RetryPolicy policy{.retry_on = "connect-failure", .num_retries = 1};
    RetryState state{policy, {}, stats};

    EXPECT_EQ(state.on_hedge({}), RetryStatus::Yes);
    EXPECT_EQ(state.on_hedge({}), RetryStatus::NoRetryLimitExceeded);
    EXPECT_FALSE(state.would_retry(503, {}));
    EXPECT_EQ(stats.upstream_rq_retry, 1U);
}

TEST(RetryState, DoesNotHedgeWhereNobodyAsksForRetries) {
    RetryStats stats;
    const RetryPolicy policy{.retry_on = "nonsense"};

    EXPECT_EQ((RetryState{policy, {}, stats}.on_hedge({})), RetryStatus::No);
    EXPECT_EQ((RetryState{policy, {{"x-envoy-retry-on", "nonsense"}}, stats}.on_hedge({})),
              RetryStatus::Yes);
}

TEST(RetryState, LetsHeadersAddToThePolicyOrOverrideIt) {
    EXPECT_TRUE(is_tried_again("", 502, {}, {{"x-envoy-retry-on", "gateway-error"}}));
    EXPECT_FALSE(is_tried_again("5xx", 502, {}, {{"x-envoy-max-retries", "0"}}));
    EXPECT_TRUE(is_tried_again("5xx", 502, {}, {{"x-envoy-max-retries", "abc"}}));
    EXPECT_TRUE(is_tried_again("retriable-status-codes", 404, {},
                               {{"x-envoy-retriable-status-codes", "403, 404"}}));
    EXPECT_TRUE(is_tried_again("retriable-headers", 200, {{"x-again", "1"}},
                               {{"x-envoy-retriable-header-names", "X-Again"}}));
}

TEST(RetryState, NeedsARequestHeaderIfThePolicyDoes) {
    RetryStats stats;
    const RetryPolicy policy{.retry_on = "5xx", .retriable_request_headers = {{.name = "x-may"}}};
    RetryState without{policy, {}, stats};
    RetryState with{policy, {{"x-may", "1"}}, stats};

    EXPECT_EQ(without.on_answer(503, {}, {}), RetryStatus::No);
    EXPECT_EQ(with.on_answer(503, {}, {}), RetryStatus::Yes);
}

TEST(RetryState, CountsWhatBecameOfRetries) {
    RetryStats stats;
    const RetryPolicy policy{.retry_on = "5xx", .num_retries = 2};
    RetryState state{policy, {}, stats};
    Random random{1};

    EXPECT_EQ(state.on_answer(503, {}, {}), RetryStatus::Yes);
    static_cast<void>(state.next_back_off(random));
    EXPECT_EQ(state.on_answer(503, {}, {.has_room = false}), RetryStatus::NoOverflow);
    EXPECT_EQ(state.on_answer(503, {}, {}), RetryStatus::NoRetryLimitExceeded);

    EXPECT_EQ(stats.upstream_rq_retry, 1);
    EXPECT_EQ(stats.upstream_rq_retry_overflow, 1);
    EXPECT_EQ(stats.upstream_rq_retry_limit_exceeded, 1);
    EXPECT_EQ(stats.upstream_rq_retry_success, 0);
    EXPECT_EQ(stats.upstream_rq_retry_backoff_exponential, 1);
}

TEST(RetryState, CountsARetryThatHelped) {
    RetryStats stats;
    const RetryPolicy policy{.retry_on = "5xx"};
    RetryState state{policy, {}, stats};

    EXPECT_EQ(state.on_answer(503, {}, {}), RetryStatus::Yes);
    EXPECT_EQ(state.on_answer(200, {}, {}), RetryStatus::No);

    EXPECT_EQ(stats.upstream_rq_retry_success, 1);
}

// Upper bounds 25, 50, 100, 200, 250, 250 ms: means 12, 24.5, 49.5, 99.5, 124.5.
TEST(RetryState, DoublesTheCeilingOfItsBackOff) {
    const std::vector<int> ceilings{25, 50, 100, 200, 250, 250};
    std::vector<Duration> longest(ceilings.size());
    RetryStats stats;
    Random random{1};
    for (int request = 0; request < 3000; ++request) {
        const RetryPolicy policy{.retry_on = "5xx", .num_retries = 6};
        RetryState state{policy, {}, stats};
        for (Duration& each : longest) {
            ASSERT_EQ(state.on_answer(503, {}, {}), RetryStatus::Yes);
            each = std::max(each, state.next_back_off(random));
        }
    }

    for (std::size_t i = 0; i < ceilings.size(); ++i) {
        EXPECT_EQ(longest[i], milliseconds{ceilings[i] - 1});  // 3000 draws hardly miss it
    }
}

TEST(RetryState, WaitsAsLongAsTheServerSays) {
    RetryStats stats;
    Random random{1};
    const RetryPolicy policy{
        .retry_on = "5xx",
        .num_retries = 9,
        .reset_headers = {{.name = "Retry-After"},
                          {.name = "x-reset", .format = ResetHeader::Format::UnixTimestamp}},
        .rate_limited_max_interval = seconds{60}};
    RetryState state{policy, {}, stats};
    const auto back_off = [&](const Headers& headers) {
        EXPECT_EQ(state.on_answer(503, headers, {.unix_seconds = 1000}), RetryStatus::Yes);
        return state.next_back_off(random);
    };

    for (const Headers& headers : {Headers{{"retry-after", "10"}}, Headers{{"x-reset", "1010"}},
                                   Headers{{"retry-after", "61"}, {"x-reset", "1010"}}}) {
        const Duration waited = back_off(headers);
        EXPECT_GE(waited, seconds{10});
        EXPECT_LT(waited, seconds{15});
    }
    EXPECT_LT(back_off({{"retry-after", "61"}}), milliseconds{250});
    EXPECT_EQ(stats.upstream_rq_retry_backoff_ratelimited, 3);
}

}  // namespace
}  // namespace wavetank::mesh
