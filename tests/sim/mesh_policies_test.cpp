// Faults, mirrors, balancers, localities and connections, from Istio's YAML to what a run shows.

#include "support/manifest_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;

std::string istio(const std::string& kind, const std::string& name, const std::string& spec) {
    return "{apiVersion: networking.istio.io/v1, kind: " + kind + ", metadata: {name: " + name +
           "}, spec: {" + spec + "}}\n---\n";
}

std::string virtual_service(const std::string& more) {
    return istio("VirtualService", "web",
                 "hosts: [web], http: [{route: [{destination: {host: web}}]" + more + "}]");
}

std::string destination_rule(const std::string& policy) {
    return istio("DestinationRule", "web", "host: web, trafficPolicy: {" + policy + "}");
}

class MeshPoliciesTest : public test::ManifestRun {
protected:
    static std::string site(int replicas, const std::string& model = "work: 1ms") {
        return test::service("web", replicas) + test::model("web", model);
    }
    static std::string visitors(const std::string& more = "") {
        return test::load("rate: 100, duration: 50s, arrivals: Constant" + more);
    }
    static std::uint64_t requests(const Report& report, const std::string& name) {
        const auto found = std::ranges::find(report.services, name, &ServiceReport::name);
        return found == report.services.end() ? 0 : found->requests;
    }
    static std::vector<std::string> left_out(const Report& report) {
        std::vector<std::string> all;
        for (const Assumption& assumption : report.assumptions) {
            if (assumption.what.find("simulated") != std::string::npos) {
                all.push_back(assumption.what);
            }
        }
        return all;
    }
};

// ---- Faults

TEST_F(MeshPoliciesTest, AbortsThePartOfTheRequestsThatItShould) {
    const Report report =
        run(site(1) + visitors() +
            virtual_service(", fault: {abort: {httpStatus: 418, percentage: {value: 25}}}, "
                            "retries: {attempts: 3, retryOn: 5xx}"));
    const ServiceReport& web = figures(report, "default/web:80");
    ASSERT_TRUE(web.upstream);
    EXPECT_NEAR(static_cast<double>(web.upstream->fault.aborts_injected), 1250, 3 * 31);
    // What is aborted never comes to an attempt, so that it is not tried again either.
    EXPECT_EQ(web.upstream->upstream_rq_total + web.upstream->fault.aborts_injected, web.requests);
    EXPECT_THAT(left_out(report), testing::IsEmpty());
}

TEST_F(MeshPoliciesTest, CountsAbortsAsErrorsOfTheirClients) {
    const Report report =
        run(site(1) + visitors() +
            virtual_service(", fault: {abort: {httpStatus: 503, percentage: {value: 100}}}"));
    EXPECT_EQ(load_figures(report, "visitors").errors, load_figures(report, "visitors").requests);
}

TEST_F(MeshPoliciesTest, DelaysRequestsBeforeTheirTimeBegins) {
    const Report report =
        run(site(1) + visitors() +
            virtual_service(", timeout: 1s, fault: {delay: {fixedDelay: 2s, percentage: {value: "
                            "10}}}"));
    const ServiceReport& load = load_figures(report, "visitors");
    EXPECT_EQ(load.errors, 0U);
    EXPECT_LT(load.latency.p50, 1100us);
    EXPECT_GT(load.latency.max, 2s);
    EXPECT_LT(load.latency.max, 2s + 10ms);
    const auto delayed =
        static_cast<double>(figures(report, "default/web:80").upstream->fault.delays_injected);
    EXPECT_NEAR(delayed, 500, 3 * 21.3);
}

// The answer is a 200 with a status of gRPC; who does not speak that sees the 200.
TEST_F(MeshPoliciesTest, AStatusOfGrpcIsAnErrorToRequestsOfGrpc) {
    const std::string aborts =
        virtual_service(", fault: {abort: {grpcStatus: UNAVAILABLE, percentage: {value: 100}}}");
    const std::string of_grpc = ", request: {headers: {content-type: application/grpc+proto}}";
    const Report plain = run(site(1) + visitors() + aborts);
    const Report grpc = run(site(1) + visitors(of_grpc) + aborts);
    EXPECT_THAT(left_out(grpc), testing::IsEmpty());
    EXPECT_EQ(load_figures(plain, "visitors").errors, 0U);
    EXPECT_EQ(load_figures(grpc, "visitors").errors, load_figures(grpc, "visitors").requests);
    EXPECT_EQ(figures(plain, "default/web:80").upstream->fault.aborts_injected, 5000U);
}

