#include "fuzz/targets.hpp"

#include <wavetank/base/assert.hpp>
#include <wavetank/codec/json.hpp>
#include <wavetank/scheduler/configuration.hpp>

namespace wavetank::fuzz {

void try_scheduler_configuration(std::string_view input) {
    const auto document = codec::parse_json(input);
    if (!document) {
        return;
    }
    const boost::json::value read = codec::to_value(document->root);
    if (!read.is_object()) {
        return;
    }
    const auto reading = scheduler::read_configuration(read.get_object());
    for (const Error& error : reading.errors) {
        WAVETANK_ASSERT(!error.message.empty());
    }
    WAVETANK_ASSERT(!reading.errors.empty() || !reading.configuration.profiles.empty());
}

}  // namespace wavetank::fuzz

WAVETANK_FUZZ_WITH(wavetank::fuzz::try_scheduler_configuration)
