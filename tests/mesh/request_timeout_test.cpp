#include <wavetank/mesh/request_timeout.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

namespace wavetank::mesh {
namespace {

using namespace std::chrono_literals;

std::optional<Duration> grpc_timeout(const std::string& text) {
    Headers headers{{"content-type", "application/grpc+proto"}, {"grpc-timeout", text}};
    return take_timeout(headers).grpc;
}

TEST(RequestTimeout, IsTakenOutOfTheHeaders) {
    Headers headers{{"x-envoy-upstream-rq-timeout-ms", "250"},
                    {"x-envoy-expected-rq-timeout-ms", "900"},
                    {"grpc-timeout", "1S"},
                    {"end-user", "jason"}};
    const RequestTimeout taken = take_timeout(headers);
    EXPECT_EQ(taken.upstream_rq, 250ms);
    EXPECT_EQ(taken.grpc, std::nullopt);  // it is no gRPC
    EXPECT_EQ(headers, (Headers{{"end-user", "jason"}, {"grpc-timeout", "1S"}}));
}

TEST(RequestTimeout, HasTheUnitsOfGrpc) {
    EXPECT_EQ(grpc_timeout("1H"), 1h);
    EXPECT_EQ(grpc_timeout("2M"), 2min);
    EXPECT_EQ(grpc_timeout("3S"), 3s);
    EXPECT_EQ(grpc_timeout("4m"), 4ms);
    EXPECT_EQ(grpc_timeout("1001u"), 2ms);
    EXPECT_EQ(grpc_timeout("1n"), 1ms);
    EXPECT_EQ(grpc_timeout("99999999m"), 99'999'999ms);
    EXPECT_EQ(grpc_timeout("876600H"), 876'600h);
    EXPECT_EQ(grpc_timeout("99999999H"), 876'600h);  // a hundred years are enough
    EXPECT_EQ(grpc_timeout("99999999M"), 876'600h);
    for (const char* const text : {"", "1", "m", "100000000m", "1s", "-1m", "1mm"}) {
        EXPECT_EQ(grpc_timeout(text), std::nullopt) << text;
    }
}

TEST(RequestTimeout, CountsOverThatOfTheRoute) {
    EXPECT_EQ(RequestTimeout{}.over(1s), 1s);
    EXPECT_EQ(RequestTimeout{.upstream_rq = 2s}.over(1s), 2s);
    EXPECT_EQ(RequestTimeout{.upstream_rq = 0s}.over(1s), 0s);
    EXPECT_EQ(RequestTimeout{.grpc = 200ms}.over(1s), 200ms);
    EXPECT_EQ(RequestTimeout{.grpc = 2s}.over(1s), 1s);  // the most
    EXPECT_EQ(RequestTimeout{.grpc = 0s}.over(1s), 1s);
    EXPECT_EQ(RequestTimeout{.grpc = 2s}.over(0s), 2s);
}

TEST(RequestTimeout, IsToldToWhoeverGetsTheRequest) {
    Headers headers;
    set_expected_timeout(headers, 1500us);
    EXPECT_EQ(headers, (Headers{{"x-envoy-expected-rq-timeout-ms", "1"}}));
    headers = {{"content-type", "application/grpc"}};
    set_expected_timeout(headers, 0s);
    EXPECT_EQ(headers.at("x-envoy-expected-rq-timeout-ms"), "1");
    EXPECT_EQ(headers.at("grpc-timeout"), "1m");
    set_expected_timeout(headers, 28h);
    EXPECT_EQ(headers.at("grpc-timeout"), "100800S");
    set_expected_timeout(headers, 876'600h);
    EXPECT_EQ(headers.at("grpc-timeout"), "52596000M");
}

}  // namespace
}  // namespace wavetank::mesh