// ---- Mirrors

TEST_F(MeshPoliciesTest, SendsCopiesWhoseAnswersNobodyMinds) {
    const Report report = run(
        site(1) + test::service("shadow", 1) + test::model("shadow", "work: 5ms, errorRate: 1") +
        visitors() + virtual_service(", mirror: {host: shadow}, mirrorPercentage: {value: 50}"));
    EXPECT_EQ(load_figures(report, "visitors").errors, 0U);
    EXPECT_LT(load_figures(report, "visitors").latency.max, 1100us);
    EXPECT_NEAR(static_cast<double>(requests(report, "default/shadow:80")), 2500, 3 * 35.4);
    EXPECT_EQ(figures(report, "default/shadow:80").errors, requests(report, "default/shadow:80"));
}

TEST_F(MeshPoliciesTest, MirrorsFromAnHttpRouteAndFromPods) {
    const std::string front = test::service("front", 2) +
                              test::model("front", "work: 1ms, calls: [{service: 'http://web'}]") +
                              test::own("Workload", "visitors",
                                        "target: 'http://front', start: 10s, rate: 10, "
                                        "duration: 20s, arrivals: Constant");
    const Report report =
        run(site(1) + test::service("shadow", 1) + test::model("shadow", "work: 1ms") + front +
            "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: web}, "
            "spec: {parentRefs: [{group: '', kind: Service, name: web, port: 80}], rules: "
            "[{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: shadow, port: "
            "80}}}], backendRefs: [{name: web, port: 80}]}]}}\n---\n");
    EXPECT_THAT(left_out(report), testing::IsEmpty());
    EXPECT_EQ(requests(report, "default/web:80"), 199U);
    EXPECT_EQ(requests(report, "default/shadow:80"), 199U);
}

TEST_F(MeshPoliciesTest, ABackendThatIsNotThereIsAnError500) {
    const Report report =
        run(site(1) + visitors() +
            "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: web}, "
            "spec: {parentRefs: [{group: '', kind: Service, name: web, port: 80}], rules: "
            "[{backendRefs: [{name: nobody, port: 80}]}]}}\n---\n");
    const ServiceReport& load = load_figures(report, "visitors");
    EXPECT_EQ(load.errors, load.requests);
}

// ---- Balancers

// Of two replicas one is slow, the other idle: a round robin does not see it.
TEST_F(MeshPoliciesTest, BalancesAsARuleSays) {
    const std::string uneven =
        site(2) + test::fault("at: 9s, slowDown: {factor: 25}, count: 1") + visitors();
    const auto latency = [&](const std::string& simple) {
        const Report report =
            run(uneven + destination_rule("loadBalancer: {simple: " + simple + "}"));
        EXPECT_THAT(left_out(report), testing::IsEmpty());
        return load_figures(report, "visitors").latency.p90;
    };
    EXPECT_GT(latency("ROUND_ROBIN"), 1s);
    EXPECT_LT(latency("LEAST_REQUEST"), 500ms);
}

TEST_F(MeshPoliciesTest, ASubsetHasABalancerOfItsOwn) {
    const std::string rules =
        istio("DestinationRule", "web",
              "host: web, trafficPolicy: {loadBalancer: {simple: LEAST_REQUEST}}, subsets: [{name: "
              "all, labels: {app: web}, trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}}]") +
        istio("VirtualService", "web",
              "hosts: [web], http: [{route: [{destination: {host: web, subset: all}}]}]");
    const Report report =
        run(site(2) + test::fault("at: 9s, slowDown: {factor: 25}, count: 1") + visitors() + rules);
    EXPECT_GT(load_figures(report, "visitors").latency.p90, 1s);
}

