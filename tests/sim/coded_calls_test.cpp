// How long calls of code may take, and what becomes of them behind policies.

#include "support/manifest_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using namespace test;

// "back" takes a second; "front" says how long it may take, and tells what it was told itself.
class TimesOfCalls : public ManifestRun {
protected:
    static std::set<std::string> heard_by_front(const std::string& rules, mesh::Headers headers) {
        std::set<std::string> heard;
        Simulation simulation{{.duration = 20s, .network = Distribution{}}};
        simulation.serve(
            "front", [&](actor::Context context, mesh::Request request) -> Task<mesh::Response> {
                const TimePoint start = context.clock().now();
                mesh::Request inner{.headers = headers};
                const mesh::Response answer =
                    co_await context.call("http://back/", std::move(inner));
                heard.insert(request.headers["x-envoy-expected-rq-timeout-ms"] + " " +
                             std::to_string(answer.status) + " " +
                             to_string(context.clock().now() - start));
                co_return mesh::Response::text("ok");
            });
        const auto applied = simulation.apply_text(
            service("front", 1) + service("back", 1) + model("back", "wait: 1s") + rules +
                own("Workload", "visitors", "target: 'http://front/', start: 10s, rate: 5"),
            "test.yaml");
        EXPECT_TRUE(applied) << applied.error();
        static_cast<void>(simulation.run());
        return heard;
    }
    static std::string limit(const std::string& host, const std::string& timeout) {
        return "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: " +
               host + "}, spec: {hosts: [" + host + "], http: [{timeout: " + timeout +
               ", route: [{destination: {host: " + host + "}}]}]}}\n---\n";
    }
};

TEST_F(TimesOfCalls, AreThoseOfRoutesIfNothingElseIsSaid) {
    EXPECT_THAT(heard_by_front("", {}), testing::ElementsAre(" 200 1s"));
    EXPECT_THAT(heard_by_front(limit("front", "3s") + limit("back", "500ms"), {}),
                testing::ElementsAre("3000 504 500ms"));
}

TEST_F(TimesOfCalls, AreAsTheCallSays) {
    const mesh::Headers headers{{"x-envoy-upstream-rq-timeout-ms", "200"}};
    EXPECT_THAT(heard_by_front("", headers), testing::ElementsAre(" 504 200ms"));
    EXPECT_THAT(heard_by_front(limit("back", "100ms"), headers),
                testing::ElementsAre(" 504 200ms"));
    EXPECT_THAT(heard_by_front(limit("back", "100ms"), {{"x-envoy-upstream-rq-timeout-ms", "0"}}),
                testing::ElementsAre(" 200 1s"));
}

TEST_F(TimesOfCalls, AreAsGrpcSays) {
    const mesh::Headers headers{{"content-type", "application/grpc"}, {"grpc-timeout", "200m"}};
    EXPECT_THAT(heard_by_front("", headers), testing::ElementsAre(" 504 200ms"));
    EXPECT_THAT(heard_by_front(limit("back", "100ms"), headers),
                testing::ElementsAre(" 504 100ms"));
    EXPECT_THAT(heard_by_front("", {{"grpc-timeout", "200m"}}), testing::ElementsAre(" 200 1s"));
}

// Without proxies, what is meant for them goes on to the server; of gRPC, the client has a limit.
TEST_F(TimesOfCalls, AreThoseOfClientsIfThereAreNoProxies) {
    const auto heard_by_back = [](const mesh::Headers& said) {
        std::set<std::string> heard;
        Simulation simulation{{.duration = 20s, .network = Distribution{}}};
        simulation.serve("front",
                         [&](actor::Context context, mesh::Request) -> Task<mesh::Response> {
                             mesh::Request inner{.headers = said};
                             const mesh::Response answer =
                                 co_await context.call("http://back/", std::move(inner));
                             heard.insert("status " + std::to_string(answer.status));
                             co_return answer;
                         });
        simulation.serve(
            "back", [&](actor::Context context, mesh::Request request) -> Task<mesh::Response> {
                heard.insert(request.headers["x-envoy-upstream-rq-timeout-ms"] +
                             request.headers["grpc-timeout"]);
                co_await context.sleep(1s);
                co_return mesh::Response::text("ok");
            });
        const auto applied = simulation.apply_text(
            own("Scenario", "plain", "proxy: kube-proxy") + service("front", 1) +
                service("back", 1) +
                own("Workload", "visitors", "target: 'http://front/', start: 10s, rate: 5"),
            "test.yaml");
        EXPECT_TRUE(applied) << applied.error();
        static_cast<void>(simulation.run());
        return heard;
    };
    EXPECT_THAT(heard_by_back({{"x-envoy-upstream-rq-timeout-ms", "200"}}),
                testing::ElementsAre("200", "status 200"));
    EXPECT_THAT(heard_by_back({{"content-type", "application/grpc"}, {"grpc-timeout", "300m"}}),
                testing::ElementsAre("300m", "status 504"));
}

