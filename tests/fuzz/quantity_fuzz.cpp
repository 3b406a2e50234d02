#include "fuzz/targets.hpp"

#include <wavetank/api/quantity.hpp>
#include <wavetank/base/assert.hpp>

namespace wavetank::fuzz {

void try_quantity(std::string_view input) {
    const auto quantity = api::Quantity::parse(input);
    if (!quantity) {
        WAVETANK_ASSERT(!quantity.error().message.empty());
        return;
    }
    (void)quantity->value();
    (void)quantity->milli_value();
    const auto again = api::Quantity::parse(quantity->to_string());
    WAVETANK_ASSERT(again.has_value());
    api::Quantity sum = *quantity;
    sum += *again;
    sum -= *quantity;
    WAVETANK_ASSERT(sum == *again);
}

}  // namespace wavetank::fuzz

WAVETANK_FUZZ_WITH(wavetank::fuzz::try_quantity)
