#include "gpu_sharing/experiment.hpp"

#include "gpu_sharing/gpus.hpp"
#include "gpu_sharing/policies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>

namespace gpu_sharing {
namespace {

using wavetank::scheduler::FastPath;
using wavetank::scheduler::TieBreak;

// A trace in which shapes and nodes differ, and more is asked for than there is.
Trace small_trace() {
    Trace trace;
    for (int i = 0; i < 12; ++i) {
        trace.nodes.push_back({.name = "node-" + std::to_string(10 + i),
                               .milli_cpu = 32'000 + 32'000 * (i % 3),
                               .memory_mib = 262'144,
                               .gpus = std::array{2, 4, 8}[static_cast<std::size_t>(i % 3)],
                               .model = i % 2 == 0 ? "T4" : "G2"});
    }
    wavetank::Random random{3};
    for (int i = 0; i < 90; ++i) {
        Shape shape{.milli_cpu = static_cast<std::int64_t>(1000 * (1 + random.below(12))),
                    .memory_mib = 1024,
                    .gpus = std::array{0, 1, 1, 1, 2}[static_cast<std::size_t>(random.below(5))],
                    .models = {}};
        if (shape.gpus > 0) {
            const bool shares = shape.gpus == 1 && random.below(2) == 0;
            shape.milli_gpu =
                shares ? static_cast<std::int32_t>(100 * (1 + random.below(9))) : whole_gpu;
            shape.models = random.below(5) == 0 ? "G2|V100" : "";
        }
        trace.pods.push_back({"pod-" + std::to_string(100 + i), shape});
    }
    return trace;
}

TEST(GpuSharing, PlacesTheSameWithAndWithoutHeldAnswers) {
    const Experiment experiment{small_trace()};
    for (const std::string_view policy : policy_names) {
        for (const TieBreak tie_break : {TieBreak::Name, TieBreak::Random}) {
            RunOptions options{.policy = std::string{policy}, .tie_break = tie_break};
            const RunResult fast = experiment.run(options).value();
            options.fast_path = FastPath::Off;
            const RunResult plain = experiment.run(options).value();

            EXPECT_EQ(fast.placed, plain.placed) << policy;
            EXPECT_EQ(fast.in_use, plain.in_use) << policy;
            EXPECT_LT(fast.placed, fast.pods) << policy;
        }
    }
}

TEST(GpuSharing, KnowsNoOtherPolicies) {
    EXPECT_FALSE(Experiment{small_trace()}.run({.policy = "Magic"}));
}

// One idle GPU and one of which 300 are left: pods of 500 cannot use the 300, those of two GPUs
// nothing at all, and pods without GPUs none by definition.
TEST(Fragmentation, CountsWhatTypicalPodsCannotUse) {
    const std::array<std::int32_t, 2> left{1000, 300};
    const Shape half{.milli_cpu = 1000, .gpus = 1, .milli_gpu = 500, .models = {}};
    const Shape two{.milli_cpu = 1000, .gpus = 2, .milli_gpu = whole_gpu, .models = {}};
    const Shape none{.milli_cpu = 1000, .models = {}};

    EXPECT_EQ(Fragmentation({{half, 1.0}}).of(4000, left, "T4"), 300);
    EXPECT_EQ(Fragmentation({{two, 1.0}}).of(4000, left, "T4"), 1300);
    EXPECT_EQ(Fragmentation({{none, 1.0}}).of(4000, left, "T4"), 1300);
    EXPECT_EQ(Fragmentation({{half, 1.0}}).of(500, left, "T4"), 1300);
    EXPECT_EQ(Fragmentation({{half, 0.5}, {two, 0.5}}).of(4000, left, "T4"), 800);
}

TEST(Trace, SaysWhichLineIsWrong) {
    const std::string path = testing::TempDir() + "gpu_sharing_nodes.csv";
    std::ofstream{path} << "sn,cpu_milli,memory_mib,gpu,model\nn,1000,x,2,T4\n";

    const auto trace = read_trace(path, path);

    ASSERT_FALSE(trace);
    EXPECT_EQ(trace.error().where.line, 2);
    EXPECT_FALSE(read_trace("none.csv", path));
}

TEST(Trace, TakesTheShapesThatAreFrequent) {
    Trace trace;
    for (int i = 0; i < 100; ++i) {
        const std::int64_t milli_cpu = i < 60 ? 1000 : i < 96 ? 2000 : 3000 + i;
        trace.pods.push_back({"p", {.milli_cpu = milli_cpu, .memory_mib = i, .models = {}}});
    }

    const auto typical = typical_shapes(trace);

    ASSERT_EQ(typical.size(), 2U);
    EXPECT_EQ(typical[0].shape.milli_cpu, 1000);
    EXPECT_DOUBLE_EQ(typical[0].share, 60.0 / 96);
}

TEST(Trace, DrawsPodsUntilTheyAskForEnough) {
    const Trace trace = small_trace();
    wavetank::Random random{1};

    std::int64_t asked = 0;
    for (const TracePod* pod : arrivals(trace, 2.0, random)) {
        asked += pod->shape.milli_gpu_all();
    }

    const double capacity = 2.0 * static_cast<double>(trace.gpus() * whole_gpu);
    EXPECT_GT(static_cast<double>(asked), capacity - whole_gpu);
    EXPECT_LE(static_cast<double>(asked), capacity + whole_gpu);
}

}  // namespace
}  // namespace gpu_sharing
