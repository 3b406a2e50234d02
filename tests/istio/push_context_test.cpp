#include <wavetank/istio/push_context.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace wavetank::istio {
namespace {

namespace json = boost::json;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

json::object service(std::string_view name, std::string_view namespace_ = "default") {
    json::object made =
        json::parse(R"({"apiVersion":"v1","kind":"Service","spec":{"clusterIP":"10.96.0.1",
        "ports":[{"name":"http","port":80,"targetPort":8080}]}})")
            .as_object();
    made["metadata"] = json::object{{"name", name}, {"namespace", namespace_}};
    return made;
}

json::object object(std::string_view kind, std::string_view name, std::string_view spec,
                    std::string_view namespace_ = "default") {
    return json::object{{"apiVersion", "networking.istio.io/v1"},
                        {"kind", kind},
                        {"metadata", {{"name", name}, {"namespace", namespace_}}},
                        {"spec", json::parse(spec)}};
}

PushContext context_of(const std::vector<json::object>& objects) {
    return PushContext{objects};
}

// The routes of a virtual host on port 80.
json::array routes_of(const json::object& configurations, std::string_view host) {
    for (const json::value& each : configurations.at("80").at("virtual_hosts").as_array()) {
        if (each.at("name").as_string() == host) {
            return each.at("routes").as_array();
        }
    }
    return {};
}

TEST(PushContext, WithoutRulesAllOfAServiceGoesToItsCluster) {
    const auto routes = routes_of(context_of({service("cart")}).route_configurations({}),
                                  "cart.default.svc.cluster.local:80");
    ASSERT_EQ(routes.size(), 1U);
    EXPECT_EQ(routes[0].at("match").at("prefix"), "/");
    EXPECT_EQ(routes[0].at("route").at("cluster"), "outbound|80||cart.default.svc.cluster.local");
    EXPECT_EQ(routes[0].at("route").at("retry_policy").at("num_retries"), 2);
}

TEST(PushContext, SplitsByWeightAmongSubsets) {
    const PushContext context =
        context_of({service("cart"), object("VirtualService", "cart", R"({"hosts":["cart"],"http":[
            {"route":[{"destination":{"host":"cart","subset":"v1"},"weight":90},
                      {"destination":{"host":"cart","subset":"v2"},"weight":10}]}]})"),
                    object("DestinationRule", "cart", R"({"host":"cart","subsets":[
            {"name":"v1","labels":{"version":"v1"}},{"name":"v2","labels":{"version":"v2"}}]})")});
    const auto routes =
        routes_of(context.route_configurations({}), "cart.default.svc.cluster.local:80");
    ASSERT_EQ(routes.size(), 1U);
    const auto& clusters = routes[0].at("route").at("weighted_clusters").at("clusters").as_array();
    ASSERT_EQ(clusters.size(), 2U);
    EXPECT_EQ(clusters[1].at("name"), "outbound|80|v2|cart.default.svc.cluster.local");
    EXPECT_EQ(clusters[1].at("weight"), 10);
    EXPECT_TRUE(context.clusters({}).contains("outbound|80|v2|cart.default.svc.cluster.local"));
    EXPECT_THAT(context.destination_rules_of({}, "cart.default.svc.cluster.local"),
                ElementsAre("default/cart"));
    EXPECT_EQ(context.sources({}).at("80").at("cart.default.svc.cluster.local:80"),
              "VirtualService default/cart");
}

TEST(PushContext, ADelegateAddsItsRulesUnderThePrefixOfItsRoot) {
    const auto routes = routes_of(
        context_of({service("cart"), object("VirtualService", "root", R"({"hosts":["cart"],"http":[
            {"match":[{"uri":{"prefix":"/api"}}],"delegate":{"name":"leaf"}}]})"),
                    object("VirtualService", "leaf", R"({"http":[
            {"match":[{"uri":{"prefix":"/api/v2"}}],"route":[{"destination":{"host":"cart"}}]},
            {"match":[{"uri":{"prefix":"/other"}}],"route":[{"destination":{"host":"cart"}}]}]})")})
            .route_configurations({}),
        "cart.default.svc.cluster.local:80");
    ASSERT_EQ(routes.size(), 1U);  // "/other" is not below "/api"
    EXPECT_EQ(routes[0].at("match").at("prefix"), "/api/v2");
}

TEST(PushContext, SourceLabelsChooseTheRulesOfAClient) {
    const std::vector<json::object> objects{
        service("cart"), object("VirtualService", "cart", R"({"hosts":["cart"],"http":[
            {"match":[{"sourceLabels":{"app":"tester"}}],
             "route":[{"destination":{"host":"cart","subset":"v2"}}]},
            {"route":[{"destination":{"host":"cart"}}]}]})")};
    const PushContext context = context_of(objects);
    const auto count = [&](const Proxy& proxy) {
        return routes_of(context.route_configurations(proxy), "cart.default.svc.cluster.local:80")
            .size();
    };
    EXPECT_EQ(count({}), 1U);
    EXPECT_EQ(count({.labels = {{"app", "tester"}}}), 1U);  // nothing after a rule for all
    EXPECT_EQ(routes_of(context.route_configurations({.labels = {{"app", "tester"}}}),
                        "cart.default.svc.cluster.local:80")[0]
                  .at("route")
                  .at("cluster"),
              "outbound|80|v2|cart.default.svc.cluster.local");
}

