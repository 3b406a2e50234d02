#include "tidy/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavetank::tidy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The smallest tree with a layer between two others, and the simulator on top.
const Modules tree{
    {"base", {}}, {"store", {"base"}}, {"mesh", {"base"}}, {"sim", {"base", "mesh"}}};

// Headers get their first lines in front, which are then counted.
std::vector<std::string> messages(std::string path, std::string text) {
    if (path.ends_with(".hpp")) {
        text = "#pragma once\n/// \\file\n" + text;
    }
    std::vector<std::string> shown;
    for (const Finding& finding : check(Source{std::move(path), std::move(text)}, tree)) {
        shown.push_back(finding.path + ":" + std::to_string(finding.line) + ": " + finding.message);
    }
    return shown;
}

TEST(TidyIncludes, LetAModuleSeeItselfAndItsDepends) {
    EXPECT_THAT(messages("src/mesh/route.cpp",
                         "#include <wavetank/mesh/route.hpp>\n"
                         "#include \"mesh/table.hpp\"\n"
                         "#include <wavetank/base/time.hpp>\n"
                         "#include <vector>\n"),
                IsEmpty());
}

TEST(TidyIncludes, ForbidTheModuleBesideAndItsPrivateHeaders) {
    EXPECT_THAT(messages("src/mesh/route.cpp",
                         "#include <wavetank/store/store.hpp>\n#include \"store/table.hpp\"\n"),
                ElementsAre(HasSubstr("src/mesh/route.cpp:1: module mesh includes store"),
                            HasSubstr(":2: \"store/table.hpp\": private headers")));
}

TEST(TidyIncludes, ForbidPrivateHeadersAndPrivateLibrariesInPublicHeaders) {
    EXPECT_THAT(messages("include/wavetank/mesh/route.hpp",
                         "#include \"mesh/table.hpp\"\n#include <boost/asio/post.hpp>\n"),
                ElementsAre(HasSubstr(":3: a public header includes the private"),
                            HasSubstr(":4: <boost/asio/post.hpp> in a public header")));
}

TEST(TidyIncludes, LetOnlyTheProgramSeeEverything) {
    const std::string text = "#include <wavetank/store/store.hpp>\n";

    EXPECT_THAT(messages("sim/cli/run.cpp", text), IsEmpty());
    EXPECT_THAT(messages("include/wavetank/wavetank.hpp", text), IsEmpty());
    EXPECT_THAT(messages("sim/report/table.cpp", text),
                ElementsAre(HasSubstr("module sim includes store")));
    EXPECT_THAT(messages("sim/cli/run.cpp", "#include \"sim/report/table.hpp\"\n"),
                ElementsAre(HasSubstr("private headers are included as \"sim/cli/...\"")));
}

TEST(TidyIncludes, LetOnlyTheTestsOfAModuleSeeItsPrivateHeaders) {
    const std::string text = "#include \"mesh/table.hpp\"\n#include \"support/table.hpp\"\n";

    EXPECT_THAT(messages("tests/mesh/table_test.cpp", text), IsEmpty());
    EXPECT_THAT(messages("tests/fidelity/mesh/table.cpp", text), IsEmpty());
    EXPECT_THAT(messages("tests/store/table_test.cpp", text),
                ElementsAre(HasSubstr(":1: \"mesh/table.hpp\" is private to mesh")));
    EXPECT_THAT(messages("examples/table.cpp", text), ElementsAre(HasSubstr(":1: ")));
}

TEST(TidyIncludes, NameAModuleThatIsNotDeclared) {
    EXPECT_THAT(messages("src/weather/rain.cpp", "#include <wavetank/base/time.hpp>\n"),
                ElementsAre(HasSubstr("module weather is not declared")));
}

TEST(TidyWords, ForbidRealTimeAndChanceAndNameWhatToUse) {
    EXPECT_THAT(messages("src/mesh/route.cpp",
                         "auto a = std::chrono::steady_clock::now();\n"
                         "int b = rand();\n"
                         "std::thread c;\n"
                         "std::this_thread::sleep_for(1s);\n"),
                ElementsAre(HasSubstr(":1: steady_clock: time comes from a Clock"),
                            HasSubstr(":2: rand(: randomness comes from a named stream"),
                            HasSubstr(":3: std::thread: work runs on an Executor"),
                            HasSubstr(":4: this_thread: a coroutine sleeps with")));
}

TEST(TidyWords, LeaveCommentsLiteralsLongerNamesAndOwnersAlone) {
    EXPECT_THAT(messages("src/mesh/route.cpp",
                         "// rand()\nauto a = \"steady_clock\";\nint operand(int);\n"),
                IsEmpty());
    EXPECT_THAT(messages("include/wavetank/base/time.hpp", "std::chrono::system_clock c;\n"),
                IsEmpty());
    EXPECT_THAT(messages("tests/mesh/route_test.cpp", "std::thread c;\n"), IsEmpty());
}

TEST(TidyHeaders, StartWithPragmaOnceAndSayWhatTheyAnswer) {
    EXPECT_EQ(check(Source{"include/wavetank/mesh/route.hpp", "int a;\n"}, tree).size(), 2U);
    EXPECT_EQ(check(Source{"src/mesh/table.hpp", "int a;\n"}, tree).size(), 1U);
}

TEST(TidyRemarks, AreNotLeftInTheTree) {
    EXPECT_THAT(messages("src/mesh/route.cpp", "int a;\n// TODO: b\n"),
                ElementsAre(HasSubstr("src/mesh/route.cpp:2: TODO")));
}

TEST(TidyNodiscard, IsAskedOfFunctionsThatReturnResult) {
    EXPECT_THAT(messages("include/wavetank/mesh/route.hpp",
                         "Result<int> parse(int);\n"
                         "struct A {\n"
                         "    virtual Result<std::vector<int>> all() = 0;\n"
                         "    template <class T>\n"
                         "    static Result<> one(T);\n"
                         "};\n"),
                ElementsAre(HasSubstr(":3: a function that returns Result<...>"), HasSubstr(":5:"),
                            HasSubstr(":7:")));
}

TEST(TidyNodiscard, IsNotAskedOfAnythingElse) {
    EXPECT_THAT(messages("include/wavetank/mesh/route.hpp",
                         "[[nodiscard]] Result<int> parse(int);\n"
                         "[[nodiscard]] virtual Result<int>\nparse_long(int);\n"
                         "using Parse = std::function<Result<int>(int)>;\n"
                         "void take(Result<int> result);\n"
                         "struct A { Result<int> member; };\n"),
                IsEmpty());
}

TEST(TidyLength, IsBoundedByWhatAFileIs) {
    const auto lines = [](std::size_t count) { return std::string(count, '\n'); };

    EXPECT_THAT(messages("src/mesh/route.cpp", lines(600)), IsEmpty());
    EXPECT_THAT(messages("src/mesh/route.cpp", lines(601)),
                ElementsAre(HasSubstr("601 lines; 600 are allowed")));
    EXPECT_THAT(messages("include/wavetank/mesh/route.hpp", lines(299)),
                ElementsAre(HasSubstr("301 lines; 300 are allowed")));
    EXPECT_THAT(messages("include/wavetank/api/pod.hpp", lines(598)), IsEmpty());
}

TEST(TidyModules, ContainNoCycle) {
    EXPECT_THAT(check(tree), IsEmpty());
    EXPECT_EQ(check(Modules{{"a", {"b"}}, {"b", {"a"}}}).size(), 2U);
    EXPECT_EQ(check(Modules{{"a", {"missing"}}}).size(), 1U);
}

}  // namespace
}  // namespace wavetank::tidy
