#include <wavetank/mesh/route_table.hpp>

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace wavetank::mesh {
namespace {

RouteTable table_of(std::string_view text) {
    return RouteTable::make(read_route_configuration(boost::json::parse(text).as_object()).value())
        .value();
}

// One virtual host for everything, with the routes.
RouteTable table_with_routes(const std::string& routes) {
    return table_of(R"({"virtual_hosts":[{"name":"v","domains":["*"],"routes":)" + routes + "}]}");
}

std::string problem_with(std::string_view text) {
    const auto read = read_route_configuration(boost::json::parse(text).as_object());
    if (!read) {
        return read.error().message;
    }
    const auto table = RouteTable::make(*read);
    return table ? "" : table.error().message;
}

TEST(RouteConfiguration, SaysWhereAFieldStandsThatItDoesNotUnderstand) {
    EXPECT_EQ(problem_with(R"({"virtual_hosts":[{"domains":["*"],"routes":[
        {"match":{"prefix":"/"},"route":{"cluster":"a","novelty":1}}]}]})"),
              "virtual_hosts[0].routes[0].route.novelty: is not understood");
}

TEST(RouteConfiguration, WantsAPathAndAnAction) {
    EXPECT_EQ(problem_with(R"({"virtual_hosts":[{"domains":["*"],"routes":[
        {"match":{},"route":{"cluster":"a"}}]}]})"),
              "virtual_hosts[0].routes[0].match.prefix: a rule for the path is expected");
    EXPECT_EQ(problem_with(R"({"virtual_hosts":[{"domains":["*"],"routes":[
        {"match":{"prefix":"/"}}]}]})"),
              "virtual_hosts[0].routes[0].route: an action is expected");
}

TEST(RouteConfiguration, ReadsHedgePoliciesOfRoutesAndHosts) {
    const auto read = read_route_configuration(boost::json::parse(R"({"virtual_hosts":[
        {"domains":["*"],"hedge_policy":{},"routes":[{"match":{"prefix":"/"},"route":{
        "cluster":"a","hedge_policy":{"hedge_on_per_try_timeout":true}}}]}]})")
                                                   .as_object());
    ASSERT_TRUE(read);
    const VirtualHost& host = read->virtual_hosts.front();
    EXPECT_EQ(host.hedge_policy, HedgePolicy{});
    const auto& action = std::get<RouteAction>(host.routes.front().action);
    EXPECT_EQ(action.hedge_policy, HedgePolicy{.hedge_on_per_try_timeout = true});
}

TEST(RouteTable, RefusesADomainThatIsThereTwiceInAnyCase) {
    EXPECT_NE(problem_with(R"({"name":"r","virtual_hosts":[
        {"domains":["a.test"]},{"domains":["A.test"]}]})")
                  .find("domain a.test in route r"),
              std::string::npos);
}

TEST(RouteTable, RefusesWeightsThatSumToNothing) {
    EXPECT_NE(problem_with(R"({"virtual_hosts":[{"domains":["*"],"routes":[{"match":{"prefix":"/"},
        "route":{"weighted_clusters":{"clusters":[{"name":"a","weight":0}]}}}]}]})"),
              "");
}

TEST(RouteTable, AnswersWhatNoRouteIsForWith404) {
    const RouteTable table = table_with_routes("[]");

    const RouteDecision decision = table.route({.authority = "a.test"}, 0);

    EXPECT_EQ(decision.status, 404U);
    EXPECT_EQ(decision.response_flags, "NR");
    EXPECT_EQ(decision.response_code_details, "route_not_found");
}

TEST(RouteTable, PicksAmongClustersByTheRemainderOfTheDraw) {
    const RouteTable table = table_with_routes(R"([{"match":{"prefix":"/"},"route":
        {"weighted_clusters":{"clusters":[{"name":"a","weight":2},{"name":"b","weight":1}]}}}])");

    std::string picked;
    for (std::uint64_t random = 0; random < 6; ++random) {
        picked += table.route({}, random).cluster;
    }

    EXPECT_EQ(picked, "aabaab");
}

