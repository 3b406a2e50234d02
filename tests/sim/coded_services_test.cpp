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

class CodedServices : public ManifestRun {
protected:
    // Runs with code behind one image.
    static Report run_with(const std::string& image, actor::Handler handler,
                           const std::string& manifests) {
        Simulation simulation{{.duration = 70s, .network = Distribution{}}};
        simulation.serve(image, std::move(handler));
        const auto applied = simulation.apply_text(manifests, "test.yaml");
        EXPECT_TRUE(applied) << applied.error();
        return simulation.run();
    }
};

TEST_F(CodedServices, AreCalledByDeclaredOnes) {
    std::string heard;
    const Report report = run_with(
        "adder",
        [&](actor::Context context, mesh::Request request) -> Task<mesh::Response> {
            heard = request.method + " " + request.path;
            co_await context.sleep(3ms);
            co_return mesh::Response::text("3");
        },
        service("web", 2) + service("adder", 1) +
            model("web", "work: 1ms, calls: [{service: 'http://adder/?a=1&b=2'}]") +
            load("rate: 10, arrivals: Constant"));

    EXPECT_EQ(heard, "GET /?a=1&b=2");
    EXPECT_EQ(report.requests_failed, 0U);
    EXPECT_EQ(report.loads.front().latency.max, 4ms);
    EXPECT_NEAR(static_cast<double>(figures(report, "default/adder:80").requests), 600, 2);
}

// A route sets a header and rewrites the path; code passes the header on, and the next route goes
// by it.
TEST_F(CodedServices, HearWhatARouteMakesOfARequest) {
    std::set<std::string> heard;
    const std::string rules =
        "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: front}, spec: "
        "{hosts: [front], http: [{rewrite: {uri: /inner/}, headers: {request: {set: {x-stage: "
        "new}, remove: [tenant]}}, route: [{destination: {host: front}}]}]}}\n---\n"
        "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: back}, spec: "
        "{hosts: [back], http: [{match: [{headers: {x-stage: {exact: new}}}], directResponse: "
        "{status: 418}}, {route: [{destination: {host: back}}]}]}}\n---\n";
    const Report report = run_with(
        "front",
        [&](actor::Context context, mesh::Request request) -> Task<mesh::Response> {
            heard.insert(request.path + " " + request.headers["x-stage"] + " " +
                         request.headers["tenant"]);
            mesh::Request inner{.headers = {{"x-stage", request.headers["x-stage"]}}};
            const mesh::Response answer = co_await context.call("http://back/", std::move(inner));
            heard.insert(std::to_string(answer.status));
            co_return mesh::Response::text("ok");
        },
        service("front", 1) + service("back", 1) + rules +
            own("Workload", "visitors",
                "target: 'http://front/outer', start: 10s, rate: 20, request: {headers: {tenant: "
                "blue}}"));

    EXPECT_THAT(heard, testing::ElementsAre("/inner/outer new ", "418"));
    EXPECT_EQ(report.requests_failed, 0U);
}

// The code of "front" calls "back" and hears what its own proxy makes of the answer.
class ChangedAnswers : public CodedServices {
protected:
    static std::set<std::string> heard_by_front(const std::string& manifests,
                                                bool has_code_behind = true) {
        std::set<std::string> heard;
        Simulation simulation{{.duration = 20s, .network = Distribution{}}};
        simulation.serve("front",
                         [&](actor::Context context, mesh::Request) -> Task<mesh::Response> {
                             mesh::Request question;
                             question.headers["x-user"] = "ann";
                             const mesh::Response answer =
                                 co_await context.call("http://back/", std::move(question));
                             std::string text = std::to_string(answer.status);
                             for (const auto& [name, value] : answer.headers) {
                                 text += " " + name + "=" + value;
                             }
                             heard.insert(text);
                             co_return mesh::Response::text("ok");
                         });
        if (has_code_behind) {
            simulation.serve("back", [](actor::Context, mesh::Request) -> Task<mesh::Response> {
                mesh::Response answer;
                answer.headers["server"] = "back/1";
                answer.headers["via"] = "back";
                co_return answer;
            });
        }
        const auto applied = simulation.apply_text(
            service("front", 1) + service("back", has_code_behind ? 1 : 2) + manifests +
                own("Workload", "visitors", "target: 'http://front/', start: 10s, rate: 20"),
            "test.yaml");
        EXPECT_TRUE(applied) << applied.error();
        static_cast<void>(simulation.run());
        return heard;
    }
    static std::string virtual_service(const std::string& http) {
        return "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: back}, "
               "spec: {hosts: [back], http: [" +
               http + "]}}\n---\n";
    }
    static std::string http_route(const std::string& filter) {
        return "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: "
               "back}, spec: {parentRefs: [{group: '', kind: Service, name: back, port: 80}], "
               "rules: [{filters: [" +
               filter + "], backendRefs: [{name: back, port: 80}]}]}}\n---\n";
    }
};

