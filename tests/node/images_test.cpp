#include "node/node_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::node {
namespace {

using namespace std::chrono_literals;
using test::NodeCluster;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t megabyte = 1'000'000;
constexpr std::int64_t gibibyte = std::int64_t{1} << 30;

/// Images of given sizes; there are no others.
class Shelf final : public ImageSource {
public:
    explicit Shelf(std::map<std::string, std::int64_t> sizes) : sizes_{std::move(sizes)} {}

    [[nodiscard]] Result<void> pull(const std::string& image) const override {
        if (sizes_.contains(image)) {
            return {};
        }
        return Error{.reason = Reason::NotFound, .message = image + ": not found"};
    }
    [[nodiscard]] std::int64_t size(const std::string& image) const override {
        const auto found = sizes_.find(image);
        return found == sizes_.end() ? image_size_default : found->second;
    }

private:
    std::map<std::string, std::int64_t> sizes_;
};

api::corev1::Pod pod_of(const std::string& name, const std::string& image) {
    auto pod = NodeCluster::pod_named(name);
    pod.spec.edit().containers[0].image = image;
    return pod;
}

TEST(ImagesOfNodes, ArePulledInTurn) {
    const Shelf shelf{{{"big:1", 20 * megabyte}, {"small:1", 5 * megabyte}}};
    NodeCluster cluster{{.image_pull = Distribution::constant(500ms),
                         .heartbeats = Heartbeats::Off,
                         .pulls = ImagePulls{.bytes_per_second = 10 * megabyte},
                         .image_source = &shelf}};
    cluster.run_pod(pod_of("a", "big:1"));
    cluster.run_pod(pod_of("b", "small:1"));
    cluster.pass(10s);

    EXPECT_THAT(cluster.events(),
                Contains("Normal Pulled Successfully pulled image \"big:1\" in 2.5s (2.5s "
                         "including waiting). Image size: 20000000 bytes."));
    EXPECT_THAT(cluster.events(),
                Contains("Normal Pulled Successfully pulled image \"small:1\" in 1s (3.5s "
                         "including waiting). Image size: 5000000 bytes."));
    EXPECT_EQ(cluster.pod("b").status.phase, "Running");
}

TEST(ImagesOfNodes, AreFetchedOnceForPodsThatWantThemTogether) {
    const Shelf shelf{{{"big:1", 20 * megabyte}}};
    NodeCluster cluster{{.heartbeats = Heartbeats::Off,
                         .pulls = ImagePulls{.bytes_per_second = 10 * megabyte},
                         .image_source = &shelf}};
    cluster.run_pod(pod_of("a", "big:1"));
    cluster.run_pod(pod_of("b", "big:1"));
    cluster.pass(1s);
    EXPECT_EQ(cluster.pod("a").status.phase, "Pending");
    cluster.erase("a", 0);
    cluster.pass(1s);

    EXPECT_EQ(cluster.pod("b").status.phase, "Running");
    cluster.run_pod(pod_of("c", "big:1"));
    cluster.settle();
    EXPECT_EQ(cluster.pod("c").status.phase, "Running") << "it is there";
}

TEST(ImagesOfNodes, AreLookedForOnceForPodsThatAlwaysWantToKnow) {
    const Shelf shelf{{{"app:1", megabyte}, {"other:1", 10 * megabyte}}};
    NodeCluster cluster{{.image_pull = Distribution::constant(500ms),
                         .heartbeats = Heartbeats::Off,
                         .pulls = ImagePulls{.bytes_per_second = 10 * megabyte},
                         .image_source = &shelf}};
    cluster.run_pod(pod_of("first", "app:1"));
    cluster.pass(1s);
    for (const char* name : {"a", "b", "c"}) {
        auto pod = pod_of(name, "app:1");
        pod.spec.edit().containers[0].imagePullPolicy = "Always";
        cluster.run_pod(pod);
    }
    cluster.run_pod(pod_of("other", "other:1"));
    cluster.pass(2s + 100ms);

    EXPECT_EQ(cluster.pod("c").status.phase, "Running");
    EXPECT_EQ(cluster.pod("other").status.phase, "Running") << "half a second, then its own 1.5 s";
}

TEST(ImagesOfNodes, AreAskedForAgainWithLongerWaitsIfThereAreNone) {
    const Shelf shelf{{}};
    NodeCluster cluster{{.image_pull = Distribution::constant(500ms),
                         .heartbeats = Heartbeats::Off,
                         .pulls = ImagePulls{.bytes_per_second = 10 * megabyte},
                         .image_source = &shelf}};
    cluster.run_pod(pod_of("a", "none:1"));
    cluster.pass(600ms);
    EXPECT_EQ(cluster.main_of("a").state.waiting->reason, "ErrImagePull");
    cluster.pass(1s);
    EXPECT_EQ(cluster.main_of("a").state.waiting->reason, "ImagePullBackOff");
    EXPECT_THAT(cluster.events(),
                ElementsAre("Normal Pulling Pulling image \"none:1\"",
                            "Warning Failed Failed to pull image \"none:1\": none:1: not found",
                            "Warning Failed Error: ErrImagePull",
                            "Normal BackOff Back-off pulling image \"none:1\"",
                            "Warning Failed Error: ImagePullBackOff"));
    cluster.pass(60s);
    EXPECT_THAT(cluster.events(), Contains("Normal Pulling Pulling image \"none:1\" x3"))
        << "after ten seconds, and twenty";
}

/// Returns what the node says it has, as "big:1 20000000".
std::vector<std::string> listed(const NodeCluster& cluster) {
    std::vector<std::string> images;
    for (const auto& image :
         cluster.store.get<api::corev1::Node>({.name = "node-1"})->status.images) {
        images.push_back(image.names.front() + " " + std::to_string(image.sizeBytes));
    }
    return images;
}

TEST(ImagesOfNodes, AreListedTheLargestFirstWhenTheKubeletLooks) {
    const Shelf shelf{{{"small:1", 5}, {"registry:5000/big", 20}, {"other:1", 5}}};
    NodeCluster cluster{{.heartbeats = Heartbeats::Off, .image_source = &shelf}};
    cluster.pass(10s);
    cluster.run_pod(pod_of("a", "small:1"));
    cluster.run_pod(pod_of("b", "registry:5000/big"));
    cluster.pass(19s);
    EXPECT_THAT(listed(cluster), ElementsAre()) << "it looks every 30 s";
    cluster.pass(1s);
    EXPECT_THAT(listed(cluster), ElementsAre("registry:5000/big:latest 20", "small:1 5"));

    cluster.run_pod(pod_of("c", "other:1"));
    cluster.pass(30s);
    EXPECT_THAT(listed(cluster),
                ElementsAre("registry:5000/big:latest 20", "other:1 5", "small:1 5"));
}

TEST(ImagesOfNodes, AreListedUpToAMost) {
    const Shelf shelf{{{"a:1", 1}, {"b:1", 2}, {"c:1", 3}}};
    NodeCluster cluster{
        {.heartbeats = Heartbeats::Off, .image_source = &shelf, .status_images_max = 2}};
    for (const char* image : {"a:1", "b:1", "c:1"}) {
        cluster.run_pod(pod_of(std::string{image}.substr(0, 1), image));
    }
    cluster.pass(30s);

    EXPECT_THAT(listed(cluster), ElementsAre("c:1 3", "b:1 2"));
}

TEST(ImagesOfNodes, AreListedLateByAKubeletThatWasSilent) {
    const Shelf shelf{{{"a:1", 1}}};
    NodeCluster cluster{{.heartbeats = Heartbeats::Off, .image_source = &shelf}};
    cluster.run_pod(pod_of("a", "a:1"));
    cluster.settle();
    cluster.kubelets.silence("node-1");
    cluster.pass(40s);
    EXPECT_THAT(listed(cluster), ElementsAre());
    cluster.kubelets.wake("node-1");
    cluster.pass(20s);

    EXPECT_THAT(listed(cluster), ElementsAre("a:1 1"));
}

TEST(ImagesOfNodes, AreTheLatestWithoutATag) {
    const Shelf shelf{{{"web", 5}, {"web:latest", 5}}};
    NodeCluster cluster{{.heartbeats = Heartbeats::Off, .image_source = &shelf}};
    cluster.run_pod(pod_of("a", "web"));
    cluster.settle();
    cluster.run_pod(pod_of("b", "web:latest"));
    cluster.pass(30s);

    EXPECT_THAT(listed(cluster), ElementsAre("web:latest 5")) << "one image";
}

// Another node that has the image knows less of it.
TEST(ImagesOfNodes, KeepAllTheirNames) {
    const Shelf shelf{{{"small:1", 5}}};
    NodeCluster cluster{{.heartbeats = Heartbeats::Off, .image_source = &shelf}};
    const auto join = [&](const std::string& name, std::vector<std::string> images) {
        api::corev1::Node node;
        node.metadata.name = name;
        node.status.images = {{.names = std::move(images), .sizeBytes = 20}};
        ASSERT_TRUE(cluster.registry.create(std::move(node)));
        cluster.settle();
    };
    join("node-2", {"web:1", "web@sha256:1"});
    join("node-3", {"web:1"});
    cluster.run_pod(pod_of("a", "small:1"), "node-2");
    cluster.pass(30s);

    const auto node = cluster.store.get<api::corev1::Node>({.name = "node-2"});
    ASSERT_EQ(node->status.images.size(), 2U);
    EXPECT_THAT(node->status.images[0].names, ElementsAre("web:1", "web@sha256:1"));
}

/// A node of one disk, in gibibytes.
class FullDisk : public testing::Test {
protected:
    FullDisk() {
        auto node = *cluster.store.get<api::corev1::Node>({"", "node-1"});
        node.status.capacity["ephemeral-storage"] =
            api::Quantity::of(100 * gibibyte, api::QuantityFormat::BinarySI);
        node.status.capacity["memory"] = api::Quantity::parse("1Gi").value();
        EXPECT_TRUE(cluster.registry.update_status(std::move(node)));
    }

