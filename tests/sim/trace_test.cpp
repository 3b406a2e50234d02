#include <wavetank/sim/trace.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

LoadStage held(Duration duration, double rate) {
    return {.duration = duration, .from = rate, .to = rate};
}

Trace read(const std::string& text, const TraceOptions& options = {}) {
    const auto trace = parse_trace(text, "load.csv", options);
    EXPECT_TRUE(trace) << trace.error();
    return trace ? *trace : Trace{};
}

std::string error_of(const std::string& text, const TraceOptions& options = {}) {
    const auto trace = parse_trace(text, "load.csv", options);
    return trace ? "no error" : to_string(trace.error());
}

TEST(Trace, HoldsEachRateOfACsvFileUntilTheNext) {
    EXPECT_THAT(read("time,rate\n0,10\n15,20.5\n45,0\n").stages,
                ElementsAre(held(15s, 10), held(30s, 20.5), held(30s, 0)));
}

TEST(Trace, ReadsCsvAsPeopleAndProgramsWriteIt) {
    const auto wanted = ElementsAre(held(15s, 10), held(15s, 20));
    for (const char* text :
         {"0,10\n15,20", "\xEF\xBB\xBFTime,Value\r\n100,10\r\n115,20\r\n\r\n",
          "# from the proxy\n\"Time\",\"req/s\"\n\"1e2\",\"10\"\n\"115.0\", 2e1\n",
          "2026-01-05T08:00:00Z,10\n2026-01-05T09:00:15+01:00,20\n", "-5 , 10\n 10\t,20\n"}) {
        EXPECT_THAT(read(text).stages, wanted) << text;
    }
}

TEST(Trace, KeepsTheTimesOfSingleRequestsToTheNanosecond) {
    const Trace trace = read(
        "timestamp\n1767600000.000000001\n1767600000.25\n1767600000.25\n"
        "1767600001.0000000019\n");

    EXPECT_TRUE(trace.stages.empty());
    EXPECT_THAT(trace.times, ElementsAre(0ns, 249'999'999ns, 249'999'999ns, 1s));
}

TEST(Trace, ReadsWhatPrometheusAnswersToARangeQuery) {
    const Trace trace = read(R"({"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{"job":"a"},"values":[[1435781430.781,"1.5"],[1435781445.781,"2"]]},
        {"metric":{"job":"b"},"values":[[1435781445.781,"10"],[1435781460.781,"1e1"]]}]}})");

    EXPECT_THAT(trace.stages, ElementsAre(held(15s, 1.5), held(15s, 12), held(15s, 10)));
}

TEST(Trace, ScalesRatesAndSpeedsUpTimes) {
    EXPECT_THAT(read("0,10\n60,20\n", {.scale = 0.5, .speed = 60}).stages,
                ElementsAre(held(1s, 5), held(1s, 10)));
    EXPECT_THAT(read("0\n3\n6\n", {.speed = 2}).times, ElementsAre(0s, 1500ms, 3s));
}

TEST(Trace, SaysWhereACsvFileIsWrong) {
    EXPECT_THAT(error_of("time,rate\n0,10\n15,many\n"),
                StartsWith("load.csv:3:4: \"many\" is no "));
    EXPECT_THAT(error_of("0,10\nnoon,20\n"), StartsWith("load.csv:2:1: \"noon\" is no time"));
    EXPECT_THAT(error_of("08:00:00,1\n"), StartsWith("load.csv:1:1: \"08:00:00\" is no time"));
    EXPECT_THAT(error_of("0,10\n5\n"), StartsWith("load.csv:2:1: there is no second column"));
    EXPECT_THAT(error_of("0\n5,1\n"), StartsWith("load.csv:2:1: there is a second column"));
    EXPECT_THAT(error_of("0,1,2\n"), StartsWith("load.csv:1:3: \"1,2\" is no rate"));
    EXPECT_THAT(error_of("0,1\n"), StartsWith("load.csv:1:1: there is one sample only"));
    EXPECT_THAT(error_of("time,rate\n"), HasSubstr("there is no sample"));
    EXPECT_THAT(error_of(""), HasSubstr("there is no sample"));
    EXPECT_THAT(error_of("0,1\n0,2\n"), StartsWith("load.csv:2:1: the time must be after"));
    EXPECT_THAT(error_of("5\n4\n"), StartsWith("load.csv:2:1: the time must not be before"));
    EXPECT_THAT(error_of("0,1\n1,-2\n"), StartsWith("load.csv:2:1: a rate must be between 0"));
    EXPECT_THAT(error_of("0,1\n1,1e13\n"), StartsWith("load.csv:2:1: a rate must be between 0"));
    EXPECT_THAT(error_of("0,1\n1,nan\n"), HasSubstr("is no rate"));
    EXPECT_THAT(error_of("0,1\n4e9,2\n"), StartsWith("load.csv:2:1: a recording lasts 90 years"));
    EXPECT_THAT(error_of("-9e9,1\n9e9,2\n"), StartsWith("load.csv:2:1: a recording lasts 90"));
    EXPECT_THAT(error_of("0,1\n2e9,2\n", {.speed = 0.001}), HasSubstr("a replay lasts 90 years"));
    EXPECT_THAT(error_of("0\n1\n", {.scale = 2}), HasSubstr("cannot be scaled"));
}

TEST(Trace, SaysWhereAnAnswerOfPrometheusIsWrong) {
    const auto in_result = [](const std::string& series) {
        return error_of(R"({"data":{"result":[)" + series + "]}}");
    };

    EXPECT_THAT(error_of("{\"data\":\n {\"result\": 5}}"), HasSubstr("no list at data.result"));
    EXPECT_THAT(error_of("[1]"), HasSubstr("no list at data.result"));
    EXPECT_THAT(error_of("{\n\"data\": }"), StartsWith("load.csv:2:"));
    EXPECT_THAT(in_result("{\n\"value\":[1,\"2\"]}"), HasSubstr("the answer to a range query"));
    EXPECT_THAT(in_result("{\"values\":[\n[1]]}"), StartsWith("load.csv:2:1: a pair is expected"));
    EXPECT_THAT(in_result("{\"values\":[\n[true,\"2\"]]}"), StartsWith("load.csv:2:2: a time is"));
    EXPECT_THAT(in_result("{\"values\":[\n[1,\"NaN\"]]}"),
                StartsWith("load.csv:2:4: a number in quotes is expected here, requests a second, "
                           "not NaN"));
    EXPECT_THAT(in_result("{\"values\":[\n[1,\"-2\"]]}"), StartsWith("load.csv:2:4: a rate must"));
    EXPECT_THAT(in_result(""), HasSubstr("there is no sample"));
}

TEST(Trace, IsReadFromAFile) {
    const std::string path = testing::TempDir() + "trace_test.csv";
    std::ofstream{path} << "0,10\n15,ten\n";

    EXPECT_THAT(to_string(read_trace(path).error()), StartsWith(path + ":2:4: "));
    EXPECT_EQ(read_trace(path + ".gone").error().reason, Reason::NotFound);
    EXPECT_EQ(read_trace(testing::TempDir()).error().reason, Reason::NotFound);
}

}  // namespace
}  // namespace wavetank::sim
