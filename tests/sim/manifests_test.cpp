#include <wavetank/sim/manifests.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace wavetank::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* tutorial = WAVETANK_SOURCE_DIR "/examples/tutorial";

TEST(CheckManifests, FindsTheTutorialValid) {
    const CheckResult result = check_manifests({tutorial});

    EXPECT_THAT(result.errors, IsEmpty());
    EXPECT_EQ(result.objects, 9U);
}

TEST(CheckManifests, SaysWhereEveryBrokenManifestIsBroken) {
    std::set<std::string> paths;
    for (const auto& entry :
         std::filesystem::directory_iterator{WAVETANK_SOURCE_DIR "/tests/corpus/broken"}) {
        const std::string extension = entry.path().extension().string();
        if (extension == ".yaml" || extension == ".json") {
            paths.insert(entry.path().string());
        }
    }
    ASSERT_GE(paths.size(), 60U);
    for (const std::string& path : paths) {
        const CheckResult result = check_manifests({path});

        ASSERT_FALSE(result.errors.empty()) << path;
        EXPECT_EQ(result.errors.front().where.file, path);
        EXPECT_GT(result.errors.front().where.line, 0) << path;
        EXPECT_THAT(result.errors.front().message, Not(IsEmpty())) << path;
    }
}

TEST(ExportManifests, WritesAFileAnObjectAndAKustomization) {
    const auto files = export_manifests({tutorial});

    ASSERT_TRUE(files) << files.error();
    std::vector<std::string> names;
    for (const ExportedFile& file : *files) {
        names.push_back(file.name);
    }
    EXPECT_THAT(names,
                ElementsAre("deployment-addition-service.yaml", "service-addition-service-svc.yaml",
                            "deployment-random-number-service.yaml",
                            "service-random-number-service-svc.yaml", "kustomization.yaml"));
}

TEST(ExportManifests, AddsNothingThatWasNotWritten) {
    const auto files = export_manifests({std::string{tutorial} + "/random-number-service.yaml"});

    ASSERT_TRUE(files) << files.error();
    EXPECT_EQ(files->front().text,
              "apiVersion: v1\n"
              "kind: Service\n"
              "metadata:\n"
              "  name: random-number-service-svc\n"
              "spec:\n"
              "  ports:\n"
              "  - port: 80\n"
              "    protocol: TCP\n"
              "    targetPort: 8080\n"
              "  selector:\n"
              "    app: random-number-service\n");
}

// Writes manifests into a file of the build and gives its path.
std::string written(const std::string& name, const std::string& text) {
    const std::string path = testing::TempDir() + name;
    std::ofstream{path} << text;
    return path;
}

std::string role(const std::string& name) {
    return "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: \"" +
           name + "\"}\n";
}

std::string pod(const std::string& in_namespace, const std::string& name) {
    return "---\napiVersion: v1\nkind: Pod\nmetadata: {name: " + name +
           ", namespace: " + in_namespace + "}\nspec: {containers: [{name: main, image: main}]}\n";
}

TEST(ExportManifests, NamesFilesSoThatNoTwoObjectsMeet) {
    const auto files =
        export_manifests({written("names.yaml", pod("a", "b") + pod("default", "a-b") +
                                                    role("a:b/../c") + role("a/b:..:c"))});

    ASSERT_TRUE(files) << files.error();
    std::vector<std::string> names;
    for (const ExportedFile& file : *files) {
        names.push_back(file.name);
    }
    EXPECT_THAT(names, ElementsAre("pod-a_b.yaml", "pod-a-b.yaml", "clusterrole-a-b-..-c.yaml",
                                   "clusterrole-a-b-..-c_2.yaml", "kustomization.yaml"));
}

TEST(ExportManifests, RefusesAnObjectThatIsDescribedTwice) {
    const auto files =
        export_manifests({written("twice.yaml", pod("default", "b") + pod("default", "b"))});

    ASSERT_FALSE(files);
    EXPECT_THAT(to_string(files.error()),
                HasSubstr("twice.yaml:7:1: Pod \"b\" is described twice, first at "));
}

TEST(ExportManifests, RefusesToLoseWhatAKustomizationSays) {
    const std::string start = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
    const std::string plain =
        written("plain.yaml", pod("default", "b") + "---\n" + start + "resources: [pod-b.yaml]\n");
    const std::string prefixed = written("prefixed.yaml", start + "namePrefix: live-\n");

    EXPECT_EQ(export_manifests({plain}).value().size(), 2U);
    const auto lost = export_manifests({prefixed});
    ASSERT_FALSE(lost);
    EXPECT_THAT(to_string(lost.error()), HasSubstr("\"namePrefix\" would be lost"));
}

TEST(ExportManifests, TakesWhatALiveClusterPrints) {
    const auto files =
        export_manifests({WAVETANK_SOURCE_DIR "/tests/kubectl/manifests/server_fields.yaml"});

    ASSERT_TRUE(files) << files.error();
    EXPECT_THAT(files->front().text, Not(HasSubstr("resourceVersion")));
}

TEST(ExportManifests, SaysThatThereIsNothing) {
    const auto files = export_manifests({written("nothing.yaml", "# only a comment\n---\n")});

    ASSERT_FALSE(files);
    EXPECT_THAT(to_string(files.error()), HasSubstr("there is no object in "));
}

TEST(ExportManifests, RefusesWhatAnApiServerWould) {
    const auto files = export_manifests({WAVETANK_SOURCE_DIR "/tests/corpus/broken/at_sign.yaml"});

    ASSERT_FALSE(files);
    EXPECT_THAT(to_string(files.error()), HasSubstr("at_sign.yaml:9:12"));
}

}  // namespace
}  // namespace wavetank::sim