// A copy may take as long as the request, whose own word counts.
TEST_F(TimesOfCalls, AreThoseOfCopiesToo) {
    std::set<std::string> heard;
    Simulation simulation{{.duration = 20s, .network = Distribution{}}};
    simulation.serve("front", [](actor::Context context, mesh::Request) -> Task<mesh::Response> {
        mesh::Request inner{.headers = {{"x-envoy-upstream-rq-timeout-ms", "200"}}};
        co_return co_await context.call("http://back/", std::move(inner));
    });
    for (const std::string image : {"back", "copied"}) {
        simulation.serve(
            image, [&heard, image](actor::Context, mesh::Request request) -> Task<mesh::Response> {
                heard.insert(image + " " + request.headers["x-envoy-expected-rq-timeout-ms"]);
                co_return mesh::Response::text("ok");
            });
    }
    const auto applied = simulation.apply_text(
        service("front", 1) + service("back", 1) + service("copied", 1) +
            "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: back}, "
            "spec: {hosts: [back], http: [{timeout: 3s, mirror: {host: copied}, route: "
            "[{destination: {host: back}}]}]}}\n---\n" +
            own("Workload", "visitors", "target: 'http://front/', start: 10s, rate: 5"),
        "test.yaml");
    ASSERT_TRUE(applied) << applied.error();
    static_cast<void>(simulation.run());
    EXPECT_THAT(heard, testing::ElementsAre("back 200", "copied 200"));
}

// A call has what is left of the time of the request for which it is made.
TEST_F(TimesOfCalls, MayBeWhatIsLeft) {
    std::set<std::string> heard;
    Simulation simulation{{.duration = 20s, .network = Distribution{}}};
    simulation.serve(
        "front", [](actor::Context context, mesh::Request request) -> Task<mesh::Response> {
            co_await context.sleep(300ms);
            const int left = std::stoi(request.headers["x-envoy-expected-rq-timeout-ms"]) - 300;
            mesh::Request inner{
                .headers = {{"x-envoy-upstream-rq-timeout-ms", std::to_string(left)}}};
            co_return co_await context.call("http://back/", std::move(inner));
        });
    simulation.serve("back", [&](actor::Context, mesh::Request request) -> Task<mesh::Response> {
        heard.insert(request.headers["x-envoy-expected-rq-timeout-ms"]);
        co_return mesh::Response::text("ok");
    });
    const auto applied = simulation.apply_text(
        service("front", 1) + service("back", 1) + limit("front", "1s") +
            own("Workload", "visitors", "target: 'http://front/', start: 10s, rate: 5"),
        "test.yaml");
    ASSERT_TRUE(applied) << applied.error();
    EXPECT_EQ(simulation.run().requests_failed, 0U);
    EXPECT_THAT(heard, testing::ElementsAre("700"));
}

// The code of "front" asks "back", of which a VirtualService and a model say more.
class CodeBehindAPolicy : public ManifestRun {
protected:
    static Report run_both(actor::Handler front, actor::Handler back, const std::string& policy,
                           const std::string& manifests) {
        Simulation simulation{{.duration = 20s, .network = Distribution{}}};
        simulation.serve("front", std::move(front));
        simulation.serve("copied", back);
        simulation.serve("back", std::move(back));
        const auto applied = simulation.apply_text(
            service("front", 1) + service("back", 1) + manifests +
                "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: "
                "back}, spec: {hosts: [back], http: [{" +
                policy + ", route: [{destination: {host: back}}]}]}}\n---\n" +
                own("Workload", "visitors",
                    "target: 'http://front/', start: 10s, duration: 5s, rate: 1, arrivals: "
                    "Constant"),
            "test.yaml");
        EXPECT_TRUE(applied) << applied.error();
        return simulation.run();
    }
};