// All requests say the same, so all go to one of the ten replicas: a tenth of what they need.
TEST_F(MeshPoliciesTest, HashesWhatRequestsSay) {
    for (const std::string how :
         {"httpHeaderName: x-user", "httpHeaderName: x-user, maglev: {tableSize: 97}",
          "httpQueryParameterName: user"}) {
        const std::string one_user =
            test::own("Workload", "visitors",
                      "target: 'http://web/?user=7', start: 10s, rate: 100, duration: 20s, "
                      "arrivals: Constant, request: {headers: {x-user: '7'}}");
        const Report report =
            run(site(10, "work: 15ms") + one_user +
                destination_rule("loadBalancer: {consistentHash: {" + how + "}}"));
        EXPECT_THAT(left_out(report), testing::IsEmpty());
        EXPECT_GT(load_figures(report, "visitors").latency.p90, 5s) << how;
    }
}

// Of twenty users, some come together at one replica, which none of the ten would need.
TEST_F(MeshPoliciesTest, HashesWhoAClientIs) {
    const auto latency = [&](const std::string& rule) {
        const Report report = run(
            site(10, "work: 20ms") +
            test::load("users: {count: 20, think: 0s}, duration: 20s, arrivals: Constant") + rule);
        return load_figures(report, "visitors").requests;
    };
    const auto spread = latency(destination_rule("loadBalancer: {simple: LEAST_REQUEST}"));
    const auto pinned =
        latency(destination_rule("loadBalancer: {consistentHash: {useSourceIp: true}}"));
    const auto by_cookie = latency(
        destination_rule("loadBalancer: {consistentHash: {httpCookie: {name: who, ttl: 60s}}}"));
    EXPECT_LT(pinned, spread * 95 / 100);
    EXPECT_LT(by_cookie, spread * 95 / 100);
}

// All go over one connection, for which kube-proxy has picked one of the two.
TEST_F(MeshPoliciesTest, PassesConnectionsThroughIfARuleSays) {
    const std::string uneven =
        site(2) + test::fault("at: 9s, slowDown: {factor: 5}, count: 1") + visitors();
    const Report report = run(uneven + destination_rule("loadBalancer: {simple: PASSTHROUGH}"));
    EXPECT_THAT(left_out(report), testing::IsEmpty());
    const ServiceReport& load = load_figures(report, "visitors");
    EXPECT_EQ(load.latency.p50, load.latency.max);
    EXPECT_EQ(figures(report, "default/web:80").upstream->upstream_cx_total, 1U);
}

TEST_F(MeshPoliciesTest, SaysThatCertificatesAreNotSimulated) {
    EXPECT_THAT(left_out(run(site(1) + visitors() + destination_rule("tls: {mode: SIMPLE}"))),
                testing::ElementsAre("DestinationRule web changes nothing: its "
                                     "spec.trafficPolicy.tls.mode is not simulated"));
    EXPECT_THAT(
        left_out(run(site(1) + visitors() +
                     destination_rule("portLevelSettings: [{port: {number: 80}, tls: {mode: "
                                      "SIMPLE}}]"))),
        testing::ElementsAre("DestinationRule web changes nothing: its "
                             "spec.trafficPolicy.portLevelSettings[0].tls.mode is not simulated"));
    EXPECT_THAT(
        left_out(run(site(1) + visitors() +
                     istio("DestinationRule", "web",
                           "host: web, subsets: [{name: all, labels: {app: web}, trafficPolicy: "
                           "{tls: {mode: SIMPLE}}}]"))),
        testing::ElementsAre("DestinationRule web changes nothing: its "
                             "spec.subsets[0].trafficPolicy.tls.mode is not simulated"));
    EXPECT_THAT(
        left_out(run(site(1) + visitors() + destination_rule("tls: {mode: ISTIO_MUTUAL}"))),
        testing::ElementsAre(
            "DestinationRule web: its spec.trafficPolicy.tls changes nothing that is simulated"));
}

// ---- Headers

// What the route says of the header counts, not what the request does: all are the same then.
TEST_F(MeshPoliciesTest, HashesWhatARouteMakesOfHeaders) {
    const std::string users =
        site(10, "work: 15ms") +
        test::own("Workload", "visitors",
                  "target: 'http://web/', start: 10s, rate: 100, duration: 20s, "
                  "arrivals: Constant, request: {keys: {header: x-user, count: 1000}}") +
        destination_rule("loadBalancer: {consistentHash: {httpHeaderName: x-user}}");
    const auto latency = [&](const std::string& more) {
        const Report report = run(users + virtual_service(more));
        EXPECT_THAT(left_out(report), testing::IsEmpty());
        return load_figures(report, "visitors").latency.p90;
    };
    EXPECT_LT(latency(""), 1s);
    EXPECT_GT(latency(", headers: {request: {set: {X-User: everybody}}}"), 5s);
    EXPECT_LT(latency(", headers: {request: {remove: [x-user]}}"), 1s);
}