    void use(const std::map<std::string, std::int64_t>& disks,
             const std::map<std::string, std::int64_t>& processes = {}) {
        std::vector<ContainerUsage> usage;
        for (const auto& [name, gibibytes] : disks) {
            usage.push_back(
                {.pod = NodeCluster::key(name), .container = "main", .disk = gibibytes * gibibyte});
        }
        for (const auto& [name, count] : processes) {
            usage.push_back(
                {.pod = NodeCluster::key(name), .container = "main", .processes = count});
        }
        cluster.kubelets.observe_usage(usage);
        cluster.pass(10s);
    }

    [[nodiscard]] std::string node_condition(const std::string& type,
                                             const std::string& name = "node-1") const {
        const auto node = cluster.store.get<api::corev1::Node>({"", name});
        for (const auto& each : node->status.conditions) {
            if (each.type == type) {
                return each.status + " " + each.reason;
            }
        }
        return "absent";
    }
    [[nodiscard]] std::vector<std::string> node_events() const {
        std::vector<std::string> result;
        for (const auto& event : cluster.store.list<api::corev1::Event>()) {
            if (event->involvedObject.kind == "Node") {
                result.push_back(event->reason + " " + event->message);
            }
        }
        return result;
    }

    Shelf shelf{{{"app:v1", gibibyte}, {"old:1", 30 * gibibyte}, {"new:1", 20 * gibibyte}}};
    NodeCluster cluster{{.heartbeats = Heartbeats::Off,
                         .eviction = {.processes_max = 1000, .processes_available = 100},
                         .image_source = &shelf}};
};

// Counted twice, it would leave too little, and one name of it would be given up.
TEST_F(FullDisk, HasAnImageOfSeveralNamesOnce) {
    api::corev1::Node node;
    node.metadata.name = "node-2";
    node.status.capacity["ephemeral-storage"] =
        api::Quantity::of(100 * gibibyte, api::QuantityFormat::BinarySI);
    node.status.images = {{.names = {"base@sha256:1", "base:1"}, .sizeBytes = 45 * gibibyte}};
    ASSERT_TRUE(cluster.registry.create(std::move(node)));
    cluster.settle();
    cluster.run_pod(pod_of("main", "base:1"), "node-2");
    use({{"main", 10}});
    cluster.run_pod(pod_of("same", "base@sha256:1"), "node-2");
    cluster.settle();

    EXPECT_THAT(cluster.events(), Not(Contains("Normal Pulling Pulling image \"base@sha256:1\"")));
}

// As a manifest may have it, by mistake.
TEST_F(FullDisk, MayBeAsLargeAsAnyNumber) {
    auto node = *cluster.store.get<api::corev1::Node>({"", "node-1"});
    node.status.capacity["ephemeral-storage"] = api::Quantity::parse("7Ei").value();
    ASSERT_TRUE(cluster.registry.update_status(std::move(node)));
    api::corev1::Node full;
    full.metadata.name = "node-2";
    full.status.capacity["ephemeral-storage"] = api::Quantity::parse("1Gi").value();
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    full.status.images = {{.names = {"a:1"}, .sizeBytes = most},
                          {.names = {"b:1"}, .sizeBytes = most}};
    ASSERT_TRUE(cluster.registry.create(std::move(full)));
    cluster.run_pod(pod_of("web", "app:v1"));
    cluster.pass(1min);

    use({{"web", 84}});
    EXPECT_EQ(node_condition("DiskPressure", "node-2"), "True KubeletHasDiskPressure");

    cluster.pass(5min);
    use({{"web", 84}});  // images are collected, too
    EXPECT_EQ(node_condition("DiskPressure"), "False KubeletHasNoDiskPressure");
}

TEST_F(FullDisk, EvictsWhoWritesMost) {
    cluster.run_pod(pod_of("small", "app:v1"));
    cluster.run_pod(pod_of("large", "app:v1"));
    use({{"small", 20}, {"large", 40}});
    EXPECT_EQ(node_condition("DiskPressure"), "False KubeletHasNoDiskPressure");

    use({{"small", 20}, {"large", 65}});

    EXPECT_EQ(node_condition("DiskPressure"), "True KubeletHasDiskPressure");
    EXPECT_THAT(node_events(),
                Contains("NodeHasDiskPressure Node node-1 status is now: NodeHasDiskPressure"));
    EXPECT_THAT(node_events(),
                Contains("EvictionThresholdMet Attempting to reclaim ephemeral-storage"));
    EXPECT_EQ(*cluster.pod("large").status->message,
              "The node was low on resource: ephemeral-storage. Threshold quantity: 15Gi, "
              "available: 14Gi. Container main was using 65Gi, request is 0, has larger "
              "consumption of ephemeral-storage. ");
    EXPECT_EQ(cluster.pod("small").status.phase, "Running");
}

TEST_F(FullDisk, FirstTakesImagesThatNobodyUses) {
    cluster.run_pod(pod_of("gone", "old:1"));
    cluster.pass(1s);
    cluster.erase("gone", 0);
    cluster.run_pod(pod_of("web", "app:v1"));
    cluster.pass(1s);

    use({{"web", 60}});

    EXPECT_EQ(node_condition("DiskPressure"), "True KubeletHasDiskPressure");
    EXPECT_EQ(cluster.pod("web").status.phase, "Running") << "31 of 100 were images";
    cluster.run_pod(pod_of("again", "old:1"));
    cluster.pass(1s);
    EXPECT_THAT(cluster.events(), Contains(HasSubstr("pulled image \"old:1\"")).Times(2));
}

TEST_F(FullDisk, CollectsImagesBeforeThereIsPressure) {
    for (const auto& [name, image] : {std::pair{"gone", "old:1"}, std::pair{"left", "new:1"}}) {
        cluster.run_pod(pod_of(name, image));
        cluster.pass(1min);
        cluster.erase(name, 0);
    }
    cluster.run_pod(pod_of("web", "app:v1"));
    cluster.pass(5min);

    use({{"web", 34}});  // with images, 85 of 100

    EXPECT_EQ(node_condition("DiskPressure"), "False KubeletHasNoDiskPressure");
    cluster.run_pod(pod_of("later", "new:1"));
    cluster.run_pod(pod_of("again", "old:1"));
    cluster.pass(1s);
    EXPECT_THAT(cluster.events(), Contains(HasSubstr("pulled image \"new:1\"")).Times(1));
    EXPECT_THAT(cluster.events(), Contains(HasSubstr("pulled image \"old:1\"")).Times(2))
        << "what was used longest ago goes first";
}

TEST_F(FullDisk, SaysWhatItCouldNotFree) {
    cluster.run_pod(pod_of("web", "app:v1"));
    cluster.pass(5min);

    use({{"web", 84}});

    EXPECT_THAT(node_events(),
                Contains("FreeDiskSpaceFailed Insufficient free disk space on the node's image "
                         "filesystem (85% of 100.0 GiB used). Failed to free sufficient space by "
                         "deleting unused images (freed 0 bytes). Investigate disk usage, as it "
                         "could be used by active images, logs, volumes, or other data."));
}

TEST_F(FullDisk, HasAnEndOfProcessesToo) {
    cluster.run_pod(pod_of("few", "app:v1"));
    cluster.run_pod(pod_of("many", "app:v1"));
    cluster.settle();
    use({}, {{"few", 100}, {"many", 850}});

    EXPECT_EQ(node_condition("PIDPressure"), "True KubeletHasInsufficientPID");
    EXPECT_THAT(node_events(), Contains("EvictionThresholdMet Attempting to reclaim pids"));
    EXPECT_EQ(*cluster.pod("many").status->message,
              "The node was low on resource: pids. Threshold quantity: 100, available: 50. ");
    EXPECT_EQ(cluster.pod("few").status.phase, "Running");
    cluster.pass(5min);
    use({}, {{"few", 100}});
    EXPECT_EQ(node_condition("PIDPressure"), "False KubeletHasSufficientPID");
}

}  // namespace
}  // namespace wavetank::node
