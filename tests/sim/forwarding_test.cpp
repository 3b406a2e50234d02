// Headers that declared services hand on with their calls, and routes that go by them.

#include "support/manifest_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;

class ForwardingTest : public test::ManifestRun {
protected:
    // "web" calls "middle", that calls "reviews": for jason, v2, which fails; else v1.
    static std::string bookinfo(const std::string& web, const std::string& middle,
                                const std::string& match = "end-user: {exact: jason}") {
        const auto version = [](const std::string& name) {
            return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: reviews-" + name +
                   "}, spec: {replicas: 2, selector: {matchLabels: {app: reviews, version: " +
                   name + "}}, template: {metadata: {labels: {app: reviews, version: " + name +
                   "}}, spec: {containers: [{name: main, image: 'reviews:" + name +
                   "'}]}}}}\n---\n";
        };
        return test::service("web", 2) + test::service("middle", 2) + version("v1") +
               version("v2") +
               "{apiVersion: v1, kind: Service, metadata: {name: reviews}, spec: {selector: {app: "
               "reviews}, ports: [{port: 80}]}}\n---\n"
               "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: "
               "reviews}, spec: {host: reviews, subsets: [{name: v1, labels: {version: v1}}, "
               "{name: v2, labels: {version: v2}}]}}\n---\n"
               "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: "
               "reviews}, spec: {hosts: [reviews], http: [{match: [{headers: {" +
               match +
               "}}], route: [{destination: {host: reviews, subset: v2}}]}, {route: [{destination: "
               "{host: reviews, subset: v1}}]}]}}\n---\n" +
               test::model("web", "work: 1ms, calls: [{service: 'http://middle/'}]" + web) +
               test::model("middle", "work: 1ms, calls: [{service: 'http://reviews/'}]" + middle) +
               test::own("ServiceModel", "v1", "image: 'reviews:v1', work: 1ms") +
               test::own("ServiceModel", "v2", "image: 'reviews:v2', work: 1ms, errorRate: 1");
    }
    static std::string visitors(const std::string& header = "end-user: jason") {
        return test::own(
            "Workload", "visitors",
            "start: 10s, rate: 100, duration: 50s, arrivals: Constant, classes: [{name: jason, "
            "target: 'http://web/', weight: 1, request: {headers: {" +
                header +
                "}}}, {name: others, target: 'http://web/', weight: 3, request: {headers: "
                "{end-user: ann}}}]");
    }
    static std::uint64_t requests(const Report& report, const std::string& name) {
        const auto found = std::ranges::find(report.services, name, &ServiceReport::name);
        return found == report.services.end() ? 0 : found->requests;
    }
};

constexpr const char* forwards = ", forwardHeaders: [End-User]";

TEST_F(ForwardingTest, LetsRoutesFindHeadersDeepInACallGraph) {
    const Report report = run(bookinfo(forwards, forwards) + visitors());
    const ServiceReport& jason = load_figures(report, "visitors/jason");
    EXPECT_GT(jason.requests, 1'000U);
    EXPECT_EQ(jason.errors, jason.requests);
    EXPECT_EQ(load_figures(report, "visitors/others").errors, 0U);
    EXPECT_EQ(requests(report, "default/reviews:80 v2"), jason.requests);
    EXPECT_EQ(requests(report, "default/reviews:80"), report.requests_total);
    EXPECT_EQ(requests(report, "default/middle:80"), report.requests_total);
}

TEST_F(ForwardingTest, EndsWhereAServiceDoesNotHandThemOn) {
    for (const auto& [web, middle] : {std::pair{"", forwards}, {forwards, ""}}) {
        const Report report = run(bookinfo(web, middle) + visitors());
        ASSERT_GT(report.requests_total, 0U);
        EXPECT_EQ(report.requests_failed, 0U);
    }
}

TEST_F(ForwardingTest, IsDoneWithHeadersOfTracingAlways) {
    const Report report =
        run(bookinfo("", "", "x-b3-sampled: {exact: '1'}") + visitors("x-b3-sampled: '1'"));
    const ServiceReport& jason = load_figures(report, "visitors/jason");
    ASSERT_GT(jason.requests, 0U);
    EXPECT_EQ(jason.errors, jason.requests);
    EXPECT_EQ(report.requests_failed, jason.requests);
}

// A route on the way sets the header; whoever comes after hands that on.
TEST_F(ForwardingTest, HandsOnWhatARouteHasMadeOfARequest) {
    const Report report =
        run(bookinfo("", forwards) +
            "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: middle}, "
            "spec: {hosts: [middle], http: [{headers: {request: {set: {end-user: jason}}}, route: "
            "[{destination: {host: middle}}]}]}}\n---\n" +
            visitors());
    ASSERT_GT(report.requests_total, 0U);
    EXPECT_EQ(report.requests_failed, report.requests_total);
}

TEST_F(ForwardingTest, ReachesCode) {
    std::set<std::string> heard;
    Simulation simulation{{.duration = 20s, .network = Distribution{}}};
    simulation.serve("middle", [&](actor::Context, mesh::Request request) -> Task<mesh::Response> {
        heard.insert(request.headers["end-user"] + request.headers["other"]);
        co_return mesh::Response::text("ok");
    });
    const auto applied = simulation.apply_text(
        bookinfo(forwards, "") + visitors("end-user: jason, other: x"), "test.yaml");
    ASSERT_TRUE(applied) << applied.error();
    static_cast<void>(simulation.run());
    EXPECT_THAT(heard, testing::ElementsAre("ann", "jason"));
}

// Each request has an id of its own; the first 256 are handed on.
TEST_F(ForwardingTest, StopsAtSomeNumberOfKinds) {
    int sent = 0;
    std::set<std::string> heard;
    Simulation simulation{{.duration = 20s, .network = Distribution{}}};
    simulation.serve("front", [&](actor::Context context, mesh::Request) -> Task<mesh::Response> {
        mesh::Request inner{.headers = {{"x-request-id", std::to_string(++sent)}}};
        co_return co_await context.call("http://middle/", std::move(inner));
    });
    simulation.serve("reviews:v1",
                     [&](actor::Context, mesh::Request request) -> Task<mesh::Response> {
                         heard.insert(request.headers["x-request-id"]);
                         co_return mesh::Response::text("ok");
                     });
    const auto applied = simulation.apply_text(
        bookinfo("", "") + test::service("front", 1) +
            test::own("Workload", "visitors",
                      "target: 'http://front/', start: 10s, rate: 40, arrivals: Constant"),
        "test.yaml");
    ASSERT_TRUE(applied) << applied.error();
    static_cast<void>(simulation.run());
    EXPECT_GT(sent, 300);
    EXPECT_EQ(heard.size(), 256U + 1U);  // of the others, nothing
}

TEST_F(ForwardingTest, WantsNamesOfHeaders) {
    Simulation simulation;
    const auto applied =
        simulation.apply_text(test::model("web", "forwardHeaders: [ok, 'end user']"), "test.yaml");
    ASSERT_FALSE(applied);
    EXPECT_THAT(applied.error().message,
                testing::HasSubstr("spec.forwardHeaders[1]: Invalid value: \"end user\": "));
}

}  // namespace
}  // namespace wavetank::sim