// ---- Connections

TEST_F(MeshPoliciesTest, MakesAnotherConnectionAfterOneHasIdledForTooLong) {
    const std::string now_and_then = test::load("rate: 1, duration: 20s, arrivals: Constant");
    const auto connections = [&](const std::string& timeout) {
        const Report report =
            run(site(1) + now_and_then +
                destination_rule("connectionPool: {http: {idleTimeout: " + timeout +
                                 "}, tcp: {connectTimeout: 1s}}"));
        EXPECT_THAT(left_out(report), testing::IsEmpty());
        return figures(report, "default/web:80").upstream->upstream_cx_total;
    };
    EXPECT_EQ(connections("500ms"), 20U);
    EXPECT_EQ(connections("5s"), 1U);
}

// Nothing gets through: without a limit, a request would wait for as long as TCP does.
TEST_F(MeshPoliciesTest, GivesUpConnectionsThatAreNotMadeInTime) {
    const std::string cut = site(1) + test::load("rate: 10, duration: 20s, arrivals: Constant") +
                            test::own("Fault", "cut", "at: 9s, link: {cut: true}");
    const Report limited =
        run(cut + destination_rule("connectionPool: {tcp: {connectTimeout: 1s}}"));
    const ServiceReport& load = load_figures(limited, "visitors");
    EXPECT_EQ(load.requests, 199U);
    EXPECT_EQ(load.errors, load.requests);
    // When one is not made in time, all that wait fail; then each has Istio's two retries.
    EXPECT_GT(load.latency.max, 1s);
    EXPECT_LT(load.latency.max, 2s);
    EXPECT_EQ(load_figures(run(cut), "visitors").requests, 0U);
}

TEST_F(MeshPoliciesTest, EjectsHostsOfASubset) {
    const Report report =
        run(site(3) + test::fault("at: 9s, errorBurst: {rate: '1'}, count: 1") + visitors() +
            istio("DestinationRule", "web",
                  "host: web, subsets: [{name: all, labels: {app: web}, trafficPolicy: "
                  "{outlierDetection: {consecutive5xxErrors: 3, baseEjectionTime: 60s, "
                  "maxEjectionPercent: 50}}}]") +
            istio("VirtualService", "web",
                  "hosts: [web], http: [{route: [{destination: {host: web, subset: all}}]}]"));
    EXPECT_EQ(load_figures(report, "visitors").errors, 3U);
}

// A second Deployment joins after ten seconds of load; its pod takes fifty times as long.
TEST_F(MeshPoliciesTest, LetsAHostThatIsNewWarmUp) {
    const std::string newcomer =
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: late}, spec: {replicas: 0, "
        "selector: {matchLabels: {app: web, late: 'yes'}}, template: {metadata: {labels: {app: "
        "web, late: 'yes'}}, spec: {containers: [{name: main, image: late}]}}}}\n---\n" +
        test::model("late", "work: 50ms") +
        test::own("Scenario", "late", "actions: [{at: 20s, scale: {name: late, replicas: 1}}]");
    const auto mean = [&](const std::string& more) {
        const Report report =
            run(site(1) + newcomer + test::load("rate: 10, duration: 50s, arrivals: Constant") +
                destination_rule("loadBalancer: {simple: ROUND_ROBIN" + more + "}"));
        EXPECT_THAT(left_out(report), testing::IsEmpty());
        return load_figures(report, "visitors").latency.mean;
    };
    const Duration at_once = mean("");
    EXPECT_GT(at_once, 15ms);
    EXPECT_LT(mean(", warmup: {duration: 60s, minimumPercent: 10}"), at_once * 3 / 4);
}

// ---- Localities

