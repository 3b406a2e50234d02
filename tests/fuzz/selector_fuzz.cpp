#include "fuzz/targets.hpp"

#include <wavetank/api/selector.hpp>
#include <wavetank/base/assert.hpp>

namespace wavetank::fuzz {

void try_selector(std::string_view input) {
    const auto selector = api::Selector::parse(input);
    if (!selector) {
        WAVETANK_ASSERT(!selector.error().message.empty());
        return;
    }
    (void)selector->matches({{"app", "web"}, {"tier", ""}});
    const std::string text = selector->to_string();
    const auto again = api::Selector::parse(text);
    WAVETANK_ASSERT(again.has_value());
    WAVETANK_ASSERT(again->to_string() == text);
}

}  // namespace wavetank::fuzz

WAVETANK_FUZZ_WITH(wavetank::fuzz::try_selector)