TEST_F(ChangedAnswers, AreAsTheReplicaMadeThemIfNobodyChangesThem) {
    EXPECT_THAT(heard_by_front(""), testing::ElementsAre("200 server=back/1 via=back"));
}

TEST_F(ChangedAnswers, AreAsARouteSays) {
    EXPECT_THAT(
        heard_by_front(virtual_service(
            "{headers: {response: {set: {x-for: '%REQ(x-user)%'}, add: {via: mesh}, remove: "
            "[server]}}, route: [{destination: {host: back}}]}")),
        testing::ElementsAre("200 via=back,mesh x-for=ann"));
}

TEST_F(ChangedAnswers, AreAsADestinationSaysToo) {
    EXPECT_THAT(heard_by_front(virtual_service(
                    "{headers: {response: {set: {x-by: route}}}, route: [{destination: {host: "
                    "back}, headers: {response: {set: {x-at: destination}}}}]}")),
                testing::ElementsAre("200 server=back/1 via=back x-at=destination x-by=route"));
}

TEST_F(ChangedAnswers, AreAsAnHttpRouteSays) {
    EXPECT_THAT(heard_by_front(http_route(
                    "{type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: X-Tier, "
                    "value: gold}], remove: [via]}}")),
                testing::ElementsAre("200 server=back/1 x-tier=gold"));
}

TEST_F(ChangedAnswers, MayComeFromWhatIsDeclared) {
    EXPECT_THAT(heard_by_front(virtual_service("{headers: {response: {set: {x-tier: gold}}}, "
                                               "route: [{destination: {host: back}}]}") +
                                   model("back", "work: 1ms, errorRate: 1"),
                               false),
                testing::ElementsAre("500 content-type=text/plain x-tier=gold"));
}

// Envoy has its own answers changed as well, wherever there is a route to say how.
TEST_F(ChangedAnswers, AreThoseOfTheProxyItselfToo) {
    const std::string changed = "headers: {response: {set: {x-tier: gold}}}, ";
    const std::string back = "route: [{destination: {host: back}}]}";
    EXPECT_THAT(heard_by_front(virtual_service("{timeout: 100ms, " + changed + back) +
                                   model("back", "work: 1ms, wait: 1s"),
                               false),
                testing::ElementsAre("504 content-type=text/plain x-tier=gold"))
        << "too late";
    EXPECT_THAT(heard_by_front(virtual_service("{fault: {abort: {httpStatus: 418, percentage: "
                                               "{value: 100}}}, " +
                                               changed + back)),
                testing::ElementsAre("418 content-type=text/plain x-tier=gold"))
        << "a fault";
    EXPECT_THAT(
        heard_by_front(virtual_service("{" + changed + "route: [{destination: {host: none}}]}")),
        testing::ElementsAre("503 x-tier=gold"))
        << "a cluster that does not exist";
}

TEST_F(ChangedAnswers, AreThoseOfRoutesThatAnswerThemselvesToo) {
    const std::string changed = "{headers: {response: {set: {x-tier: gold}}}, ";
    EXPECT_THAT(heard_by_front(virtual_service(
                    changed + "directResponse: {status: 418, body: {string: no coffee}}}")),
                testing::ElementsAre("418 content-type=text/plain x-tier=gold"));
    EXPECT_THAT(heard_by_front(virtual_service(changed + "directResponse: {status: 204}}")),
                testing::ElementsAre("204 x-tier=gold"));
    EXPECT_THAT(
        heard_by_front(virtual_service(changed + "redirect: {uri: /elsewhere, redirectCode: "
                                                 "302}}")),
        testing::ElementsAre("302 location=http://back/elsewhere x-tier=gold"));
    EXPECT_THAT(heard_by_front(http_route(
                    "{type: RequestRedirect, requestRedirect: {hostname: other, statusCode: 301}}, "
                    "{type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: X-Tier, "
                    "value: gold}]}}")),
                testing::ElementsAre("301 location=http://other/ x-tier=gold"));
}