class LocalitiesTest : public MeshPoliciesTest {
protected:
    // Six replicas and two clients in two zones of one region; and a load that asks from `zone`.
    static std::string zones() {
        return test::own("Scenario", "zones",
                         "nodePools: [{count: 2, zones: [a, b], capacity: {cpu: '16', memory: "
                         "16Gi, pods: '50'}, labels: {topology.kubernetes.io/region: r}}]") +
               "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 6, "
               "selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, "
               "spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: "
               "topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: "
               "{matchLabels: {app: web}}}], containers: [{name: main, image: web}]}}}}\n---\n"
               "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: "
               "web}, ports: [{port: 80}]}}\n---\n" +
               test::model("web", "work: 1ms");
    }
    static std::string load_from(const std::string& zone) {
        return test::load(
            "rate: 100, duration: 50s, arrivals: Constant, from: {region: r, zone: " + zone + "}");
    }
    // Part of the work that was done by the pods of one zone's node: by what they used.
    static std::string slow_zone_a() {
        return test::own("Fault", "slow",
                         "nodes: {matchLabels: {topology.kubernetes.io/zone: a}}, "
                         "at: 9s, slowDown: {factor: 10}");
    }
    static Duration mean(const Report& report) {
        return load_figures(report, "visitors").latency.mean;
    }
};

// Pods in zone a take ten times as long, so that the mean says how many requests went there.
TEST_F(LocalitiesTest, StaysInItsZoneIfHostsMayBeLeftOut) {
    const std::string site = zones() + slow_zone_a();
    const std::string rule = destination_rule("outlierDetection: {consecutive5xxErrors: 5}");
    EXPECT_EQ(mean(run(site + load_from("a") + rule)), 10ms);
    EXPECT_EQ(mean(run(site + load_from("b") + rule)), 1ms);
    const Duration anywhere = mean(run(site + load_from("a")));
    EXPECT_GT(anywhere, 2ms);
    EXPECT_LT(anywhere, 9ms);
}

TEST_F(LocalitiesTest, ATrafficDistributionIsEnough) {
    const std::string site = zones() + slow_zone_a() +
                             "{apiVersion: v1, kind: Service, metadata: {name: other}, spec: "
                             "{selector: {app: web}, ports: [{port: 80}], trafficDistribution: "
                             "PreferClose}}\n---\n" +
                             istio("VirtualService", "other",
                                   "hosts: [other], http: [{route: [{destination: {host: "
                                   "other}}]}]") +
                             test::own("Workload", "visitors",
                                       "target: 'http://other', start: 10s, rate: 100, duration: "
                                       "50s, arrivals: Constant, from: {region: r, zone: a}");
    EXPECT_EQ(mean(run(site)), 10ms);
}

TEST_F(LocalitiesTest, SharesByWeightsIfARuleSays) {
    const Report report =
        run(zones() + slow_zone_a() + load_from("b") +
            destination_rule("loadBalancer: {localityLbSetting: {distribute: [{from: r/b/*, to: "
                             "{r/a/*: 20, r/b/*: 80}}]}}"));
    EXPECT_THAT(left_out(report), testing::IsEmpty());
    // 20 % of 10 ms and 80 % of 1 ms.
    EXPECT_NEAR(std::chrono::duration<double>(mean(report)).count(), 2.8e-3, 2e-4);
}

// Without self-discovery zones are all the same to a proxy; its region is not.
TEST_F(LocalitiesTest, ZoneAwarenessKeepsToARegion) {
    const Report report =
        run(zones() + slow_zone_a() + load_from("b") +
            destination_rule("loadBalancer: {simple: ROUND_ROBIN, zoneAwareLbSetting: {enabled: "
                             "true}}"));
    EXPECT_THAT(report.assumptions,
                testing::Contains(testing::Field(
                    &Assumption::what,
                    "DestinationRule web: its spec.trafficPolicy.loadBalancer.zoneAwareLbSetting "
                    "changes nothing within a region: proxies do not know of one another")));
    EXPECT_NEAR(std::chrono::duration<double>(mean(report)).count(), 5.5e-3, 2e-4);
}