// One draw decides everything, as in Envoy: a mirror of 50 percent and an even split agree.
TEST(RouteTable, MirrorsByTheSameDraw) {
    const RouteTable table = table_with_routes(R"([{"match":{"prefix":"/"},"route":
        {"weighted_clusters":{"clusters":[{"name":"a","weight":50},{"name":"b","weight":50}]},
         "request_mirror_policies":[{"cluster":"m","runtime_fraction":
            {"default_value":{"numerator":50}}}]}}])");

    EXPECT_EQ(table.route({}, 49).cluster, "a");
    EXPECT_EQ(table.route({}, 49).mirrors.size(), 1U);
    EXPECT_EQ(table.route({}, 50).cluster, "b");
    EXPECT_TRUE(table.route({}, 50).mirrors.empty());
}

TEST(RouteTable, ChangesCopiesAsTheirPolicySays) {
    const RouteTable table = table_with_routes(R"([{"match":{"prefix":"/"},"route":{"cluster":"a",
        "request_mirror_policies":[{"cluster":"m","host_rewrite_literal":"copy.test",
            "request_headers_mutations":[{"remove":"x-one"},
                {"append":{"header":{"key":"x-copy","value":"%REQ(x-one)%"}}}]}]}}])");

    const RouteDecision decision =
        table.route({.authority = "a.test", .headers = {{"x-one", "1"}}}, 0);
    ASSERT_EQ(decision.mirrors.size(), 1U);
    EXPECT_EQ(decision.mirrors[0].request.authority, "copy.test");
    EXPECT_EQ(decision.mirrors[0].request.headers, (HeaderList{{"x-copy", "1"}}));
    EXPECT_EQ(decision.request.headers, (HeaderList{{"x-one", "1"}}));
}

TEST(RouteTable, RefusesCopiesWhoseHeadersAreNoFormat) {
    const std::string mirrors = R"("request_mirror_policies":[{"cluster":"m",
        "request_headers_mutations":[{"append":{"header":{"key":"x-copy","value":"50%"}}}]}])";

    EXPECT_NE(problem_with("{" + mirrors + "}").find("header x-copy"), std::string::npos);
    EXPECT_NE(problem_with(R"({"virtual_hosts":[{"domains":["*"],)" + mirrors + "}]}")
                  .find("header x-copy"),
              std::string::npos);
    EXPECT_NE(problem_with(R"({"virtual_hosts":[{"domains":["*"],"routes":[{"match":{"prefix":"/"},
        "route":{"cluster":"a",)" +
                           mirrors + "}}]}]}")
                  .find("header x-copy"),
              std::string::npos);
}

// Recorded of Envoy 1.40: the query stays behind whatever the new path is made of.
TEST(RouteTable, MakesAPathOfWhatTheRequestHas) {
    const auto path_with = [](const std::string& rewrite) {
        const RouteTable table =
            table_with_routes(R"([{"match":{"prefix":"/"},"route":{"cluster":"a",)"
                              R"("path_rewrite":")" +
                              rewrite + R"("}}])");
        return table.route({.path = "/a/b?q=1", .headers = {{"x-one", "v"}}}, 0).request.path;
    };

    EXPECT_EQ(path_with("/n/%REQ(x-one)%"), "/n/v?q=1");
    EXPECT_EQ(path_with("/x%PATH%"), "/x/a/b?q=1?q=1");
    EXPECT_EQ(path_with("/x%PATH(NQ:PATH):2%"), "/x/a?q=1");
    EXPECT_EQ(path_with("/x%PATH(WQ:ORIG)%"), "/x?q=1");
    EXPECT_EQ(path_with("%REQ(x-none)%"), "/a/b?q=1");
}

TEST(RouteTable, LetsAHeaderPickTheCluster) {
    const RouteTable table = table_with_routes(R"([{"match":{"prefix":"/"},"route":
        {"weighted_clusters":{"header_name":"x-draw","clusters":
            [{"name":"a","weight":2},{"name":"b","weight":1}]}}}])");

    EXPECT_EQ(table.route({.headers = {{"x-draw", "5"}}}, 0).cluster, "b");
    EXPECT_EQ(table.route({.headers = {{"x-draw", "many"}}}, 0).cluster, "a");
}

