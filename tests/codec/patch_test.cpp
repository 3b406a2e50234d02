#include <wavetank/codec/patch.hpp>

#include <wavetank/api/kinds.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace wavetank::codec {
namespace {

namespace json = boost::json;

const json::value deployment = json::parse(R"({"metadata":{"finalizers":["ex.io/a","ex.io/b"]},
    "spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}},
    "template":{"metadata":{"labels":{"app":"a"}},"spec":{"containers":[
        {"name":"c1","image":"a","env":[{"name":"A","value":"1"}]},{"name":"c2","image":"b"}],
        "tolerations":[{"key":"x"}]}}}})");

std::string patched(std::string_view patch) {
    const auto result = apply_strategic_patch(deployment, json::parse(patch),
                                              api::type_info<api::appsv1::Deployment>());
    return result ? json::serialize(*result) : result.error().message;
}

// Patches the pod template's spec and returns its containers' names.
std::string containers_after(std::string_view pod_spec_patch) {
    const std::string patch =
        R"({"spec":{"template":{"spec":)" + std::string{pod_spec_patch} + "}}}";
    const auto result = apply_strategic_patch(deployment, json::parse(patch),
                                              api::type_info<api::appsv1::Deployment>());
    if (!result) {
        return result.error().message;
    }
    std::string names;
    for (const json::value& container :
         result->at("spec").at("template").at("spec").at("containers").as_array()) {
        names += std::string{container.at("name").as_string()} + "=" +
                 std::string{container.at("image").as_string()} + " ";
    }
    return names;
}

TEST(StrategicPatch, MergesListsByTheirKeys) {
    EXPECT_EQ(containers_after(R"({"containers":[{"name":"c2","image":"z"}]})"), "c1=a c2=z ");
    EXPECT_EQ(containers_after(R"({"containers":[{"name":"c2","$patch":"delete"}]})"), "c1=a ");
    EXPECT_EQ(containers_after(R"({"containers":[{"$patch":"replace"},{"name":"n","image":"z"}]})"),
              "n=z ");
}

TEST(StrategicPatch, OrdersListsOnRequest) {
    EXPECT_EQ(containers_after(R"({"$setElementOrder/containers":[{"name":"c2"},{"name":"c1"}],
                                   "containers":[{"name":"c1","image":"z"}]})"),
              "c2=b c1=z ");
    EXPECT_EQ(containers_after(R"({"$setElementOrder/containers":[{"name":"c3"},{"name":"c1"},
                                   {"name":"c2"}],"containers":[{"name":"c3","image":"z"}]})"),
              "c3=z c1=a c2=b ");
}

TEST(StrategicPatch, ReplacesListsWithoutAKeyAndMergesSets) {
    EXPECT_NE(patched(R"({"spec":{"template":{"spec":{"tolerations":[{"key":"z"}]}}}})")
                  .find(R"("tolerations":[{"key":"z"}])"),
              std::string::npos);
    EXPECT_NE(patched(R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["ex.io/a"],
                          "$setElementOrder/finalizers":["ex.io/b","ex.io/c"],
                          "finalizers":["ex.io/c"]}})")
                  .find(R"("finalizers":["ex.io/b","ex.io/c"])"),
              std::string::npos);
}

TEST(StrategicPatch, KeepsOnlyTheKeysToRetain) {
    EXPECT_NE(patched(R"({"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}})")
                  .find(R"("strategy":{"type":"Recreate"})"),
              std::string::npos);
}

TEST(StrategicPatch, RefusesWhatItDoesNotKnow) {
    EXPECT_EQ(containers_after(R"({"containers":[{"name":"c1","$patch":"frob"}]})"),
              "unknown patch type: frob in map: map[$patch:frob name:c1]");
    EXPECT_EQ(containers_after(R"({"containers":[{"image":"x"}]})"),
              "map: map[image:x] does not contain declared merge key: name");
}

TEST(MergePatch, FollowsRfc7396) {
    const auto merged =
        apply_merge_patch(json::parse(R"({"a":{"b":1,"c":[1]},"d":1})"),
                          json::parse(R"({"a":{"b":null,"c":[2],"e":{"f":null}}})"));

    EXPECT_EQ(merged, json::parse(R"({"a":{"c":[2],"e":{}},"d":1})"));
}

TEST(JsonPatch, AppliesItsOperationsInOrderOrNotAtAll) {
    const auto document = json::parse(R"({"a":{"x/y":1},"l":[1,2]})");
    const auto good = json::parse(R"([{"op":"test","path":"/a/x~1y","value":1},
        {"op":"add","path":"/l/-","value":3},{"op":"remove","path":"/l/0"},
        {"op":"replace","path":"/l/-1","value":9},{"op":"move","from":"/a/x~1y","path":"/b"},
        {"op":"copy","from":"/b","path":"/c"}])");

    EXPECT_EQ(apply_json_patch(document, good).value(),
              json::parse(R"({"a":{},"l":[2,9],"b":1,"c":1})"));
    for (const char* bad :
         {R"([{"op":"remove","path":"/zz"}])", R"([{"op":"test","path":"/l/0","value":1.0}])",
          R"([{"op":"add","path":"/l/9","value":1}])", R"([{"op":"ADD","path":"/x","value":1}])",
          R"([{"op":"replace","path":"/l/x","value":1}])"}) {
        EXPECT_EQ(apply_json_patch(document, json::parse(bad)).error().reason, Reason::Invalid)
            << bad;
    }
}

}  // namespace
}  // namespace wavetank::codec
