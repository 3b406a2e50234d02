#include <wavetank/codec/manifest.hpp>

#include <wavetank/api/kinds.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

namespace wavetank::codec {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view two_objects = R"(# the application
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 2
---
apiVersion: v1
kind: Service
metadata: {name: web}
)";

TEST(Manifest, ReadsTheObjectsOfAText) {
    const Manifest manifest = read_manifest_text(two_objects, "app.yaml");

    EXPECT_TRUE(manifest.errors.empty());
    ASSERT_EQ(manifest.objects.size(), 2u);
    EXPECT_EQ(manifest.objects[0].gvk, (api::GroupVersionKind{"apps", "v1", "Deployment"}));
    EXPECT_EQ(manifest.objects[0].name, "web");
    EXPECT_EQ(manifest.objects[0].namespace_, "shop");
    EXPECT_EQ(manifest.objects[0].where, (SourcePosition{"app.yaml", 2, 1}));
    EXPECT_EQ(manifest.objects[1].where, (SourcePosition{"app.yaml", 10, 1}));
}

TEST(Manifest, DecodesOnDemand) {
    const Manifest manifest = read_manifest_text(two_objects, "app.yaml");

    Diagnostics diagnostics;
    const auto web =
        manifest.objects.at(0).decode_as<api::appsv1::Deployment>(Mode::Strict, diagnostics);

    EXPECT_TRUE(diagnostics.items.empty());
    EXPECT_EQ(web.spec.replicas, 2);
}

TEST(Manifest, TakesListsApart) {
    const Manifest manifest = read_manifest_text(
        R"({"apiVersion":"v1","kind":"List","items":[
             {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}},
             {"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"b"}}]}]})",
        "-");

    EXPECT_TRUE(manifest.errors.empty());
    ASSERT_EQ(manifest.objects.size(), 2u);
    EXPECT_EQ(manifest.objects[1].gvk.kind, "Pod");
    EXPECT_EQ(manifest.objects[1].name, "b");
}

TEST(Manifest, ReportsAllErrorsOfAllDocuments) {
    const Manifest manifest = read_manifest_text(
        "kind: Pod\n---\napiVersion: v1\nmetadata: {}\n---\n- 1\n---\n\ta: 1\n---\n"
        "apiVersion: v1\nkind: Pod\n",
        "x.yaml");

    ASSERT_EQ(manifest.errors.size(), 4u);
    EXPECT_EQ(to_string(manifest.errors[0]),
              "x.yaml:1:1: Object 'apiVersion' is missing from the Pod");
    EXPECT_EQ(to_string(manifest.errors[1]), "x.yaml:3:1: Object 'Kind' is missing");
    EXPECT_EQ(manifest.errors[2].where.line, 6);
    EXPECT_EQ(manifest.errors[3].where.line, 8);
    EXPECT_EQ(manifest.objects.size(), 1u);
}

TEST(Manifest, ChecksEveryObjectAndSaysWhereItsMistakesStand) {
    const Manifest manifest = read_manifest_text(
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    imagee: x\n"
        "---\napiVersion: v1\nkind: ConfigMap\ndata:\n  a: 1\n  a: 2\n",
        "x.yaml");

    const Diagnostics diagnostics = check_manifest(manifest);

    ASSERT_EQ(diagnostics.items.size(), 2u);
    EXPECT_EQ(to_string(diagnostics.items[0]),
              "x.yaml:6:5: unknown field \"spec.containers[0].imagee\"");
    EXPECT_EQ(to_string(diagnostics.items[1]), "x.yaml:12:3: key \"a\" already set in map");
}

TEST(Manifest, KeepsTheOriginalJson) {
    const Manifest manifest = read_manifest_text(
        "apiVersion: v1\nkind: Pod\nodd: [1, {x: null}]\nmetadata: {name: a}\n", "x.yaml");

    EXPECT_EQ(manifest.objects.at(0).json(),
              boost::json::parse(R"({"apiVersion":"v1","kind":"Pod","odd":[1,{"x":null}],
                                     "metadata":{"name":"a"}})")
                  .as_object());
}

class ManifestFolder : public testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::path{testing::TempDir()} /
                  ("manifests-" +
                   std::string{testing::UnitTest::GetInstance()->current_test_info()->name()});
        fs::remove_all(folder_);
        fs::create_directories(folder_ / "inner");
        write("b.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: b}\n");
        write("a.json", R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}})");
        write("notes.txt", "not yaml: [");
        write("inner/c.yml", "apiVersion: v1\nkind: Pod\nmetadata: {name: c}\n");
    }
    void TearDown() override {
        fs::remove_all(folder_);
    }
    void write(const std::string& name, std::string_view text) const {
        std::ofstream{folder_ / name} << text;
    }
    [[nodiscard]] std::string names(const ManifestOptions& options) const {
        std::string all;
        for (const auto& object : read_manifest_files({folder_.string()}, options).objects) {
            all += object.name;
        }
        return all;
    }

    fs::path folder_;
};

TEST(ManifestObject, SaysWhereAFieldStands) {
    const Manifest manifest = read_manifest_text(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: b\n"
        "    resources:\n      limits: {cpu: 1}\n",
        "pod.yaml");
    const ManifestObject& object = manifest.objects.at(0);

    const auto line_and_column = [&](std::string_view field) {
        const SourcePosition where = object.where_is(field);
        return std::pair{where.line, where.column};
    };
    EXPECT_EQ(line_and_column("metadata.name"), (std::pair{4, 3}));
    EXPECT_EQ(line_and_column("spec.containers[0].resources.limits[cpu]"), (std::pair{9, 16}));
    EXPECT_EQ(line_and_column("spec.containers[0].image"), (std::pair{7, 5}));
    EXPECT_EQ(line_and_column("spec.containers[1]"), (std::pair{6, 3}));
    EXPECT_EQ(line_and_column(""), (std::pair{1, 1}));
}

TEST_F(ManifestFolder, IsReadInOrderOfNames) {
    EXPECT_EQ(names({}), "ab");
}

TEST_F(ManifestFolder, IsReadToItsDepthsOnRequest) {
    EXPECT_EQ(names({.recursion = Recursion::Yes}), "abc");
}

TEST_F(ManifestFolder, DoesNotHideThatAPathIsMissing) {
    const Manifest manifest =
        read_manifest_files({(folder_ / "none.yaml").string(), (folder_ / "b.yaml").string()});

    EXPECT_EQ(manifest.errors.size(), 1u);
    EXPECT_EQ(manifest.objects.size(), 1u);
}

}  // namespace
}  // namespace wavetank::codec