// What counts is the value, in the template of pods.
TEST_F(LocalitiesTest, SaysSoUnlessPodsTurnSelfDiscoveryOn) {
    const auto discovery = [](const std::string& value) {
        return ", annotations: {proxy.istio.io/config: '{proxyMetadata: "
               "{ISTIO_META_ENABLE_SELF_DISCOVERY: \"" +
               value + "\"}}'}";
    };
    const auto says_so = [&](const std::string& deployment, const std::string& pods) {
        const Report report =
            run(zones() + load_from("b") +
                "{apiVersion: apps/v1, kind: Deployment, metadata: {name: front" + deployment +
                "}, spec: {replicas: 0, selector: {matchLabels: {app: front}}, template: "
                "{metadata: {labels: {app: front}" +
                pods + "}, spec: {containers: [{name: main, image: front}]}}}}\n---\n" +
                destination_rule("loadBalancer: {zoneAwareLbSetting: {enabled: true}}"));
        return std::ranges::any_of(report.assumptions, [](const Assumption& assumption) {
            return assumption.what.ends_with("proxies do not know of one another");
        });
    };
    EXPECT_TRUE(says_so("", ""));
    EXPECT_TRUE(says_so("", discovery("false")));
    EXPECT_TRUE(says_so(discovery("true"), ""));
    EXPECT_FALSE(says_so("", discovery("true")));
}

// Two pods of "front", one in each zone, call "web", of which zone a has two pods and zone b has
// six. What goes from zone to zone takes 20 ms longer, so that the mean says how much does.
class ZoneAwarenessTest : public LocalitiesTest {
protected:
    static double part_across(const std::string& annotation, const std::string& rules) {
        const auto deployment = [](const std::string& name, const std::string& app, int replicas,
                                   const std::string& more, const std::string& spec) {
            return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: " + name +
                   "}, spec: {replicas: " + std::to_string(replicas) +
                   ", selector: {matchLabels: {app: " + app + ", part: " + name +
                   "}}, template: {metadata: {labels: {app: " + app + ", part: " + name + "}" +
                   more + "}, spec: {" + spec + ", containers: [{name: main, image: " + app +
                   "}]}}}}\n---\n";
        };
        const auto service = [](const std::string& app) {
            return "{apiVersion: v1, kind: Service, metadata: {name: " + app +
                   "}, spec: {selector: {app: " + app + "}, ports: [{port: 80}]}}\n---\n";
        };
        const Report report = run(
            test::own("Scenario", "zones",
                      "network: {betweenZones: '10ms'}, nodePools: [{count: 2, zones: [a, b], "
                      "capacity: {cpu: '16', memory: 16Gi, pods: '50'}, labels: "
                      "{topology.kubernetes.io/region: r}}]") +
            deployment("front", "front", 2, annotation,
                       "topologySpreadConstraints: [{maxSkew: 1, topologyKey: "
                       "topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, "
                       "labelSelector: {matchLabels: {app: front}}}]") +
            deployment("web-a", "web", 2, "", "nodeSelector: {topology.kubernetes.io/zone: a}") +
            deployment("web-b", "web", 6, "", "nodeSelector: {topology.kubernetes.io/zone: b}") +
            service("front") + service("web") + test::model("web", "work: 1us") +
            test::model("front", "work: 1us, calls: [{service: 'http://web/'}]") + rules +
            test::own("Workload", "visitors",
                      "target: 'http://front', start: 10s, rate: 45, duration: 50s, arrivals: "
                      "Constant"));
        EXPECT_EQ(report.requests_failed, 0U);
        const Duration mean_of_calls = figures(report, "default/web:80").latency.mean;
        return std::chrono::duration<double>(mean_of_calls).count() / 20e-3;
    }
    static constexpr const char* discovery =
        ", annotations: {proxy.istio.io/config: '{proxyMetadata: "
        "{ISTIO_META_ENABLE_SELF_DISCOVERY: \"true\"}}'}";
    static std::string aware(const std::string& setting) {
        return destination_rule("loadBalancer: {simple: ROUND_ROBIN, zoneAwareLbSetting: {" +
                                setting + "}}");
    }
    // Of 1,125 requests each from a and b, by five sigma. They come so rarely that none meets
    // another, for visitors would avoid the pod that waits longer.
    static constexpr double tolerance = 0.05;
};

// Without it, 3/4 of what comes from a and 1/4 of what comes from b.
TEST_F(ZoneAwarenessTest, NeedsProxiesThatKnowOfOneAnother) {
    EXPECT_NEAR(part_across("", aware("enabled: true")), 0.5, tolerance);
}

