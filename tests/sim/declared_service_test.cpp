#include <wavetank/sim/declared_service.hpp>

#include "support/direct_mesh.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Distribution always(Duration value) {
    return Distribution::constant(value);
}

// The time and the status of each answer to so many requests that come at once.
std::vector<std::pair<Duration, int>> answers(std::size_t requests, DeclaredProgram program,
                                              std::uint32_t cpus = 1) {
    test::DirectMesh mesh;
    DeclaredService service{mesh.runtime(), std::move(program), cpus};
    mesh.add("web", service.handler(), cpus);
    std::vector<std::optional<mesh::Response>> responses(requests);
    std::vector<std::pair<Duration, int>> seen;
    runtime::Gate gate{mesh.runtime()};
    for (auto& response : responses) {
        mesh.start_call(gate, "http://web/", response);
    }
    while (mesh.runtime().step()) {
        for (auto& response : responses) {
            if (response) {
                seen.emplace_back(mesh.runtime().now().time_since_epoch(), response->status);
                response.reset();
            }
        }
    }
    mesh.kill("web");
    return seen;
}

TEST(DeclaredService, HoldsACpuForTheTimeOfItsWork) {
    EXPECT_THAT(answers(3, {.work = always(10ms)}),
                ElementsAre(Pair(10ms, 200), Pair(20ms, 200), Pair(30ms, 200)));
    EXPECT_THAT(answers(3, {.work = always(10ms)}, 2),
                ElementsAre(Pair(10ms, 200), Pair(10ms, 200), Pair(20ms, 200)));
}

TEST(DeclaredService, HoldsNoCpuWhileItWaits) {
    EXPECT_THAT(answers(2, {.work = always(10ms), .wait = always(50ms)}),
                ElementsAre(Pair(60ms, 200), Pair(70ms, 200)));
}

TEST(DeclaredService, SaysWhatItTookLessTheQueues) {
    test::DirectMesh mesh;
    DeclaredService service{mesh.runtime(), {.work = always(1500us), .wait = always(2ms)}};
    mesh.add("web", service.handler());

    EXPECT_EQ(mesh.call("http://web/").headers["server-timing"],
              "work;dur=1.500000, wait;dur=2.000000");
    mesh.kill("web");
}

TEST(DeclaredService, FailsAfterTheWork) {
    EXPECT_THAT(answers(1, {.work = always(10ms), .wait = always(50ms), .error_rate = 1}),
                ElementsAre(Pair(10ms, 500)));
}

TEST(DeclaredService, HasNoMoreInHandThanItsConcurrency) {
    EXPECT_THAT(answers(5, {.wait = always(10ms), .concurrency = 2}),
                ElementsAre(Pair(10ms, 200), Pair(10ms, 200), Pair(20ms, 200), Pair(20ms, 200),
                            Pair(30ms, 200)));
}

TEST(DeclaredService, RefusesWhomItsQueueCannotHold) {
    EXPECT_THAT(answers(4, {.wait = always(10ms), .concurrency = 2, .queue_limit = 1}),
                ElementsAre(Pair(0ms, 503), Pair(10ms, 200), Pair(10ms, 200), Pair(20ms, 200)));
    EXPECT_THAT(answers(3, {.work = always(10ms), .queue_limit = 1}),
                ElementsAre(Pair(0ms, 503), Pair(10ms, 200), Pair(20ms, 200)));
    EXPECT_THAT(answers(2, {.work = always(10ms), .concurrency = 1, .queue_limit = 0}),
                ElementsAre(Pair(0ms, 503), Pair(10ms, 200)));
}

const std::string shop = WAVETANK_SOURCE_DIR "/examples/shop";

TEST(ReadDeclaredProgram, FindsTheModelOfAnImage) {
    const auto program = read_declared_program({shop}, "shop/cart:1");

    ASSERT_TRUE(program) << program.error();
    EXPECT_EQ(program->work, Distribution::exponential(2ms));
    EXPECT_EQ(program->wait, always(5ms));
    EXPECT_EQ(program->error_rate, 0.01);
    EXPECT_EQ(program->concurrency, 8U);
    EXPECT_EQ(program->queue_limit, 16U);
}

TEST(ReadDeclaredProgram, NamesTheImagesThatThereAre) {
    EXPECT_THAT(read_declared_program({shop}, "shop/till").error().message,
                AllOf(HasSubstr("no ServiceModel describes shop/till"),
                      HasSubstr("shop/cart, shop/catalog, shop/database, shop/frontend")));
    EXPECT_THAT(read_declared_program({shop}, "").error().message, HasSubstr("which image?"));
    EXPECT_THAT(read_declared_program({shop + "/shop.yaml"}, "").error().message,
                HasSubstr("the manifests have no ServiceModel"));
}

TEST(ReadDeclaredProgram, RefusesWhatOneReplicaByItselfCannotDo) {
    EXPECT_THAT(read_declared_program({shop}, "shop/frontend").error().message,
                HasSubstr("calls other services"));
    EXPECT_THAT(read_declared_program({shop}, "shop/database").error().message,
                HasSubstr("another discipline than FIFO"));
    EXPECT_THAT(read_declared_program({"none.yaml"}, "").error().message, HasSubstr("none.yaml"));
}

}  // namespace
}  // namespace wavetank::sim