TEST(RouteTable, FindsNoClusterWithoutTheHeaderThatNamesIt) {
    const RouteTable table =
        table_with_routes(R"([{"match":{"prefix":"/"},"route":{"cluster_header":"x-to"}}])");

    EXPECT_EQ(table.route({.headers = {{"X-To", "a"}}}, 0).cluster, "a");
    EXPECT_EQ(table.route({}, 0).status, 503U);
    EXPECT_EQ(table.route({}, 0).response_flags, "NC");
}

TEST(RouteTable, ChangesHeadersFromTheClusterOutwards) {
    const RouteTable table = table_of(R"({"virtual_hosts":[{"name":"v","domains":["*"],
        "request_headers_to_add":[{"header":{"key":"x-o","value":"host"}}],
        "routes":[{"match":{"prefix":"/"},
            "request_headers_to_add":[{"header":{"key":"x-o","value":"%REQ(:path)%"}}],
            "route":{"weighted_clusters":{"clusters":[{"name":"a","weight":1,
                "request_headers_to_remove":["x-o"],
                "request_headers_to_add":[{"header":{"key":"x-o","value":"50%%"}}]}]}}}]}]})");

    const RouteDecision decision = table.route({.path = "/p", .headers = {{"X-O", "client"}}}, 0);

    EXPECT_EQ(decision.request.headers,
              (HeaderList{{"x-o", "50%"}, {"x-o", "/p"}, {"x-o", "host"}}));
}

TEST(RouteTable, DropsADefaultPortWhenTheSchemeChanges) {
    const RouteTable table =
        table_with_routes(R"([{"match":{"prefix":"/"},"redirect":{"https_redirect":true}}])");

    EXPECT_EQ(table.route({.authority = "a.test:80", .path = "/x"}, 0).location,
              "https://a.test/x");
    EXPECT_EQ(table.route({.authority = "[::1]:8080", .path = "/x"}, 0).location,
              "https://[::1]:8080/x");
}

TEST(RouteTable, RewritesWhatAPrefixWithoutCaseMatched) {
    const RouteTable table = table_with_routes(R"([{"match":{"prefix":"/Old","case_sensitive":
        false},"route":{"cluster":"a","prefix_rewrite":"/new"}}])");

    EXPECT_EQ(table.route({.path = "/oLd/x?q=/old"}, 0).request.path, "/new/x?q=/old");
}

TEST(RouteTable, AsksForTlsBeforeAnythingElse) {
    const RouteTable table = table_of(R"({"virtual_hosts":[{"name":"v","domains":["*"],
        "require_tls":"ALL","routes":[{"match":{"prefix":"/"},"route":{"cluster":"a"}}]}]})");

    EXPECT_EQ(table.route({.authority = "a.test", .path = "/x"}, 0).location, "https://a.test/x");
    EXPECT_EQ(table.route({.scheme = "https", .authority = "a.test"}, 0).cluster, "a");
}

TEST(NormalizedPath, RefusesFragmentsAndLeavesTheRestAlone) {
    EXPECT_EQ(normalized_path("/a#b", {}), std::nullopt);
    EXPECT_EQ(normalized_path("/a/../b//c", {}), "/a/../b//c");
}

TEST(NormalizedPath, ResolvesDotSegmentsAndPlainEscapes) {
    const PathNormalization options{.normalize_path = true};

    EXPECT_EQ(normalized_path("/x/../a/./b", options), "/a/b");
    EXPECT_EQ(normalized_path("/%61/%2e%2e/b%2Fc?q=/../", options), "/b%2Fc?q=/../");
    EXPECT_EQ(normalized_path("/../..", options), "/");
    EXPECT_EQ(normalized_path("/a//b", options), "/a//b");
}

TEST(NormalizedPath, MergesSlashes) {
    EXPECT_EQ(normalized_path("//a///b?c//d", {.merge_slashes = true}), "/a/b?c//d");
}

}  // namespace
}  // namespace wavetank::mesh