// Where nothing is said of body or headers, there are none.
TEST_F(ChangedAnswers, AreBareIfARouteHasNoMoreToSay) {
    const std::string bare = "directResponse: {status: ";
    EXPECT_THAT(heard_by_front(virtual_service("{" + bare + "418}}")), testing::ElementsAre("418"));
    EXPECT_THAT(heard_by_front(virtual_service("{" + bare + "200}}")), testing::ElementsAre("200"));
    EXPECT_THAT(heard_by_front(virtual_service("{route: [{destination: {host: none}}]}")),
                testing::ElementsAre("503"));
    EXPECT_THAT(heard_by_front(virtual_service("{match: [{uri: {prefix: /other}}], route: "
                                               "[{destination: {host: back}}]}")),
                testing::ElementsAre("404"));
}

// One rule for two hosts, of which each is told in the answers.
TEST_F(ChangedAnswers, AreOfTheHostThatWasAsked) {
    std::set<std::string> heard;
    const std::string rule =
        "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: both}, spec: "
        "{hosts: [back, other], http: [{headers: {response: {set: {x-for: "
        "'%REQ(:authority)%'}}}, route: [{destination: {host: back}}]}]}}\n---\n";
    const Report report = run_with(
        "front",
        [&](actor::Context context, mesh::Request /*request*/) -> Task<mesh::Response> {
            for (const std::string host : {"back", "other"}) {
                mesh::Response answer = co_await context.get("http://" + host + "/");
                heard.insert(host + " " + answer.headers["x-for"]);
            }
            co_return mesh::Response::text("ok");
        },
        service("front", 1) + service("back", 1) + service("other", 1) + rule +
            own("Workload", "visitors", "target: 'http://front/', start: 10s, rate: 20"));

    EXPECT_THAT(heard, testing::ElementsAre("back back", "other other"));
    EXPECT_EQ(report.requests_failed, 0U);
}

TEST_F(CodedServices, HearWhatEachClassSays) {
    std::set<std::string> heard;
    const Report report = run_with(
        "cart",
        [&](actor::Context, mesh::Request request) -> Task<mesh::Response> {
            heard.insert(request.method + " " + request.path + " " + request.headers["tenant"] +
                         " " + request.body);
            co_return mesh::Response::text("ok");
        },
        service("cart", 1) +
            own("Workload", "visitors",
                "start: 10s, rate: 20, request: {headers: {tenant: blue}}, classes: [{target: "
                "'http://cart/'}, {name: put, target: 'http://cart/items', request: {method: PUT, "
                "headers: {tenant: red}, body: apple}}]"));

    EXPECT_THAT(heard, testing::ElementsAre("GET / blue ", "PUT /items red apple"));
    EXPECT_EQ(report.requests_failed, 0U);
}

TEST_F(CodedServices, CallDeclaredOnes) {
    const auto relay = [](actor::Context context, mesh::Request /*request*/) {
        return context.get("http://store");
    };
    const std::string manifests = service("web", 1) + service("store", 1) + load("rate: 10");

    const Report well = run_with("web", relay, manifests + model("store", "work: 1ms, wait: 5ms"));
    EXPECT_EQ(well.requests_failed, 0U);
    EXPECT_EQ(well.loads.front().latency.p50 / 1us, 6000);

    const Report ill = run_with("web", relay, manifests + model("store", "errorRate: 1"));
    EXPECT_EQ(ill.requests_failed, ill.requests_total);
}

TEST_F(CodedServices, DoNotMakeACallThatNobodyAwaits) {
    const Report report = run_with(
        "web",
        [](actor::Context context, mesh::Request) -> Task<mesh::Response> {
            { const Task<mesh::Response> forgotten = context.get("http://store/forgotten"); }
            co_return co_await context.get("http://store/");
        },
        service("web", 1) + service("store", 1) + load("rate: 10, arrivals: Constant"));

    EXPECT_EQ(report.requests_failed, 0U);
    EXPECT_EQ(figures(report, "default/store:80").requests,
              figures(report, "default/web:80").requests);
}

// What "front" hears of "back", which is declared; a copy is answered by code, and first.
TEST_F(ChangedAnswers, AreNotThoseOfCopies) {
    std::set<std::string> heard;
    Simulation simulation{{.duration = 20s, .network = Distribution{}}};
    simulation.serve("front", [&](actor::Context context, mesh::Request) -> Task<mesh::Response> {
        const mesh::Response answer = co_await context.get("http://back/");
        heard.insert(answer.body + " " + answer.headers.at("content-type"));
        co_return answer;
    });
    simulation.serve("copied", [](actor::Context, mesh::Request) -> Task<mesh::Response> {
        co_return mesh::Response{.headers = {{"content-type", "copy"}}, .body = "copied"};
    });
    const auto applied = simulation.apply_text(
        service("front", 1) + service("back", 2) + service("copied", 1) +
            model("back", "work: 3ms") +
            virtual_service("{mirror: {host: copied}, mirrorPercentage: {value: 100}, route: "
                            "[{destination: {host: back}}]}") +
            own("Workload", "visitors", "target: 'http://front/', start: 10s, rate: 20"),
        "test.yaml");
    ASSERT_TRUE(applied) << applied.error();
    static_cast<void>(simulation.run());

    EXPECT_THAT(heard, testing::ElementsAre("ok text/plain"));
}

