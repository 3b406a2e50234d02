#include <wavetank/api/names.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavetank::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(Names, AcceptsWhatKubernetesAccepts) {
    EXPECT_THAT(check_dns1123_label("my-name"), IsEmpty());
    EXPECT_THAT(check_dns1123_subdomain("a.b-c.d"), IsEmpty());
    EXPECT_THAT(check_qualified_name("example.com/My_Name.x"), IsEmpty());
    EXPECT_THAT(check_label_value(""), IsEmpty());
}

TEST(Names, TellsDotsFromOtherFaults) {
    EXPECT_THAT(check_dns1123_label("a.b"), ElementsAre("must not contain dots"));
    EXPECT_THAT(check_dns1123_label("A"), ElementsAre(StartsWith("a lowercase RFC 1123 label")));
}

TEST(Names, LetsPrefixesEndInADash) {
    EXPECT_THAT(check_name_as_dns_label("web-", NameForm::Prefix), IsEmpty());
    EXPECT_THAT(check_name_as_dns_label("web-", NameForm::Whole), ::testing::SizeIs(1));
}

TEST(Names, ReportsTheFieldOfABadLabel) {
    const FieldErrors errors = validate_labels({{"a/", "x"}}, "metadata.labels");

    ASSERT_EQ(errors.size(), 2U);
    EXPECT_EQ(to_string(errors[0]),
              "metadata.labels: Invalid value: \"a/\": name part must be non-empty");
}

}  // namespace
}  // namespace wavetank::api
