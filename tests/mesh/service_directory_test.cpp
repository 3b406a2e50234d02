#include <wavetank/mesh/service_directory.hpp>

#include <gtest/gtest.h>

#include <string>

namespace wavetank::mesh {
namespace {

using api::corev1::Service;
using api::discoveryv1::EndpointSlice;

Service service_named(const std::string& name) {
    Service service{.metadata = {.name = name, .namespace_ = "default"}};
    service.spec.ports = {{.name = "http", .port = 80}};
    return service;
}

EndpointSlice slice_of(const std::string& service) {
    EndpointSlice slice{.metadata = {.name = service + "-1", .namespace_ = "default"}};
    slice.metadata.labels.edit()["kubernetes.io/service-name"] = service;
    slice.ports = {{.name = "http", .port = 8080}};
    return slice;
}

api::discoveryv1::Endpoint endpoint_at(const std::string& address, bool ready,
                                       bool terminating = false) {
    return {.addresses = {address},
            .body = api::discoveryv1::EndpointBody{
                .conditions = {.ready = ready, .serving = true, .terminating = terminating}}};
}

TEST(ServiceDirectory, ResolvesEveryFormOfAServicesName) {
    store::Store store;
    ServiceDirectory directory{store};
    ASSERT_TRUE(store.create(service_named("web")));

    for (const char* host :
         {"web", "web.default", "web.default.svc", "web.default.svc.cluster.local"}) {
        EXPECT_NE(directory.resolve({.host = host}, "default"), nullptr) << host;
    }
    EXPECT_EQ(directory.resolve({.host = "web"}, "elsewhere"), nullptr);
    EXPECT_EQ(directory.resolve({.host = "web", .port = 81}, "default"), nullptr);
    EXPECT_EQ(directory.resolve({.host = "web.default.example.org"}, "default"), nullptr);
}

TEST(ServiceDirectory, FollowsTheEndpointSlices) {
    store::Store store;
    ServiceDirectory directory{store};
    ASSERT_TRUE(store.create(service_named("web")));
    const Cluster* cluster = directory.resolve({.host = "web"}, "default");
    ASSERT_NE(cluster, nullptr);
    EXPECT_TRUE(cluster->endpoints.empty());

    EndpointSlice slice = slice_of("web");
    slice.endpoints = {endpoint_at("10.0.0.2", true), endpoint_at("10.0.0.1", true),
                       endpoint_at("10.0.0.3", false)};
    ASSERT_TRUE(store.create(slice));
    ASSERT_EQ(directory.resolve({.host = "web"}, "default"), cluster);

    ASSERT_EQ(cluster->endpoints.size(), 2U);
    EXPECT_EQ(cluster->endpoints[0].address, "10.0.0.1");
    EXPECT_EQ(cluster->endpoints[0].port, 8080);
}

TEST(ServiceDirectory, HasNotHeardOfChangesThatWait) {
    store::Store store;
    ServiceDirectory directory{store};
    directory.hold_changes();
    ASSERT_TRUE(store.create(service_named("web")));
    const std::uint64_t with_service = store.version();
    EndpointSlice slice = slice_of("web");
    slice.endpoints = {endpoint_at("10.0.0.1", true)};
    ASSERT_TRUE(store.create(slice));
    EXPECT_EQ(directory.resolve({.host = "web"}, "default"), nullptr);

    directory.take_in(with_service);
    const Cluster* cluster = directory.resolve({.host = "web"}, "default");
    ASSERT_NE(cluster, nullptr);
    EXPECT_TRUE(cluster->endpoints.empty());

    directory.take_in(store.version());
    ASSERT_EQ(directory.resolve({.host = "web"}, "default"), cluster);
    EXPECT_EQ(cluster->endpoints.size(), 1U);
}

TEST(ServiceDirectory, FollowsASliceToAnotherService) {
    store::Store store;
    ServiceDirectory directory{store};
    ASSERT_TRUE(store.create(service_named("web")));
    ASSERT_TRUE(store.create(service_named("api")));
    EndpointSlice slice = slice_of("web");
    slice.endpoints = {endpoint_at("10.0.0.1", true)};
    ASSERT_TRUE(store.create(slice));
    const Cluster* web = directory.resolve({.host = "web"}, "default");
    const Cluster* api = directory.resolve({.host = "api"}, "default");
    ASSERT_NE(web, nullptr);
    ASSERT_NE(api, nullptr);

    slice.metadata.labels.edit()["kubernetes.io/service-name"] = "api";
    ASSERT_TRUE(store.update(slice));
    static_cast<void>(directory.resolve({.host = "web"}, "default"));
    EXPECT_TRUE(web->endpoints.empty());
    EXPECT_EQ(api->endpoints.size(), 1U);
}

TEST(ServiceDirectory, ListsWhatIsNotReadyAndIfAskedEverything) {
    store::Store store;
    ServiceDirectory directory{store};
    directory.keep_listed();
    ASSERT_TRUE(store.create(service_named("web")));
    EndpointSlice slice = slice_of("web");
    slice.endpoints = {endpoint_at("10.0.0.3", false), endpoint_at("10.0.0.2", false, true),
                       endpoint_at("10.0.0.1", true)};
    ASSERT_TRUE(store.create(slice));
    const Cluster* cluster = directory.resolve({.host = "web"}, "default");
    ASSERT_NE(cluster, nullptr);

    ASSERT_EQ(cluster->unready.size(), 1U);
    EXPECT_EQ(cluster->unready[0].address, "10.0.0.3");
    ASSERT_EQ(cluster->listed.size(), 3U);
    EXPECT_EQ(cluster->listed[0].address, "10.0.0.1");
    EXPECT_TRUE(cluster->listed[1].is_serving && cluster->listed[1].is_terminating);
    EXPECT_FALSE(cluster->listed[2].is_ready);
}

TEST(ServiceDirectory, FallsBackToServingEndpointsThatTerminate) {
    store::Store store;
    ServiceDirectory directory{store};
    ASSERT_TRUE(store.create(service_named("web")));
    EndpointSlice slice = slice_of("web");
    slice.endpoints = {endpoint_at("10.0.0.1", false, true)};
    ASSERT_TRUE(store.create(slice));

    const Cluster* cluster = directory.resolve({.host = "web"}, "default");

    ASSERT_EQ(cluster->endpoints.size(), 1U);
    EXPECT_EQ(cluster->endpoints[0].address, "10.0.0.1");
}

TEST(ServiceDirectory, SplitsUrls) {
    std::string path;
    const Authority authority = parse_authority("http://web.default:8080/a?b=c", path);

    EXPECT_EQ(authority.host, "web.default");
    EXPECT_EQ(authority.port, 8080);
    EXPECT_EQ(path, "/a?b=c");
    EXPECT_EQ(parse_authority("web", path).port, 80);
    EXPECT_EQ(path, "/");
}

}  // namespace
}  // namespace wavetank::mesh
