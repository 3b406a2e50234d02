#include <wavetank/sim/service_server.hpp>

#include <wavetank/services/adder.hpp>
#include <wavetank/services/random_number.hpp>

#include "support/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using test::HttpClient;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::string get(runtime::AsioRuntime& runtime, const ServiceServer& server,
                const std::string& path) {
    HttpClient client{runtime, server.port()};
    client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    return client.receive_all();
}

TEST(ServiceServer, ServesTheHandlerThatIsSimulated) {
    runtime::AsioRuntime runtime;
    const auto server = ServiceServer::listen(runtime, services::adder()).value();

    EXPECT_THAT(get(runtime, *server, "/?a=40&b=2"), EndsWith("\r\n\r\n42"));
    EXPECT_EQ(server->requests_answered(), 1U);
}

TEST(ServiceServer, ServesConnectCallsInJson) {
    runtime::AsioRuntime runtime;
    const auto server = ServiceServer::listen(runtime, services::random_number()).value();
    HttpClient client{runtime, server->port()};

    EXPECT_THAT(client.ask("POST /wavetank.random.v1.RandomNumberService/Draw HTTP/1.1\r\n"
                           "Host: x\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n"
                           "{\"low\":7,\"high\":7}",
                           "}"),
                EndsWith("{\"number\":\"7\"}"));
}

TEST(ServiceServer, DrawsAnewForEveryRequest) {
    runtime::AsioRuntime runtime;
    const auto server =
        ServiceServer::listen(runtime, services::random_number({.low = 0, .high = 1 << 30}))
            .value();

    const std::string first = get(runtime, *server, "/");
    const std::string second = get(runtime, *server, "/");

    EXPECT_NE(first.substr(first.find("\r\n\r\n")), second.substr(second.find("\r\n\r\n")));
}

TEST(ServiceServer, TellsProbesAndScrapersHowItIs) {
    runtime::AsioRuntime runtime;
    const auto server = ServiceServer::listen(runtime, services::adder()).value();

    EXPECT_THAT(get(runtime, *server, "/healthz"), StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(get(runtime, *server, "/readyz"), StartsWith("HTTP/1.1 200 OK\r\n"));
    static_cast<void>(get(runtime, *server, "/?a=1&b=2"));
    static_cast<void>(get(runtime, *server, "/?a=x&b=2"));
    const std::string metrics = get(runtime, *server, "/metrics");

    EXPECT_THAT(metrics, HasSubstr("http_requests_total{code=\"200\"} 1\n"));
    EXPECT_THAT(metrics, HasSubstr("http_requests_total{code=\"400\"} 1\n"));
    EXPECT_THAT(metrics, HasSubstr("http_requests_in_flight 0\n"));
    EXPECT_THAT(metrics, HasSubstr("http_request_duration_seconds_bucket{le=\"+Inf\"} 2\n"));
    EXPECT_THAT(metrics, HasSubstr("http_request_duration_seconds_count 2\n"));
}

TEST(ServiceServer, IsNotReadyWhileItDrains) {
    runtime::AsioRuntime runtime;
    const auto server = ServiceServer::listen(runtime, services::adder()).value();
    HttpClient client{runtime, server->port()};

    EXPECT_THAT(client.ask("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\nGET /rea", "ok"),
                StartsWith("HTTP/1.1 200 OK\r\n"));
    server->drain(10s);
    client.send("dyz HTTP/1.1\r\nHost: x\r\n\r\n");

    EXPECT_THAT(client.receive_all(), StartsWith("HTTP/1.1 503 "));
    EXPECT_FALSE(HttpClient(runtime, server->port()).connected());
}

}  // namespace
}  // namespace wavetank::sim
