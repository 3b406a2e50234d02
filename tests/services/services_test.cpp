#include <wavetank/services/adder.hpp>
#include <wavetank/services/front_end.hpp>
#include <wavetank/services/random_number.hpp>

#include "support/direct_mesh.hpp"

#include "services/adder.pb.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace wavetank::services {
namespace {

using mesh::Request;
using mesh::Response;

Request connect_call(std::string path, std::string body) {
    return Request::post_json(std::move(path), std::move(body));
}

TEST(RandomNumber, DrawsEveryNumberFrom1To100AndNoOther) {
    test::DirectMesh mesh;
    mesh.add("random", random_number());

    std::set<int> seen;
    for (std::uint64_t number = 0; number < 3000; ++number) {
        seen.insert(std::stoi(mesh.call("http://random/", {.draws = {.request = number}}).body));
    }

    // All 100 appear: one of them is missed by 3000 uniform draws with probability below 1e-11.
    EXPECT_EQ(seen.size(), 100U);
    EXPECT_EQ(*seen.begin(), 1);
    EXPECT_EQ(*seen.rbegin(), 100);
}

TEST(RandomNumber, SpeaksConnect) {
    test::DirectMesh mesh;
    mesh.add("random", random_number());
    const std::string draw = "http://random/wavetank.random.v1.RandomNumberService/Draw";

    const Response one = mesh.call(draw, connect_call("", R"({"low":"7","high":"7"})"));
    EXPECT_EQ(one.status, 200);
    EXPECT_EQ(one.body, R"({"number":"7"})");
    const Response bad = mesh.call(draw, connect_call("", R"({"low":"8","high":"7"})"));
    EXPECT_EQ(bad.status, 400);
    EXPECT_NE(bad.body.find("invalid_argument"), std::string::npos);
    EXPECT_EQ(mesh.call(draw, connect_call("", "{")).status, 400);
    EXPECT_EQ(mesh.call("http://random/nonsense", connect_call("", "{}")).status, 404);
    EXPECT_EQ(mesh.call(draw, {.method = "POST", .body = "{}"}).status, 415);
}

TEST(Adder, AddsAndRefusesToWrap) {
    test::DirectMesh mesh;
    mesh.add("adder", adder());
    const std::string add = "http://adder/wavetank.adder.v1.AdderService/Add";

    EXPECT_EQ(mesh.call("http://adder/?a=20&b=22").body, "42");
    EXPECT_EQ(mesh.call("http://adder/?a=20").status, 400);
    EXPECT_EQ(mesh.call("http://adder/?a=9223372036854775807&b=1").status, 400);
    EXPECT_EQ(mesh.call(add, connect_call("", R"({"augend":"-5","addend":"3"})")).body,
              R"({"sum":"-2"})");
    const Response overflow =
        mesh.call(add, connect_call("", R"({"augend":"9223372036854775807","addend":"1"})"));
    EXPECT_EQ(overflow.status, 400);
    EXPECT_NE(overflow.body.find("out_of_range"), std::string::npos);
}

TEST(Adder, SpeaksBinaryProtobuf) {
    test::DirectMesh mesh;
    mesh.add("adder", adder());
    wavetank::adder::v1::AddRequest input;
    input.set_augend(40);
    input.set_addend(2);

    const Response response = mesh.call("http://adder/wavetank.adder.v1.AdderService/Add",
                                        {.method = "POST",
                                         .headers = {{"content-type", "application/proto"}},
                                         .body = input.SerializeAsString()});

    wavetank::adder::v1::AddResponse output;
    ASSERT_TRUE(output.ParseFromString(response.body));
    EXPECT_EQ(output.sum(), 42);
}

TEST(FrontEnd, AddsTwoRandomNumbers) {
    test::DirectMesh mesh;
    mesh.add("random-number-service-svc", random_number({.low = 21, .high = 21}));
    mesh.add("addition-service-svc", adder());
    mesh.add("front", front_end());

    EXPECT_EQ(mesh.call("http://front/").body, R"({"first":21,"second":21,"sum":42})");
}

}  // namespace
}  // namespace wavetank::services
