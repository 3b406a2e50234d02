#pragma once

/// \file
/// The requests in a replica whose departures are known.

#include "sim/dataplane/ring.hpp"

#include <wavetank/base/time.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wavetank::sim::dataplane {

/// Stands for no request, no replica.
inline constexpr std::uint32_t none = 0xffffffff;

/// A departure that was computed, and holds as long as nothing happens to the replica. In one cache
/// line.
struct alignas(64) Promise {
    TimePoint due;
    TimePoint begun;            ///< when a CPU takes it up
    Duration work{};            ///< CPU time
    TimePoint sent{};           ///< by its client; of a request without a record
    std::uint64_t number = 0;   ///< of the request in its load, the same
    std::uint32_t edge = none;  ///< the same
    std::uint32_t record = none;
    std::uint32_t ticket = 0;  ///< in order of arrival
    std::uint16_t status = 200;
};

/// Promises in order of their departures. To insert one costs no move if there is one CPU.
class PromiseLine : public Ring<Promise> {
public:
    /// Adds a promise at the end, with nothing known but what is given.
    [[nodiscard]] Promise& add(TimePoint begun, TimePoint due, Duration work,
                               std::uint32_t ticket) {
        Promise& promise = add_back();
        promise.due = due;
        promise.begun = begun;
        promise.work = work;
        promise.sent = {};
        promise.number = 0;
        promise.edge = none;
        promise.record = none;
        promise.ticket = ticket;
        promise.status = 200;
        return promise;
    }

    /// Takes out all promises, in order of arrival.
    [[nodiscard]] std::vector<Promise> take_all() {
        std::vector<Promise> all;
        all.reserve(size());
        for (std::size_t i = 0; i < size(); ++i) {
            all.push_back((*this)[i]);
        }
        clear();
        std::ranges::sort(all, {}, &Promise::ticket);
        return all;
    }
};

}  // namespace wavetank::sim::dataplane
