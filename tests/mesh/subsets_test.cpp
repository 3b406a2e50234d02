#include <wavetank/mesh/cluster_balancer.hpp>

#include <wavetank/mesh/host.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <set>
#include <string_view>

namespace wavetank::mesh {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::IsEmpty;

json::object object_of(std::string_view text) {
    return json::parse(json::string_view{text}).as_object();
}

ClusterLoadAssignment hosts_with(const std::vector<std::string_view>& metadata) {
    ClusterLoadAssignment made;
    auto& hosts = made.endpoints.emplace_back().lb_endpoints;
    for (const std::string_view each : metadata) {
        hosts.push_back({.address = "10.0.0." + std::to_string(hosts.size() + 1),
                         .port_value = 80,
                         .metadata = {{{"envoy.lb", object_of(each)}}}});
    }
    return made;
}

// Returns the hosts, counted from 1, that get requests which ask for `wanted`.
std::set<std::size_t> hosts_for(ClusterBalancer& balancer, const ClusterLoadAssignment& hosts,
                                std::string_view wanted) {
    Random random{1};
    const std::vector<std::uint32_t> requests(hosts.size());
    const EndpointSet endpoints{requests, &hosts};
    const json::object criteria = wanted.empty() ? json::object{} : object_of(wanted);
    balancer.on_endpoints_changed(endpoints, {}, random);
    std::set<std::size_t> picked;
    for (int i = 0; i < 30; ++i) {
        if (const auto host = balancer.pick(
                endpoints, {.metadata_match = wanted.empty() ? nullptr : &criteria}, random)) {
            picked.insert(*host + 1);
        }
    }
    return picked;
}

std::set<std::size_t> hosts_for(LbSubsetConfig config, const ClusterLoadAssignment& hosts,
                                std::string_view wanted) {
    ClusterBalancer balancer{{.lb_subset_config = std::move(config)}};
    return hosts_for(balancer, hosts, wanted);
}

// The example of Envoy's documentation.
const ClusterLoadAssignment& documented_hosts() {
    static const ClusterLoadAssignment hosts =
        hosts_with({R"({"stage":"prod","version":"1.0","type":"std","xlarge":true})",
                    R"({"stage":"prod","version":"1.0","type":"std"})",
                    R"({"stage":"prod","version":"1.1","type":"std"})",
                    R"({"stage":"prod","version":"1.1","type":"std"})",
                    R"({"stage":"prod","version":"1.0","type":"bigmem"})",
                    R"({"stage":"prod","version":"1.1","type":"bigmem"})",
                    R"({"stage":"dev","version":"1.2-pre","type":"std"})"});
    return hosts;
}

TEST(Subsets, AreThoseOfTheDocumentedExample) {
    const LbSubsetConfig config{
        .fallback_policy = SubsetFallbackPolicy::DefaultSubset,
        .default_subset = object_of(R"({"stage":"prod","version":"1.0","type":"std"})"),
        .subset_selectors = {{.keys = {"stage", "type"}},
                             {.keys = {"stage", "version"}},
                             {.keys = {"version"}},
                             {.keys = {"xlarge", "version"}}}};
    const auto get = [&](std::string_view wanted) {
        return hosts_for(config, documented_hosts(), wanted);
    };

    EXPECT_THAT(get(R"({"stage":"prod","type":"std"})"), ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(get(R"({"type":"bigmem","stage":"prod"})"), ElementsAre(5, 6));
    EXPECT_THAT(get(R"({"stage":"prod","version":"1.0"})"), ElementsAre(1, 2, 5));
    EXPECT_THAT(get(R"({"version":"1.1"})"), ElementsAre(3, 4, 6));
    EXPECT_THAT(get(R"({"version":"1.0","xlarge":true})"), ElementsAre(1));
    EXPECT_THAT(get(R"({"other":"x"})"), ElementsAre(1, 2));
    EXPECT_THAT(get(""), ElementsAre(1, 2));
}

TEST(Subsets, FallBackAsTheirSelectorSays) {
    const auto get = [](LbSubsetSelector selector, std::string_view wanted) {
        return hosts_for({.fallback_policy = SubsetFallbackPolicy::AnyEndpoint,
                          .default_subset = object_of(R"({"stage":"dev"})"),
                          .subset_selectors = {std::move(selector), {.keys = {"stage"}}}},
                         documented_hosts(), wanted);
    };
    const std::string_view unknown = R"({"stage":"prod","version":"9"})";
    const std::vector<std::string> keys{"stage", "version"};

    EXPECT_THAT(get({.keys = keys, .fallback_policy = SelectorFallbackPolicy::NoFallback}, unknown),
                IsEmpty());
    EXPECT_THAT(
        get({.keys = keys, .fallback_policy = SelectorFallbackPolicy::DefaultSubset}, unknown),
        ElementsAre(7));
    EXPECT_THAT(get({.keys = keys,
                     .fallback_policy = SelectorFallbackPolicy::KeysSubset,
                     .fallback_keys_subset = {"stage"}},
                    unknown),
                ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_EQ(get({.keys = keys}, unknown).size(), 7);
}

// Upstream looks for what to fall back to along paths of keys, where the first selector to pass a
// place decides.
TEST(Subsets, DoNotFallBackByASelectorThatALongerOneCameBefore) {
    const auto get = [](std::vector<LbSubsetSelector> selectors) {
        return hosts_for({.fallback_policy = SubsetFallbackPolicy::AnyEndpoint,
                          .subset_selectors = std::move(selectors)},
                         documented_hosts(), R"({"stage":"none"})");
    };
    const LbSubsetSelector two{.keys = {"stage", "version"}};
    const LbSubsetSelector one{.keys = {"stage"},
                               .fallback_policy = SelectorFallbackPolicy::NoFallback};

    EXPECT_THAT(get({one, two}), IsEmpty());
    EXPECT_EQ(get({two, one}).size(), 7);
}

TEST(Subsets, TakeListsAsAnyOfTheirElementsIfToldTo) {
    const auto hosts = hosts_with({R"({"v":["1","2"]})", R"({"v":"2"})", R"({"v":[]})"});
    LbSubsetConfig config{.subset_selectors = {{.keys = {"v"}}}};

    EXPECT_THAT(hosts_for(config, hosts, R"({"v":"2"})"), ElementsAre(2));
    EXPECT_THAT(hosts_for(config, hosts, R"({"v":["1","2"]})"), ElementsAre(1));
    config.list_as_any = true;
    EXPECT_THAT(hosts_for(config, hosts, R"({"v":"2"})"), ElementsAre(1, 2));
}

TEST(Subsets, CompareNumbersByValue) {
    const auto hosts = hosts_with({R"({"v":1})", R"({"v":1.0})", R"({"v":"1"})"});

    EXPECT_THAT(hosts_for({.subset_selectors = {{.keys = {"v"}}}}, hosts, R"({"v":1})"),
                ElementsAre(1, 2));
}

TEST(Subsets, HaveTheFirstHostAloneIfTheyShallHaveOne) {
    auto hosts = hosts_with({R"({"v":"1"})", R"({"v":"1"})"});
    hosts.endpoints[0].lb_endpoints[0].health_status = HealthStatus::Unhealthy;

    EXPECT_THAT(hosts_for({.subset_selectors = {{.keys = {"v"}, .single_host_per_subset = true}}},
                          hosts, R"({"v":"1"})"),
                ElementsAre(1));
}

TEST(Subsets, PanicToAnyHostIfTheFallbackHasNone) {
    const LbSubsetConfig config{.fallback_policy = SubsetFallbackPolicy::DefaultSubset,
                                .default_subset = object_of(R"({"v":"9"})"),
                                .subset_selectors = {{.keys = {"v"}}},
                                .panic_mode_any = true};

    EXPECT_THAT(hosts_for(config, hosts_with({R"({"v":"1"})", R"({"v":"2"})"}), R"({"v":"3"})"),
                ElementsAre(1, 2));
}

TEST(Subsets, PassOverKeysThatNoSelectorHasIfToldTo) {
    LbSubsetConfig config{.subset_selectors = {{.keys = {"stage"}}, {.keys = {"stage", "type"}}}};
    const std::string_view wanted = R"({"stage":"prod","type":"bigmem","other":"x"})";

    EXPECT_THAT(hosts_for(config, documented_hosts(), wanted), IsEmpty());
    config.allow_redundant_keys = true;
    EXPECT_THAT(hosts_for(config, documented_hosts(), wanted), ElementsAre(5, 6));
}

TEST(Subsets, TryTheMetadataOfAFallbackListOneByOne) {
    const LbSubsetConfig config{
        .subset_selectors = {{.keys = {"stage", "version"}}},
        .metadata_fallback_policy = SubsetMetadataFallbackPolicy::FallbackList};

    EXPECT_THAT(hosts_for(config, documented_hosts(), R"({"stage":"prod","fallback_list":[
                    {"version":"9"},{"version":"1.1"},{"version":"1.0"}]})"),
                ElementsAre(3, 4, 6));
}

TEST(Subsets, ComeAndGoWithTheirHosts) {
    ClusterBalancer balancer{{.lb_subset_config = {.subset_selectors = {{.keys = {"v"}}}}}};

    EXPECT_THAT(hosts_for(balancer, hosts_with({R"({"v":"1"})"}), R"({"v":"1"})"), ElementsAre(1));
    EXPECT_THAT(hosts_for(balancer, hosts_with({R"({"v":"2"})"}), R"({"v":"1"})"), IsEmpty());
    EXPECT_EQ(balancer.stats().lb_subsets_created, 2);
    EXPECT_EQ(balancer.stats().lb_subsets_removed, 1);
    EXPECT_EQ(balancer.stats().lb_subsets_active, 1);
}

}  // namespace
}  // namespace wavetank::mesh
