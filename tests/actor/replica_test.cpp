#include <wavetank/actor/replica.hpp>

#include "support/direct_mesh.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>

namespace wavetank::actor {
namespace {

using namespace std::chrono_literals;
using mesh::Request;
using mesh::Response;

Task<Response> compute_a_second(Context context, [[maybe_unused]] Request request) {
    co_await context.compute(1s);
    co_return Response::text("done");
}

Task<Response> fail(Context context, [[maybe_unused]] Request request) {
    co_await context.sleep(1ms);
    throw std::runtime_error("no luck");
}

Task<Response> relay(Context context, [[maybe_unused]] Request request) {
    co_return co_await context.get("http://behind/");
}

Task<Response> roll(Context context, [[maybe_unused]] Request request) {
    co_return Response::text(std::to_string(context.random().below(1'000'000)));
}

TEST(Replica, ComputesFirstComeFirstServedOnItsCpus) {
    for (const auto& [cpus, expected] : {std::pair{1U, 3s}, std::pair{2U, 2s}, std::pair{3U, 1s}}) {
        test::DirectMesh mesh;
        mesh.add("web", compute_a_second, cpus);
        std::optional<Response> answers[3];
        runtime::Gate gate{mesh.runtime()};
        for (auto& answer : answers) {
            mesh.start_call(gate, "http://web/", answer);
        }

        mesh.runtime().run();

        EXPECT_EQ(mesh.runtime().now().time_since_epoch(), expected) << cpus << " CPUs";
    }
}

TEST(Replica, AnswersWhatAHandlerThrowsWith500) {
    test::DirectMesh mesh;
    mesh.add("web", fail);

    const Response response = mesh.call("http://web/");

    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body, "no luck");
}

TEST(Replica, AnswersRequestsInFlightWith503WhenItIsKilled) {
    test::DirectMesh mesh;
    mesh.add("web", compute_a_second);
    std::optional<Response> answer;
    runtime::Gate gate{mesh.runtime()};
    mesh.start_call(gate, "http://web/", answer);
    mesh.runtime().run_until(TimePoint{500ms});

    mesh.kill("web");
    mesh.runtime().run();

    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 503);
}

TEST(Context, CallsOtherServicesByName) {
    test::DirectMesh mesh;
    mesh.add("behind", compute_a_second);
    mesh.add("front", relay);

    EXPECT_EQ(mesh.call("http://front/").body, "done");
}

TEST(Context, AnswersACallToNobodyWith503) {
    test::DirectMesh mesh;
    mesh.add("front", relay);

    EXPECT_EQ(mesh.call("http://front/").status, 503);
}

TEST(Context, DrawsByTheRequestAndNotByTheReplica) {
    test::DirectMesh mesh;
    mesh.add("one", roll);
    mesh.add("two", roll);
    const Request request{.draws = {.workload = 7, .request = 42}};

    EXPECT_EQ(mesh.call("http://one/", request).body, mesh.call("http://two/", request).body);
    EXPECT_NE(mesh.call("http://one/", request).body,
              mesh.call("http://one/", {.draws = {.workload = 7, .request = 43}}).body);
}

}  // namespace
}  // namespace wavetank::actor
