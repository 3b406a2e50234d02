#pragma once

/// \file
/// What the copies of one request's `Context` share.

#include <wavetank/actor/context.hpp>
#include <wavetank/actor/replica.hpp>

namespace wavetank::actor {

/// Lifetime: `replica` outlives the handler, which outlives this.
struct Context::State {
    State(Replica& serving, const DrawKey& key) : replica(serving), draws(key), random(key) {}

    Replica& replica;
    DrawKey draws;
    CounterRandom random;
    std::uint32_t calls_made = 0;
};

}  // namespace wavetank::actor
