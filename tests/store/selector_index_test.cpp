#include <wavetank/store/selector_index.hpp>

#include <wavetank/base/random.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace wavetank::store {
namespace {

TEST(SelectorIndex, FindsWhatPicksTheLabels) {
    SelectorIndex index;
    index.add({{"app", "web"}}, 0);
    index.add({{"app", "web"}, {"tier", "front"}}, 1);
    index.add({{"tier", "front"}}, 2);
    index.add({{"app", "database"}}, 3);

    EXPECT_THAT(index.matches({{"app", "web"}, {"tier", "front"}}), testing::ElementsAre(0, 1, 2));
    EXPECT_THAT(index.matches({{"app", "web"}, {"other", "front"}}), testing::ElementsAre(0));
    EXPECT_THAT(index.matches({}), testing::IsEmpty());
}

// A label in five has the value that each selector asks for.
TEST(SelectorIndex, FindsWhatALookAtEachSelectorFinds) {
    Random random{1};
    const auto labels = [&](std::size_t least) {
        api::Labels made;
        while (made.size() < least || random.below(2) == 0) {
            made[std::to_string(random.below(4))] = std::to_string(random.below(5));
        }
        return made;
    };
    std::vector<api::Labels> selectors;
    SelectorIndex index;
    for (std::size_t number = 0; number < 200; ++number) {
        selectors.push_back(labels(1));
        index.add(selectors.back(), number);
    }
    for (int round = 0; round < 500; ++round) {
        const api::Labels object = labels(0);
        std::vector<std::size_t> picking;
        for (std::size_t number = 0; number < selectors.size(); ++number) {
            if (api::Selector::from(selectors[number]).matches(object)) {
                picking.push_back(number);
            }
        }
        ASSERT_EQ(index.matches(object), picking);
    }
}

}  // namespace
}  // namespace wavetank::store
