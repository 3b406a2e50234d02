#pragma once

/// \file
/// Requests that go from one service to the next, with nothing in their way: a chain.
///
/// Where all messages take equally long, a request gets its place in its replica's line as it is
/// sent: nobody who is sent later comes before it. So all that is an event is that a replica calls
/// the next one. When the last replica of a chain is known, so are all answers on the way back, and
/// none of them does anything but end what its proxy had in flight.

#include "sim/dataplane/promise_line.hpp"

#include <wavetank/base/many_draws.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/mesh/route_policy.hpp>
#include <wavetank/mesh/service_stats.hpp>
#include <wavetank/runtime/event_queue.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace wavetank::sim::dataplane {

/// What a request draws, whoever serves it.
struct Draft {
    std::uint64_t hash = 0;   ///< of its key
    std::uint64_t drawn = 0;  ///< the state after the work
    Duration work{};
};

/// The same for the requests that come next, all for one program.
struct Drafts {
    CounterRandoms randoms;
    std::array<Duration, draws_at_once> work{};

    [[nodiscard]] Draft at(std::size_t index) const {
        return {
            .hash = randoms.hash(index), .drawn = randoms.at(index).state(), .work = work[index]};
    }
};

/// Longer ways are gone by records.
inline constexpr std::size_t stops_max = 4;

/// What is known of a service on the way, until anything changes. Numbers are places in the
/// engine's lists.
struct Stop {
    std::uint32_t service = none;
    std::uint32_t program = none;  ///< of all its endpoints
    std::uint32_t message = 0;
    std::uint32_t call_site = 0;
    std::span<const std::uint32_t> endpoints{};
    mesh::ServiceStats* stats = nullptr;  ///< of those who call it from the stop before
    bool has_policy = false;
    Duration limit = Duration::max();   ///< of the time that an answer may take
    std::uint32_t max_requests = none;  ///< of a client
    mesh::UpstreamCounters* counters = nullptr;
};

/// Services in a row.
struct Stops {
    std::array<Stop, stops_max> stops;
    std::size_t count = 0;
    bool has_policies = false;
};

/// The way of all of a load's requests, and what the next ones draw at each stop.
struct Path : Stops {
    std::array<Drafts, stops_max> drafts;
    std::uint64_t drafted_from = 0;  ///< the first request
};

/// A request on its way along a path, at the stop `stop`. In two cache lines.
struct alignas(64) Chain {
    struct Leg {
        TimePoint sent;
        std::uint32_t edge = none;
        std::uint32_t replica = none;
    };

    /// Its answer is counted with those of records, not by `AwaitedAnswers`.
    static constexpr std::uint8_t is_counted = 0xff;
    static constexpr std::uint8_t is_free = 0xff;  ///< as a stop

    TimePoint due;             ///< when the replica is done with it
    std::uint64_t number = 0;  ///< in its load
    std::uint16_t load = 0;
    std::uint8_t stop = is_free;
    std::array<std::uint8_t, stops_max> places{};  ///< among the answers that its edges await
    std::array<Leg, stops_max> legs;
    std::array<Duration, stops_max - 1> work{};         ///< at the stops after the first
    std::array<std::uint64_t, stops_max - 2> hashes{};  ///< of those between first and last
};
static_assert(sizeof(Chain) == 128);

/// What one proxy has in flight of chains, while it is little. When an answer comes is mostly known
/// long before, and then it ends by itself.
class alignas(64) AwaitedAnswers {
public:
    static constexpr std::uint32_t limit = 8;

    AwaitedAnswers() {
        endpoints_.fill(none);
        ends_.fill(TimePoint::min());
    }

    /// Forgets the answers that have come by `now`. Returns a place that is free, or `limit`.
    [[gnu::always_inline]] std::uint32_t settle(TimePoint now) {
        std::uint32_t free = 1U << limit;
        for (std::uint32_t i = 0; i < limit; ++i) {  // without a jump that nobody can foresee
            const std::uint32_t all_if_come = 0U - static_cast<std::uint32_t>(ends_[i] <= now);
            endpoints_[i] |= all_if_come;
            free |= all_if_come & 1U << i;
        }
        return static_cast<std::uint32_t>(std::countr_zero(free));
    }

    /// Returns how many are awaited of an endpoint, as of when they were last settled.
    [[nodiscard, gnu::always_inline]] std::uint32_t of(std::uint32_t endpoint) const {
        std::uint32_t count = 0;
        for (const std::uint32_t other : endpoints_) {
            count += other == endpoint ? 1 : 0;
        }
        return count;
    }

    /// Returns how many are awaited of all endpoints, the same.
    [[nodiscard]] std::uint32_t count() const {
        return limit - of(none);
    }

    /// Awaits an answer that will come, nobody knows when. Requires: the place is free.
    void add(std::uint32_t place, std::uint32_t endpoint) {
        endpoints_[place] = endpoint;
        ends_[place] = TimePoint::max();
    }
    /// Says when it comes; the beginning of all time: no longer.
    void set_end(std::uint32_t place, TimePoint end) {
        ends_[place] = end;
    }

private:
    std::array<TimePoint, limit> ends_;
    std::array<std::uint32_t, limit> endpoints_;
};

/// All chains that are on their way, by number.
struct Chains {
    bool are_possible = false;     ///< by the options
    bool may_begin = false;        ///< there is a load with a path
    bool are_paths_known = false;  ///< of all loads
    std::vector<Chain> all;
    std::vector<std::uint32_t> free;
    runtime::EventQueue departures;
    std::size_t departures_in_sight = 0;  ///< at the last one
    /// When the next answer comes to those that ended and have one after the last run.
    runtime::EventQueue answers;
    /// When one that is counted with those of records comes, by edge and replica.
    runtime::EventQueue counted_until;
    std::vector<AwaitedAnswers> awaited;  ///< by edge

    [[nodiscard]] std::size_t count() const {
        return all.size() - free.size();
    }
    /// Returns one that is free, with what it was before.
    [[nodiscard]] std::uint32_t take() {
        if (free.empty()) [[unlikely]] {
            all.emplace_back();
            return static_cast<std::uint32_t>(all.size() - 1);
        }
        const std::uint32_t index = free.back();
        free.pop_back();
        return index;
    }
    void give_back(std::uint32_t index) {
        all[index].stop = Chain::is_free;
        free.push_back(index);
    }
    /// Forgets all but what is possible.
    void clear();
};

}  // namespace wavetank::sim::dataplane
