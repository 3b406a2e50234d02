#pragma once

/// \file
/// Which zone's hosts take a request, where a proxy prefers its own?

#include "mesh/balancing/chooser.hpp"

#include <cstdint>
#include <vector>

namespace wavetank::mesh {

/// Envoy's zone-aware routing, of priority 0. Proxies and hosts are counted by zone, in parts of
/// ten thousand: where the hosts of the proxy's own zone can take its part, they take all of it;
/// else as much as they can, and the rest goes to zones that have more hosts than proxies.
class ZoneRouting {
public:
    explicit ZoneRouting(const CommonLbConfig& config) : config_(config) {}

    void update(const HostsChange& change);

    /// Returns whether requests are routed so at all.
    [[nodiscard]] bool is_on() const {
        return mode_ != Mode::Off;
    }

    /// Returns whether enough of the proxies are healthy. Requires: is_on().
    [[nodiscard]] bool is_local_cluster_ok() const {
        return is_local_cluster_ok_;
    }

    /// Chooses a locality among those of priority 0. Requires: is_on().
    [[nodiscard]] std::uint32_t choose(const ChoiceContext& context) const;

private:
    enum class Mode : std::uint8_t { Off, Direct, Residual };

    // Parts of ten thousand of the proxies and of the hosts.
    struct Parts {
        std::uint64_t proxies = 0;
        std::uint64_t hosts = 0;
    };

    [[nodiscard]] bool is_possible(const HostsChange& change) const;
    [[nodiscard]] static std::vector<Parts> parts_of(const HostsChange& change);

    const CommonLbConfig& config_;
    Mode mode_ = Mode::Off;
    bool is_local_cluster_ok_ = true;
    std::uint64_t local_part_ = 0;              // of ten thousand requests
    std::vector<std::uint64_t> residual_upto_;  // summed up over the localities
};

}  // namespace wavetank::mesh
