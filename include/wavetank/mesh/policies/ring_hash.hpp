#pragma once

/// \file
/// A ring of hashes on which each host has places (Ketama), as Envoy's RING_HASH.

#include <wavetank/mesh/host_weight.hpp>
#include <wavetank/mesh/lb_config.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace wavetank::mesh {

/// Where on the ring are the hosts?
///
/// Weights and running sums are doubles, as Envoy's: a ring may have one entry more than it should.
class HashRing {
public:
    struct Entry {
        std::uint64_t hash = 0;
        std::uint32_t host = 0;

        bool operator==(const Entry&) const = default;
    };

    HashRing() = default;

    /// Gives each host places by its weight, and so many in all that the lightest has a whole
    /// number of them.
    HashRing(std::span<const NormalizedHostWeight> hosts, const RingHashLbConfig& config);

    /// Returns the host of the first entry at or after `hash`; with `attempt`, so many entries
    /// further on. Nothing if there is no host.
    [[nodiscard]] std::optional<std::uint32_t> choose(std::uint64_t hash,
                                                      std::uint32_t attempt = 0) const;

    [[nodiscard]] std::span<const Entry> entries() const {
        return entries_;
    }
    /// Returns Envoy's gauges.
    [[nodiscard]] std::uint64_t size() const {
        return size_;
    }
    [[nodiscard]] std::uint64_t hashes_per_host_min() const {
        return hashes_min_;
    }
    [[nodiscard]] std::uint64_t hashes_per_host_max() const {
        return hashes_max_;
    }

private:
    std::vector<Entry> entries_;  // by hash
    std::uint64_t size_ = 0;
    std::uint64_t hashes_min_ = 0;
    std::uint64_t hashes_max_ = 0;
};

}  // namespace wavetank::mesh
