#include <wavetank/istio/validation.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace wavetank::istio {
namespace {

namespace json = boost::json;

using testing::HasSubstr;

Finding found_in(std::string_view kind, std::string_view spec) {
    const auto finding = validate(json::object{{"apiVersion", "networking.istio.io/v1"},
                                               {"kind", kind},
                                               {"metadata", {{"name", "cart"}}},
                                               {"spec", json::parse(spec)}});
    return finding.value_or(Finding{});
}

TEST(Validation, PassesWhatIsRight) {
    EXPECT_EQ(found_in("VirtualService",
                       R"({"hosts":["cart"],"http":[{"route":[{"destination":{"host":"cart"}}]}]})")
                  .error,
              "");
    EXPECT_EQ(found_in("Deployment", R"({"anything":1})").error, "");
}

TEST(Validation, CountsSeveralProblemsAsGoDoes) {
    const auto finding = found_in("VirtualService", R"({"hosts":["cart"],"http":[
        {"timeout":"1us","retries":{"attempts":-1},"route":[{"destination":{"host":"cart"}}]}]})");
    EXPECT_THAT(finding.error, HasSubstr("2 errors occurred:\n\t* "));
    EXPECT_EQ(finding.kind, "VirtualService");
}

TEST(Validation, NamesTheTypeThatAFieldCannotTake) {
    const auto finding = found_in("VirtualService", R"({"hosts":"cart"})");
    EXPECT_THAT(finding.error, HasSubstr("[]json.RawMessage"));
    EXPECT_EQ(finding.kind, "");
}

TEST(Validation, NamesThePartOfADurationThatIsWrong) {
    const auto error = [](const std::string& duration) {
        return found_in("VirtualService",
                        R"({"hosts":["a"],"http":[{"timeout":")" + duration + R"("}]})")
            .error;
    };
    EXPECT_THAT(error("5x"), HasSubstr("time: unknown unit \"x\" in duration \"5x\""));
    EXPECT_THAT(error("5.5.5s"), HasSubstr("time: missing unit in duration \"5.5.5s\""));
    EXPECT_THAT(error("1s5"), HasSubstr("time: missing unit in duration \"1s5\""));
    EXPECT_THAT(error("soon"), HasSubstr("time: invalid duration \"soon\""));
}

TEST(Validation, WritesNumbersAsGoDoes) {
    EXPECT_THAT(found_in("VirtualService", R"({"hosts":["a"],"http":[{"route":[
        {"destination":{"host":"a"},"weight":1.5}]}]})")
                    .error,
                HasSubstr("cannot unmarshal number 1.5 into Go value of type int32"));
}

TEST(Validation, LooksAtSubnets) {
    const auto error = [](const std::string& subnet) {
        return found_in("VirtualService",
                        R"({"hosts":["a"],"tcp":[{"match":[{"destinationSubnets":[")" + subnet +
                            R"("]}],"route":[{"destination":{"host":"a"}}]}]})")
            .error;
    };
    EXPECT_EQ(error("10.0.0.0/8"), "");
    EXPECT_EQ(error("fd00::/64"), "");
    EXPECT_EQ(error("10.0.0.0/33"), "10.0.0.0/33 is not a valid CIDR block");
    EXPECT_EQ(error("here"), "here is not a valid IP");
}

TEST(Validation, WarnsOfARuleThatNobodyReaches) {
    const auto finding = found_in("VirtualService", R"({"hosts":["cart"],"http":[
        {"route":[{"destination":{"host":"cart"}}]},
        {"route":[{"destination":{"host":"cart","subset":"v2"}}]}]})");
    EXPECT_EQ(finding.error, "");
    EXPECT_THAT(finding.warning, HasSubstr("rule #1 not used"));
}

TEST(Validation, WantsWeightsThatAreNotAllNothing) {
    EXPECT_NE(found_in("VirtualService", R"({"hosts":["cart"],"http":[{"route":[
        {"destination":{"host":"a"},"weight":0},{"destination":{"host":"b"},"weight":0}]}]})")
                  .error,
              "");
}

TEST(Validation, ReadsTheOutlierDetectionOfADestinationRule) {
    EXPECT_NE(found_in("DestinationRule", R"({"host":"cart","trafficPolicy":{"outlierDetection":
        {"interval":"1us"}}})")
                  .error,
              "");
}

}  // namespace
}  // namespace wavetank::istio