TEST(PushContext, ASidecarSaysWhatAProxySees) {
    const PushContext context =
        context_of({service("cart"), service("ledger", "bank"),
                    object("Sidecar", "default", R"({"egress":[{"hosts":["./*"]}]})")});
    EXPECT_FALSE(context.clusters({}).contains("outbound|80||ledger.bank.svc.cluster.local"));
    EXPECT_TRUE(context.clusters({.namespace_ = "bank"})
                    .contains("outbound|80||ledger.bank.svc.cluster.local"));
}

TEST(PushContext, SaysWhatItDoesNotUnderstand) {
    EXPECT_THAT(context_of({service("cart")}).not_understood(), IsEmpty());
    EXPECT_THAT(context_of({object("EnvoyFilter", "magic", "{}")}).not_understood(),
                ElementsAre(HasSubstr("EnvoyFilter default/magic")));
    EXPECT_THAT(context_of({object("ServiceEntry", "out", R"({"hosts":["a.test"],
        "resolution":"DNS","ports":[{"number":80,"name":"http","protocol":"HTTP"}]})")})
                    .not_understood(),
                ElementsAre(HasSubstr("ServiceEntry default/out")));
}

TEST(PushContext, SaysThatItDoesNotFollowCredentialsOfSelectedWorkloads) {
    EXPECT_THAT(context_of({object("DestinationRule", "cart", R"({"host":"cart",
            "workloadSelector":{"matchLabels":{"app":"cart"}},"subsets":[{"name":"v1",
            "trafficPolicy":{"tls":{"mode":"SIMPLE","credentialName":"own"}}}]})")})
                    .not_understood(),
                ElementsAre("DestinationRule default/cart: tls"));
    EXPECT_THAT(context_of({object("DestinationRule", "cart", R"({"host":"cart",
            "trafficPolicy":{"tls":{"mode":"SIMPLE","credentialName":"own"}}})")})
                    .not_understood(),
                IsEmpty());
}

TEST(PushContext, AnHttpRouteOfAServiceIsItsRouteAndIsAccepted) {
    json::object route = object("HTTPRoute", "cart", R"({
        "parentRefs":[{"group":"","kind":"Service","name":"cart","port":80}],
        "rules":[{"backendRefs":[{"name":"cart-v1","port":80,"weight":3},
                                 {"name":"cart-v2","port":80,"weight":1}]}]})");
    route["apiVersion"] = "gateway.networking.k8s.io/v1";
    const PushContext context =
        context_of({service("cart"), service("cart-v1"), service("cart-v2"), route});
    const auto routes =
        routes_of(context.route_configurations({}), "cart.default.svc.cluster.local:80");
    ASSERT_EQ(routes.size(), 1U);
    EXPECT_EQ(
        routes[0].at("route").at("weighted_clusters").at("clusters").as_array().at(0).at("weight"),
        3);
    EXPECT_EQ(context.sources({}).at("80").at("cart.default.svc.cluster.local:80"),
              "HTTPRoute default/cart");
    EXPECT_THAT(json::serialize(context.http_route_statuses()), HasSubstr("default/cart"));
}

// The client's zone first, then the others of its region; a host that is not ready is listed as
// such.
TEST(PushContext, TellsTheLocalitiesOfEndpointsThatAreGiven) {
    const PushContext context = context_of(
        {service("cart"), object("DestinationRule", "cart",
                                 R"({"host":"cart","trafficPolicy":{"outlierDetection":{}},
                                     "subsets":[{"name":"v2","labels":{"version":"v2"}}]})")});
    const std::vector<Endpoint> endpoints{{.address = "10.0.0.1", .port = 8080, .locality = "r/a/"},
                                          {.address = "10.0.0.2",
                                           .port = 8080,
                                           .labels = {{"version", "v2"}},
                                           .locality = "r/b/",
                                           .is_ready = false}};
    const Proxy client{.locality = "r/b/"};
    const auto all =
        context.load_assignment(client, "outbound|80||cart.default.svc.cluster.local", endpoints);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].at("locality").at("zone"), "a");
    EXPECT_EQ(all[0].at("priority"), 1);
    EXPECT_FALSE(all[1].as_object().contains("priority"));
    EXPECT_EQ(all[1].at("lb_endpoints").at(0).at("health_status"), "UNHEALTHY");

    const auto subset =
        context.load_assignment(client, "outbound|80|v2|cart.default.svc.cluster.local", endpoints);
    ASSERT_EQ(subset.size(), 1U);
    EXPECT_EQ(subset[0].at("lb_endpoints").at(0).at("address"), "10.0.0.2:8080");

    EXPECT_TRUE(
        context.load_assignment(client, "outbound|80|v3|cart.default.svc.cluster.local", endpoints)
            .empty());
}

}  // namespace
}  // namespace wavetank::istio
