#include <wavetank/sim/compare.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* tutorial = WAVETANK_SOURCE_DIR "/examples/tutorial";

/// A policy that always wants the same.
class Fixed final : public AutoscalerPolicy {
public:
    explicit Fixed(std::int32_t replicas) : replicas_{replicas} {}
    std::int32_t desired(const AutoscalerView& view) override {
        EXPECT_EQ(view.namespace_, "default");
        return replicas_;
    }

private:
    std::int32_t replicas_;
};

Variant policy(std::int32_t replicas) {
    return {.name = "policy", .apply = [replicas](Simulation& simulation) -> Result<void> {
                simulation.autoscale({"default", "random-number-service"},
                                     std::make_unique<Fixed>(replicas), {.replicas_max = 4});
                return {};
            }};
}

Result<void> prepare(Simulation& simulation) {
    return simulation.apply_file(tutorial);
}

Result<Comparison> compare_tutorial(std::size_t threads, const std::string& journal = "") {
    auto variants = make_variants(
        {"random-number-service.replicas=3", "random-number-service.replicas=4"}, {tutorial});
    if (!variants) {
        return variants.error();
    }
    return compare(prepare, *variants,
                   {.seeds = 3, .threads = threads, .duration = 30s, .journal = journal});
}

TEST(Compare, KnowsHowFarAMeanMayBeOff) {
    EXPECT_EQ(estimate({}), (Estimate{}));
    EXPECT_EQ(estimate({4}), (Estimate{.mean = 4}));
    // Two numbers at a distance of 2: the deviation is sqrt 2, and t of one degree 12.7062.
    EXPECT_EQ(estimate({3, 5}).mean, 4);
    EXPECT_NEAR(estimate({3, 5}).margin, 12.7062, 1e-9);
    // Twenty numbers, alternately 0 and 2: the deviation is sqrt(20/19), t of 19 degrees 2.0930.
    std::vector<double> many;
    for (int i = 0; i < 20; ++i) {
        many.push_back(i % 2 * 2);
    }
    EXPECT_NEAR(estimate(many).margin, 2.0930 / std::sqrt(19.0), 1e-4);
}

TEST(Compare, SumsUpAReport) {
    Report report{.duration = 3h, .requests_total = 110, .requests_failed = 5};
    report.requests_unfinished = 10;
    report.overall.p50 = 20ms;
    report.workloads.push_back({.kind = "Deployment",
                                .name = "default/a",
                                .replicas = {{.time = TimePoint{}, .desired = 2, .ready = 0},
                                             {.time = TimePoint{1h}, .desired = 2, .ready = 2},
                                             {.time = TimePoint{2h}, .desired = 5, .ready = 2}}});
    report.workloads.push_back({.kind = "ReplicaSet", .name = "default/a-1", .replicas = {}});

    const RunFigures figures = figures_of(report);
    EXPECT_EQ(figures.p50, 0.02);
    EXPECT_EQ(figures.errors, 0.05);
    EXPECT_EQ(figures.scalings, 1);
    EXPECT_DOUBLE_EQ(figures.replica_hours, 2 * 2 + 5);
}

TEST(Compare, GivesTheSameWithAnyNumberOfThreads) {
    const auto one = compare_tutorial(1);
    const auto three = compare_tutorial(3);

    ASSERT_TRUE(one && three);
    EXPECT_EQ(to_json(*one), to_json(*three));
    ASSERT_EQ(one->variants.size(), 2U);
    const auto& runs = one->variants[0].runs;
    ASSERT_EQ(runs.size(), 3U);
    EXPECT_NE(runs[0].p99, runs[1].p99) << "another seed is another world";
    EXPECT_DOUBLE_EQ(one->variants[1].runs[0].replica_hours - runs[0].replica_hours, 30.0 / 3600)
        << "one replica more for half a minute";
}

TEST(Compare, GoesOnWhereItWasInterrupted) {
    const std::string path =
        (std::filesystem::temp_directory_path() / "wavetank-compare-test.jsonl").string();
    std::filesystem::remove(path);
    const auto whole = compare_tutorial(1, path);
    ASSERT_TRUE(whole);
    std::stringstream text;
    text << std::ifstream{path}.rdbuf();
    const std::string all = text.str();
    std::ofstream{path} << all.substr(0, all.size() * 2 / 3);  // in the middle of a line

    const auto resumed = compare_tutorial(1, path);

    ASSERT_TRUE(resumed);
    EXPECT_EQ(to_json(*whole), to_json(*resumed));
    const auto other = compare(prepare, {policy(3)}, {.seeds = 1, .journal = path});
    ASSERT_FALSE(other);
    EXPECT_THAT(other.error().message, HasSubstr("is of another comparison"));
    std::filesystem::remove(path);
}

TEST(Compare, StopsWhenAskedTo) {
    std::stop_source stop;
    const auto comparison = compare(prepare, {policy(3)},
                                    {.seeds = 5,
                                     .threads = 1,
                                     .duration = 20s,
                                     .stop = stop.get_token(),
                                     .observe = [&](std::size_t done, std::size_t /*all*/) {
                                         if (done == 2) {
                                             stop.request_stop();
                                         }
                                     }});

    ASSERT_TRUE(comparison);
    EXPECT_TRUE(comparison->interrupted);
    EXPECT_EQ(comparison->variants[0].runs.size(), 2U);
}

TEST(Compare, LetsAPolicyScale) {
    Simulation simulation{{.seed = 1, .duration = 40s}};
    ASSERT_TRUE(simulation.apply_file(tutorial));
    ASSERT_TRUE(policy(9).apply(simulation));
    const Report report = simulation.run();

    std::vector<std::int32_t> sizes;
    for (const WorkloadReport& workload : report.workloads) {
        for (const ReplicaSample& sample : workload.replicas) {
            if (workload.name == "default/random-number-service" &&
                (sizes.empty() || sizes.back() != sample.desired)) {
                sizes.push_back(sample.desired);
            }
        }
    }
    EXPECT_THAT(sizes, ElementsAre(3, 4)) << "four are allowed";
}

TEST(Compare, ExplainsWhatIsNoVariant) {
    const auto message = [](const std::string& word) {
        const auto variants = make_variants({word}, {tutorial});
        return variants ? std::string{} : variants.error().message;
    };
    EXPECT_THAT(message("replicas=many"), HasSubstr("has no whole number of replicas"));
    EXPECT_THAT(message("nobody.replicas=3"), HasSubstr("means a Deployment that is not there"));
    EXPECT_THAT(message("cpus=3"), HasSubstr("is neither a file nor replicas=N"));
    EXPECT_THAT(message("none.yaml"), HasSubstr("does not exist"));
}

TEST(Compare, PrintsMeansAndDifferences) {
    Comparison comparison;
    comparison.variants = {{.name = "a", .runs = {{.p50 = 0.25}, {.p50 = 0.5}}},
                           {.name = "b", .runs = {{.p50 = 0.5}, {.p50 = 0.75}}}};
    std::ostringstream out;
    print(out, comparison);

    EXPECT_EQ(out.str(),
              "2 variants, 2 runs each\n"
              "\n"
              "mean    p50  p99  errors  scalings  replica-h\n"
              "a     375ms  0ms      0%         0          0\n"
              "b     625ms  0ms      0%         0          0\n"
              "\n"
              "against a     p50  p99  errors  scalings  replica-h\n"
              "b          +250ms    =       =         =          =\n"
              "             ±0ms\n"
              "\n"
              "±: 95 % confidence, by pairs of runs of one seed; ?: may be chance\n");
}

}  // namespace
}  // namespace wavetank::sim
