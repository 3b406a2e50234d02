#include <wavetank/codec/json.hpp>

#include <wavetank/api/kinds.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace wavetank::codec {
namespace {

using api::appsv1::Deployment;
using api::corev1::Pod;
using api::corev1::Service;
using testing::ElementsAre;

boost::json::value json(std::string_view text) {
    return to_value(parse_json(text).value().root);
}

std::string error_of(const Diagnostics& diagnostics) {
    return diagnostics.has_errors() ? diagnostics.to_error().message : "";
}

template <class T>
std::string error_of(std::string_view text, Mode mode = Mode::Strict) {
    Diagnostics diagnostics;
    (void)from_document<T>(parse_json(text).value(), mode, diagnostics);
    return error_of(diagnostics);
}

constexpr std::string_view pod_text = R"({
  "apiVersion": "v1", "kind": "Pod",
  "metadata": {"name": "web", "namespace": "default", "labels": {"app": "web"}},
  "spec": {
    "containers": [{
      "name": "c", "image": "nginx:1.27",
      "ports": [{"containerPort": 80}],
      "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
      "readinessProbe": {"httpGet": {"path": "/", "port": "http"}}
    }],
    "nodeName": "n1",
    "terminationGracePeriodSeconds": 5
  },
  "status": {"phase": "Running", "startTime": "2026-01-01T00:00:05Z"}
})";

TEST(Json, ReadsAPodWithItsSharedAndInlinedParts) {
    const Pod pod = from_json<Pod>(json(pod_text)).value();

    EXPECT_EQ(pod.metadata.name, "web");
    EXPECT_EQ(pod.metadata.labels->at("app"), "web");
    EXPECT_EQ(pod.spec.nodeName, "n1");
    ASSERT_EQ(pod.spec->containers.size(), 1u);
    EXPECT_EQ(pod.spec->containers[0].resources.requests.at("cpu").milli_value(), 100);
    EXPECT_EQ(pod.spec->terminationGracePeriodSeconds, 5);
    EXPECT_EQ(pod.status.phase, "Running");
}

TEST(Json, WritesBackWhatItRead) {
    const Pod pod = from_json<Pod>(json(pod_text)).value();

    const boost::json::value written = to_json(pod);

    EXPECT_EQ(from_json<Pod>(written).value(), pod);
    EXPECT_EQ(written.at("kind"), "Pod");
    EXPECT_EQ(written.at("spec").at("containers").at(0).at("ports").at(0).at("containerPort"), 80);
    EXPECT_FALSE(written.at("spec").as_object().contains("body"));
}

TEST(Json, KeepsUnknownFieldsAndWritesThemBack) {
    const auto source = json(
        R"({"metadata":{"name":"x","odd":1},"spec":{"new":{"a":[1]},"containers":[{"x":true}]}})");

    Diagnostics diagnostics;
    const boost::json::value written = to_json(from_json<Pod>(source, Mode::Warn, diagnostics));

    EXPECT_EQ(written.at("metadata").at("odd"), 1);
    EXPECT_EQ(written.at("spec").at("new").at("a").at(0), 1);
    EXPECT_EQ(written.at("spec").at("containers").at(0).at("x"), true);
    EXPECT_THAT(diagnostics.warnings(),
                ElementsAre("unknown field \"metadata.odd\"", "unknown field \"spec.new\"",
                            "unknown field \"spec.containers[0].x\""));
}

TEST(Json, DropsUnknownFieldsOnRequest) {
    Pod pod{};
    Diagnostics diagnostics;

    decode(api::type_info<Pod>(), &pod, json(R"({"odd":1})"),
           {.mode = Mode::Lenient, .unknown_fields = UnknownFields::Drop}, diagnostics);

    EXPECT_FALSE(to_json(pod).as_object().contains("odd"));
    EXPECT_TRUE(diagnostics.items.empty());
}

TEST(Json, WritesNullForEmptyFieldsThatGoMayNotOmit) {
    const boost::json::value written = to_json(api::discoveryv1::EndpointSlice{});

    EXPECT_TRUE(written.at("endpoints").is_null());
    EXPECT_TRUE(written.at("ports").is_null());
    EXPECT_EQ(written.at("addressType"), "");
}

TEST(Json, TakesNullAsAbsent) {
    const auto pod = from_json<Pod>(json(
        R"({"metadata":null,"spec":{"containers":null,"securityContext":null,"nodeName":null}})"));

    ASSERT_TRUE(pod.has_value());
    EXPECT_EQ(*pod, Pod{});
}

