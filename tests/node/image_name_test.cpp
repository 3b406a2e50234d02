#include <wavetank/node/image_name.hpp>

#include <gtest/gtest.h>

namespace wavetank::node {
namespace {

TEST(ListedNames, HaveATag) {
    EXPECT_EQ(listed_name("web"), "web:latest");
    EXPECT_EQ(listed_name("registry:5000/web"), "registry:5000/web:latest");
    EXPECT_EQ(listed_name("registry:5000/web:1"), "registry:5000/web:1");
    EXPECT_EQ(listed_name("web@sha256:1"), "web@sha256:1");
}

}  // namespace
}  // namespace wavetank::node
