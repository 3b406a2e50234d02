#include "sim/cluster/sized_images.hpp"

#include <gtest/gtest.h>

namespace wavetank::sim {
namespace {

TEST(SizedImages, AreTheLatestIfTheyHaveNoTag) {
    const SizedImages images{{{"web", 5}, {"registry:5000/api:latest", 7}}};

    EXPECT_EQ(images.size("web"), 5);
    EXPECT_EQ(images.size("web:latest"), 5);
    EXPECT_EQ(images.size("registry:5000/api"), 7);
    EXPECT_EQ(images.size("web:1"), node::image_size_default);
}

}  // namespace
}  // namespace wavetank::sim
