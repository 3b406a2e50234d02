#pragma once

/// \file
/// What the copies of one request's `Context` share.

#include <wavetank/actor/context.hpp>
#include <wavetank/actor/replica.hpp>

#include <optional>

namespace wavetank::actor {

/// Lifetime: `replica` outlives the handler, which outlives this.
struct Context::State {
    State(Replica& serving, const DrawKey& key) : replica(serving), draws(key) {}

    [[nodiscard]] Host& host() const {
        return replica.host_;
    }
    [[nodiscard]] runtime::Executor& executor() const {
        return replica.executor_;
    }

    // Names what the request asks for next by its place in the call graph, so that the draws of
    // a callee depend on which call it is and not on who happened to be called before.
    DrawKey next_site() {
        DrawKey site = draws;
        site.call_site =
            static_cast<std::uint32_t>(mix_bits((std::uint64_t{draws.call_site} << 32) + ++sites));
        return site;
    }

    Replica& replica;
    DrawKey draws;
    std::optional<CounterRandom> random{};  // once it is asked for
    std::uint32_t sites = 0;                // so far
};

}  // namespace wavetank::actor
