#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <boost/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavetank::registry {
namespace {

namespace json = boost::json;
using testing::ElementsAre;

constexpr const char* deployments = "/apis/apps/v1/namespaces/default/deployments";

class HandleTest : public testing::Test {
protected:
    static json::object deployment(const std::string& name) {
        return {
            {"apiVersion", "apps/v1"},
            {"kind", "Deployment"},
            {"metadata", {{"name", name}}},
            {"spec",
             {{"replicas", 2},
              {"selector", {{"matchLabels", {{"app", name}}}}},
              {"template",
               {{"metadata", {{"labels", {{"app", name}}}}},
                {"spec",
                 {{"containers", json::array{json::object{{"name", "c"}, {"image", "i:1"}}}}}}}}}}};
    }

    ApiResponse send(const std::string& method, const std::string& target,
                     const json::value& body = nullptr,
                     const std::string& type = "application/json") {
        return registry_.handle({.method = method,
                                 .target = target,
                                 .content_type = type,
                                 .body = body.is_null() ? "" : json::serialize(body)});
    }

    static std::string text_at(const ApiResponse& response, std::string_view pointer) {
        const json::value body(response.body);
        boost::system::error_code failed;
        const auto* found = body.find_pointer(pointer, failed);
        if (found == nullptr) {
            return "(absent)";
        }
        return found->is_string() ? std::string{found->get_string()} : json::serialize(*found);
    }

    runtime::VirtualRuntime runtime_{};
    store::Store store_{};
    Registry registry_{store_, runtime_, Random{1}};
};

TEST_F(HandleTest, CreatesReadsReplacesAndDeletes) {
    const ApiResponse created = send("POST", deployments, deployment("web"));
    EXPECT_EQ(created.code, 201);
    EXPECT_EQ(text_at(created, "/spec/strategy/type"), "RollingUpdate");

    json::object next = deployment("web");
    next["spec"].as_object()["replicas"] = 5;
    const std::string target = std::string{deployments} + "/web";
    EXPECT_EQ(text_at(send("PUT", target, next), "/metadata/generation"), "2");
    EXPECT_EQ(text_at(send("GET", target), "/spec/replicas"), "5");

    const ApiResponse deleted = send("DELETE", target);
    EXPECT_EQ(text_at(deleted, "/status"), "Success");
    EXPECT_EQ(text_at(deleted, "/details/kind"), "deployments");
    EXPECT_EQ(text_at(send("GET", target), "/message"), "deployments.apps \"web\" not found");
}

TEST_F(HandleTest, StoresNothingInADryRun) {
    const std::string target = std::string{deployments} + "?dryRun=All";

    EXPECT_EQ(send("POST", target, deployment("web")).code, 201);
    EXPECT_EQ(store_.size<api::appsv1::Deployment>(), 0);
}

TEST_F(HandleTest, WarnsOfUnknownFieldsUnlessToldOtherwise) {
    json::object odd = deployment("web");
    odd["spec"].as_object()["replicaz"] = 3;
    const std::string target = deployments;

    EXPECT_THAT(send("POST", target, odd).warnings, ElementsAre("unknown field \"spec.replicaz\""));
    EXPECT_EQ(text_at(send("POST", target + "?fieldValidation=Strict", odd), "/message"),
              "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding "
              "error: unknown field \"spec.replicaz\"");
}

TEST_F(HandleTest, ScalesByTheSubresource) {
    send("POST", deployments, deployment("web"));
    const std::string target = std::string{deployments} + "/web/scale";

    EXPECT_EQ(text_at(send("GET", target), "/status/selector"), "app=web");
    EXPECT_EQ(text_at(send("PATCH", target, {{"spec", {{"replicas", 7}}}},
                           "application/merge-patch+json"),
                      "/spec/replicas"),
              "7");
    EXPECT_EQ(store_.get<api::appsv1::Deployment>({"default", "web"})->spec.replicas, 7);
}

TEST_F(HandleTest, ListsWhatTheSelectorsPickInPages) {
    for (const char* name : {"a", "b", "c"}) {
        send("POST", deployments, deployment(name));
    }
    const std::string target = deployments;

    const ApiResponse one = send("GET", target + "?fieldSelector=metadata.name%3Db");
    EXPECT_EQ(one.body.at("items").as_array().size(), 1);

    const ApiResponse first = send("GET", target + "?limit=2");
    EXPECT_EQ(first.body.at("items").as_array().size(), 2);
    const ApiResponse second =
        send("GET", target + "?limit=2&continue=" + text_at(first, "/metadata/continue"));
    EXPECT_EQ(second.body.at("items").as_array().size(), 1);
    EXPECT_EQ(text_at(second, "/metadata/continue"), "(absent)");
}

TEST_F(HandleTest, BindsPods) {
    const std::string pods = "/api/v1/namespaces/default/pods";
    send("POST", pods,
         {{"metadata", {{"name", "p"}}},
          {"spec", {{"containers", {{{"name", "c"}, {"image", "i"}}}}}}});

    EXPECT_EQ(send("POST", pods + "/p/binding", {{"target", {{"name", "n"}}}}).code, 201);
    EXPECT_EQ(store_.get<api::corev1::Pod>({"default", "p"})->spec.nodeName, "n");
}

TEST_F(HandleTest, AppliesAManifestWhollyOrNotAtAll) {
    json::object bad = deployment("bad");
    bad["spec"].as_object()["replicas"] = -1;
    json::object team{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "t"}}}};
    json::object there = deployment("web");
    there["metadata"].as_object()["namespace"] = "t";

    const std::vector<json::object> broken{deployment("good"), bad};
    const auto errors = registry_.apply(broken);
    ASSERT_EQ(errors.size(), 1);
    EXPECT_EQ(errors[0].subject.name, "bad");
    EXPECT_EQ(store_.size<api::appsv1::Deployment>(), 0);

    const std::vector<json::object> sound{
        {{"apiVersion", "v1"}, {"kind", "List"}, {"items", json::array{team, there}}}};
    EXPECT_THAT(registry_.apply(sound), testing::IsEmpty());
    EXPECT_THAT(registry_.apply(sound), testing::IsEmpty());
    EXPECT_EQ(store_.size<api::appsv1::Deployment>(), 1);
}

TEST_F(HandleTest, AnswersNonsenseWithAStatus) {
    EXPECT_EQ(send("GET", "/nothing").code, 404);
    EXPECT_EQ(send("GET", "").code, 404);
    EXPECT_EQ(send("DELETE", deployments).code, 405);
    EXPECT_EQ(send("POST", deployments, json::array{}).code, 400);
    EXPECT_EQ(send("PATCH", std::string{deployments} + "/x").code, 404);
}

}  // namespace
}  // namespace wavetank::registry