TEST_F(CodeBehindAPolicy, HearsTheWholeRequestEachTimeItIsSent) {
    std::map<std::string, int> heard;
    const Report report = run_both(
        [](actor::Context context, mesh::Request) -> Task<mesh::Response> {
            co_return co_await context.post("http://back/things", "{\"name\": \"a thing\"}");
        },
        [&](actor::Context, mesh::Request request) -> Task<mesh::Response> {
            const int times = ++heard[request.method + " " + request.path + " " + request.body +
                                      " " + request.headers["content-type"]];
            co_return times % 2 == 1 ? mesh::Response::error(503, "not yet")
                                     : mesh::Response::text("done");
        },
        "retries: {attempts: 2, retryOn: 5xx}", "");

    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard.begin()->first, "POST /things {\"name\": \"a thing\"} application/json");
    EXPECT_EQ(report.requests_failed, 0U);
    EXPECT_EQ(heard.begin()->second, 2 * static_cast<int>(report.requests_total));
}

// The second comes to its turn when the third has been sent, the third when nobody waits.
TEST_F(CodeBehindAPolicy, HearsWhatWasSaidWhenTheClientHasGivenUp) {
    std::vector<std::string> heard;
    const Report report = run_both(
        [](actor::Context context, mesh::Request) -> Task<mesh::Response> {
            for (const std::string path : {"first", "second", "third"}) {
                const mesh::Response late = co_await context.get("http://back/" + path);
                EXPECT_EQ(late.status, 504);
            }
            co_return mesh::Response::text("done");
        },
        [&](actor::Context context, mesh::Request request) -> Task<mesh::Response> {
            co_await context.sleep(300ms);
            heard.push_back(request.path);
            co_return mesh::Response::text("done");
        },
        "timeout: 120ms", model("back", "work: 1ns, concurrency: 1"));

    EXPECT_EQ(report.requests_total, 5U);
    ASSERT_EQ(heard.size(), 15U);
    for (std::size_t i = 0; i < heard.size(); i += 3) {
        EXPECT_EQ(heard[i], "/first") << i;
        EXPECT_EQ(heard[i + 1], "/second") << i;
        EXPECT_EQ(heard[i + 2], "/third") << i;
    }
}

TEST_F(CodeBehindAPolicy, HearsCopiesInFull) {
    std::map<std::string, int> heard;
    int turn = 0;
    const Report report = run_both(
        [](actor::Context context, mesh::Request) -> Task<mesh::Response> {
            co_return co_await context.get("http://back/things");
        },
        [&](actor::Context context, mesh::Request request) -> Task<mesh::Response> {
            ++turn;
            co_await context.sleep(turn % 2 * 1ms);
            ++heard[request.path];
            co_return mesh::Response::text("done");
        },
        "mirror: {host: copied}, mirrorPercentage: {value: 100}", service("copied", 1));

    EXPECT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard["/things"], 2 * static_cast<int>(report.requests_total));
    EXPECT_EQ(report.requests_failed, 0U);
}

// The first attempt is given up and answers as the second is under way; that one is the answer.
TEST_F(CodeBehindAPolicy, AnswersInTheAttemptThatIsAwaited) {
    std::set<std::string> heard;
    int turn = 0;
    const Report report = run_both(
        [&](actor::Context context, mesh::Request) -> Task<mesh::Response> {
            mesh::Response answer = co_await context.get("http://back/");
            heard.insert(answer.body);
            co_return answer;
        },
        [&](actor::Context context, mesh::Request) -> Task<mesh::Response> {
            const bool is_first = ++turn % 2 == 1;
            co_await context.sleep(is_first ? 150ms : 90ms);
            co_return mesh::Response::text(is_first ? "first" : "second");
        },
        "retries: {attempts: 1, perTryTimeout: 100ms, retryOn: 5xx}", "");

    EXPECT_GT(report.requests_total, 0U);
    EXPECT_EQ(report.requests_failed, 0U);
    EXPECT_THAT(heard, testing::ElementsAre("second"));
}

}  // namespace
}  // namespace wavetank::sim