// Zone a has half of the callers and a quarter of the hosts, which take half of its requests; zone
// b keeps all of its own.
TEST_F(ZoneAwarenessTest, LeavesToOtherZonesWhatItsOwnCannotTake) {
    EXPECT_NEAR(part_across(discovery, aware("enabled: true")), 0.25, tolerance);
}

TEST_F(ZoneAwarenessTest, IsEnvoysDefaultForProxiesThatKnowOfOneAnother) {
    EXPECT_NEAR(part_across(discovery, ""), 0.25, tolerance);
}

// Proxies of "front" are known by "a-front", the first by name, until that has other pods.
TEST_F(ZoneAwarenessTest, GoesByAnotherServiceWhenTheirsChanges) {
    const auto a_front = [](const std::string& app) {
        return "{apiVersion: v1, kind: Service, metadata: {name: a-front}, spec: {selector: "
               "{app: " +
               app + "}, ports: [{port: 80}]}}";
    };
    const std::string changes =
        a_front("front") + "\n---\n" +
        test::own("Scenario", "later", "actions: [{at: 5s, apply: " + a_front("web") + "}]");
    EXPECT_NEAR(part_across(discovery, changes), 0.25, tolerance);
}

TEST_F(ZoneAwarenessTest, MayBeSwitchedOff) {
    EXPECT_NEAR(part_across(discovery, aware("enabled: false")), 0.5, tolerance);
}

TEST_F(ZoneAwarenessTest, IsNotForFewHosts) {
    EXPECT_NEAR(part_across(discovery, aware("enabled: true, minClusterSize: 9")), 0.5, tolerance);
}

TEST_F(ZoneAwarenessTest, MayBeSetByAnEnvoyFilter) {
    const auto filter = [](const std::string& zones) {
        return destination_rule("loadBalancer: {simple: ROUND_ROBIN}") +
               istio("EnvoyFilter", "zones",
                     "configPatches: [{applyTo: CLUSTER, match: {cluster: {service: "
                     "web.default.svc.cluster.local}}, patch: {operation: MERGE, value: "
                     "{common_lb_config: {zone_aware_lb_config: {" +
                         zones + "}}}}}]");
    };
    EXPECT_NEAR(part_across(discovery, filter("min_cluster_size: 9")), 0.5, tolerance);
    EXPECT_NEAR(part_across(discovery, filter("force_locality_direct_routing: true")), 0,
                tolerance);
}

// All of zone b fails and is left out; a takes what came to it.
TEST_F(LocalitiesTest, FailsOverWhenItsZoneIsLeftOut) {
    const Report report =
        run(zones() +
            test::own("Fault", "errors",
                      "nodes: {matchLabels: {topology.kubernetes.io/zone: b}}, "
                      "at: 9s, errorBurst: {rate: '1'}") +
            load_from("b") +
            destination_rule("outlierDetection: {consecutive5xxErrors: 3, interval: 1s, "
                             "baseEjectionTime: 60s, maxEjectionPercent: 100}"));
    const ServiceReport& load = load_figures(report, "visitors");
    EXPECT_GE(load.errors, 9U);
    EXPECT_LE(load.errors, 120U);
    EXPECT_EQ(figures(report, "default/web:80").upstream->outlier_detection.ejections_active, 3U);
}

// Nobody is ejected, and everybody in zone b fails; other hosts there are no help. Places are
// passed over after two tries each.
TEST_F(LocalitiesTest, RetriesGoToOtherPlacesIfARuleSays) {
    const auto errors = [&](const std::string& more) {
        const Report report = run(
            zones() +
            test::own("Fault", "errors",
                      "nodes: {matchLabels: {topology.kubernetes.io/zone: b}}, "
                      "at: 9s, errorBurst: {rate: '1'}") +
            load_from("b") + destination_rule("outlierDetection: {consecutive5xxErrors: 100000}") +
            virtual_service(", retries: {attempts: 3, retryOn: 5xx" + more + "}"));
        EXPECT_THAT(left_out(report), testing::IsEmpty());
        const ServiceReport& load = load_figures(report, "visitors");
        return static_cast<double>(load.errors) / static_cast<double>(load.requests);
    };
    EXPECT_EQ(errors(""), 1);
    EXPECT_EQ(errors(", retryRemoteLocalities: true"), 0);
}

}  // namespace
}  // namespace wavetank::sim