TEST(Json, SaysWhatGoSaysOfWrongTypes) {
    struct Case {
        std::string_view text;
        std::string_view message;
    };
    const Case deployments[] = {
        {R"({"spec":{"replicas":"3"}})",
         "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type "
         "int32"},
        {R"({"spec":{"replicas":1.0}})",
         "json: cannot unmarshal number 1.0 into Go struct field DeploymentSpec.spec.replicas of "
         "type int32"},
        {R"({"spec":{"replicas":3000000000}})",
         "json: cannot unmarshal number 3000000000 into Go struct field "
         "DeploymentSpec.spec.replicas of type int32"},
        {R"({"spec":{"template":{"metadata":{"labels":[1]}}}})",
         "json: cannot unmarshal array into Go struct field "
         "ObjectMeta.spec.template.metadata.labels of type map[string]string"},
        {R"({"spec":{"selector":{"matchLabels":{"app":5}}}})",
         "json: cannot unmarshal number into Go struct field "
         "LabelSelector.spec.selector.matchLabels of type string"},
        {"[]", "json: cannot unmarshal array into Go value of type v1.Deployment"},
    };
    for (const Case& c : deployments) {
        EXPECT_EQ(error_of<Deployment>(c.text), c.message);
    }
    EXPECT_EQ(error_of<Pod>(R"({"spec":{"containers":{"a":1}}})"),
              "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type "
              "[]v1.Container");
    EXPECT_EQ(error_of<Pod>(R"({"spec":{"containers":[{"env":[{"valueFrom":[1]}]}]}})"),
              "json: cannot unmarshal array into Go struct field "
              "EnvVar.spec.containers.env.valueFrom of type v1.EnvVarSource");
    EXPECT_EQ(error_of<Pod>(R"({"spec":{"containers":[{"resources":{"limits":{"cpu":"x"}}}]}})"),
              "quantities must match the regular expression "
              "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    EXPECT_EQ(error_of<Service>(R"({"spec":[1]})"),
              "json: cannot unmarshal array into Go struct field Service.spec of type "
              "v1.ServiceSpec");
}

TEST(Json, ListsAllStrictErrorsInOneMessage) {
    EXPECT_EQ(error_of<Pod>(R"({"metadata":{"foo":1,"name":"a","name":"b"},"spec":{"bar":2,
                               "containers":[{"name":"c","baz":3}]}})"),
              "strict decoding error: unknown field \"metadata.foo\", duplicate field "
              "\"metadata.name\", unknown field \"spec.bar\", unknown field "
              "\"spec.containers[0].baz\"");
    EXPECT_EQ(error_of<Pod>(R"({"bogus":1})", Mode::Lenient), "");
}

TEST(Json, ReportsEveryErrorWithItsFieldAndPlace) {
    const Document document =
        parse_json(
            "{\"spec\": {\"replicas\": \"3\",\n  \"template\": {\"spec\": {\"containers\": "
            "[{}, {\"ports\": [\n {\"containerPort\": true}]}]}}}}",
            {.file = "d.json"})
            .value();

    Diagnostics diagnostics;
    (void)from_document<Deployment>(document, Mode::Strict, diagnostics);

    ASSERT_EQ(diagnostics.items.size(), 2u);
    EXPECT_EQ(diagnostics.items[0].field, "spec.replicas");
    EXPECT_EQ(diagnostics.items[0].where, (SourcePosition{"d.json", 1, 23}));
    EXPECT_EQ(diagnostics.items[1].field,
              "spec.template.spec.containers[1].ports[0].containerPort");
    EXPECT_EQ(diagnostics.items[1].where, (SourcePosition{"d.json", 3, 20}));
    EXPECT_EQ(diagnostics.to_error().causes.size(), 2u);
}

TEST(Json, PassesAKindWithoutAStructOnUnharmed) {
    const auto source = json(
        R"({"apiVersion":"ex.io/v1","kind":"Foo","metadata":{"name":"a"},"spec":{"x":[1,null]}})");

    Diagnostics diagnostics;
    const api::Unstructured object = unstructured_from(source, Mode::Strict, diagnostics);

    EXPECT_TRUE(diagnostics.items.empty());
    EXPECT_EQ(object.gvk, (api::GroupVersionKind{"ex.io", "v1", "Foo"}));
    EXPECT_EQ(object.metadata.name, "a");
    EXPECT_EQ(to_json(object), source);
}

TEST(Json, WritesNumbersAsGoDoes) {
    const std::pair<double, std::string_view> cases[] = {
        {1.0, "1"},      {0.1, "0.1"},
        {-0.5, "-0.5"},  {1e20, "100000000000000000000"},
        {1e21, "1e+21"}, {1e-6, "0.000001"},
        {1e-7, "1e-7"},  {0.30000000000000004, "0.30000000000000004"},
    };
    for (const auto& [number, text] : cases) {
        EXPECT_EQ(to_text(boost::json::value(number)), text);
    }
}

TEST(Json, WritesTextSortedAndIndented) {
    const auto value = json(R"({"b":[1,{}],"a":{"c":"x\ny\u0001"}})");

    EXPECT_EQ(to_text(value), R"({"a":{"c":"x\ny\u0001"},"b":[1,{}]})");
    EXPECT_EQ(to_text(value, {.sorted_keys = false}), R"({"b":[1,{}],"a":{"c":"x\ny\u0001"}})");
    EXPECT_EQ(to_text(json(R"({"a":[1,2]})"), {.indent = 2}),
              "{\n  \"a\": [\n    1,\n    2\n  ]\n}");
}

}  // namespace
}  // namespace wavetank::codec
