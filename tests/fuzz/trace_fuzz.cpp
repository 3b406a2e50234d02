#include "fuzz/targets.hpp"

#include <wavetank/base/assert.hpp>
#include <wavetank/sim/trace.hpp>

#include <algorithm>

namespace wavetank::fuzz {

void try_trace(std::string_view input) {
    const auto trace = sim::parse_trace(input, "trace", {.speed = 0.7});
    if (!trace) {
        WAVETANK_ASSERT(!trace.error().message.empty());
        WAVETANK_ASSERT(trace.error().where.line > 0);
        return;
    }
    WAVETANK_ASSERT(trace->stages.empty() != trace->times.empty());
    WAVETANK_ASSERT(std::ranges::is_sorted(trace->times));
    for (const sim::LoadStage& stage : trace->stages) {
        WAVETANK_ASSERT(stage.duration >= Duration::zero());
        WAVETANK_ASSERT(stage.from >= 0 && stage.from == stage.to);
    }
}

}  // namespace wavetank::fuzz

WAVETANK_FUZZ_WITH(wavetank::fuzz::try_trace)