TEST_F(CodedServices, MayHaveADeclaredCost) {
    const auto answer = [](actor::Context context, mesh::Request) -> Task<mesh::Response> {
        co_await context.compute(10ms);
        co_return mesh::Response::text("done");
    };
    const Report report =
        run_with("web", answer,
                 service("web", 1) + model("web", "work: 20ms, wait: 50ms, concurrency: 1") +
                     load("users: {count: 3, think: 0s}"));

    // One after the other, 80 ms each; the CPU has 30 of them to do.
    EXPECT_EQ(report.loads.front().latency.p50 / 1ms, 240);
    EXPECT_EQ(report.requests_failed, 0U);
}

TEST_F(CodedServices, MayHaveALimitAndDeclaredCalls) {
    const auto answer = [](actor::Context, mesh::Request) -> Task<mesh::Response> {
        co_return mesh::Response::text("done");
    };
    const Report report =
        run_with("web", answer,
                 service("web", 1) + service("store", 2) +
                     model("web", "concurrency: 4, calls: [{service: 'http://store', repeat: 7}]") +
                     model("store", "work: 1ms") + load("users: {count: 500, think: 10ms}"));

    EXPECT_EQ(report.requests_failed, 0U);
    EXPECT_GT(report.requests_total, 10'000U);
}

TEST_F(CodedServices, AnswerUsers) {
    const auto answer = [](actor::Context context, mesh::Request) -> Task<mesh::Response> {
        co_await context.compute(100ms);
        co_return mesh::Response::text("done");
    };
    const Report report =
        run_with("web", answer, service("web", 1) + load("users: {count: 5, think: 0s}"));

    EXPECT_NEAR(static_cast<double>(report.requests_total), 600 + 4, 2);
    EXPECT_EQ(report.loads.front().latency.p50 / 1ms, 500);
}

TEST_F(CodedServices, AreSlowedDownLikeAnyOther) {
    const auto answer = [](actor::Context context, mesh::Request) -> Task<mesh::Response> {
        co_await context.compute(1ms);
        co_return mesh::Response::text("done");
    };
    const Report report = run_with("web", answer,
                                   service("web", 1) + load("rate: 10, arrivals: Constant") +
                                       fault("at: 30s, slowDown: {factor: 30}"));

    EXPECT_EQ(report.loads.front().windows.at(20).p99 / 1ms, 1);
    EXPECT_EQ(report.loads.front().windows.at(40).p99 / 1ms, 30);
}

TEST_F(CodedServices, GoWithTheirPods) {
    const auto forever = [](actor::Context context, mesh::Request) -> Task<mesh::Response> {
        co_await context.sleep(1h);
        co_return mesh::Response::text("done");
    };
    const Report report = run_with(
        "web", forever,
        own("Scenario", "s", "actions: [{at: 20s, delete: {kind: Deployment, name: web}}]") +
            service("web", 1) + load("rate: 10, arrivals: Constant"));

    // All of ten seconds end with the grace period; the later ones find nobody.
    EXPECT_EQ(report.requests_failed, report.requests_total);
    EXPECT_EQ(report.requests_unfinished, 0U);
}

// What they wait for goes on without them.
TEST_F(CodedServices, GoInTheMiddleOfCallsAndComputations) {
    int turn = 0;
    const auto busy = [&](actor::Context context, mesh::Request) -> Task<mesh::Response> {
        if (++turn % 2 == 0) {
            co_await context.compute(1h);
        }
        co_return co_await context.get("http://store/");
    };
    const Report report = run_with(
        "web", busy,
        own("Scenario", "s", "actions: [{at: 12s, delete: {kind: Deployment, name: web}}]") +
            service("web", 1) + service("store", 1) + model("store", "work: 1ms, wait: 35s") +
            load("rate: 10, arrivals: Constant"));

    EXPECT_EQ(report.requests_failed, report.requests_total);
    EXPECT_EQ(report.requests_unfinished, 0U);
    EXPECT_GE(figures(report, "default/store:80").requests, 10U);
}

}  // namespace
}  // namespace wavetank::sim
