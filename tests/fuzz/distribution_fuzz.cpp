#include "fuzz/targets.hpp"

#include <wavetank/base/assert.hpp>
#include <wavetank/base/distribution.hpp>

namespace wavetank::fuzz {

void try_distribution(std::string_view input) {
    const auto distribution = Distribution::parse(input);
    if (!distribution) {
        WAVETANK_ASSERT(!distribution.error().message.empty());
        return;
    }
    Random random{1};
    for (int i = 0; i < 8; ++i) {
        WAVETANK_ASSERT(distribution->sample(random) >= Duration::zero());
    }
    WAVETANK_ASSERT(distribution->mean() >= Duration::zero());
    const auto again = Distribution::parse(to_string(*distribution));
    WAVETANK_ASSERT(again.has_value() && *again == *distribution);
}

}  // namespace wavetank::fuzz

WAVETANK_FUZZ_WITH(wavetank::fuzz::try_distribution)
