#pragma once

/// \file
/// A table in which each host has its part of the places (Eisenbud et al., "Maglev", 2016), as
/// Envoy's MAGLEV.

#include <wavetank/mesh/host_weight.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace wavetank::mesh {

/// Which host has which place?
class MaglevTable {
public:
    MaglevTable() = default;

    /// Lets hosts take places in turn, in the order of their keys, each in an order of its own;
    /// one that weighs half as much as the heaviest has every second turn. A host alone needs one
    /// place only. Requires: `table_size` is a prime.
    MaglevTable(std::span<const NormalizedHostWeight> hosts, std::uint64_t table_size);

    /// Returns the host at hash % table_size; with `attempt`, elsewhere. Nothing if there is none.
    [[nodiscard]] std::optional<std::uint32_t> choose(std::uint64_t hash,
                                                      std::uint32_t attempt = 0) const;

    [[nodiscard]] std::span<const std::uint32_t> places() const {
        return places_;
    }
    /// Returns Envoy's gauges.
    [[nodiscard]] std::uint64_t entries_per_host_min() const {
        return entries_min_;
    }
    [[nodiscard]] std::uint64_t entries_per_host_max() const {
        return entries_max_;
    }

private:
    std::vector<std::uint32_t> places_;
    std::uint64_t entries_min_ = 0;
    std::uint64_t entries_max_ = 0;
};

}  // namespace wavetank::mesh
