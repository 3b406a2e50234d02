#pragma once

/// \file
/// Probing servers for their load and latency: Prequal (Wydrowski et al., "Load is not what you
/// should balance", NSDI 2024).

#include <wavetank/mesh/load_balancer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace wavetank::mesh {

struct PrequalOptions {
    double probes_per_query = 3;    ///< r_probe; the fraction is drawn
    double removals_per_query = 1;  ///< r_remove; the fraction is drawn
    std::size_t pool_size = 16;     ///< m
    std::size_t pool_size_min = 2;  ///< with fewer probes, any endpoint will do
    Duration probe_age_max = std::chrono::seconds{1};
    double rif_quantile = 0.84;    ///< Q_RIF; 0: requests in flight alone count, 1: latency alone
    double delta = 1;              ///< above 0: probes are used so much less often than they come
    std::size_t rif_window = 128;  ///< of the latest probes, for the quantile
};

/// Picks by a pool of what servers lately said of themselves: of those that have few requests in
/// flight, the fastest; if all have many, the one with the fewest. "Many" is above a quantile of
/// what recent probes said.
///
/// Each pick asks some servers at random, for picks to come. A probe is used a few times and then
/// dropped, as are those too old, and with each pick the oldest and the worst in turn.
///
/// Probes answer at once here. Not modelled: what the paper does about servers that fail fast,
/// which it does not describe.
class Prequal final : public LoadBalancer {
public:
    explicit Prequal(PrequalOptions options = {}) : options_(options) {}

    [[nodiscard]] std::optional<std::size_t> pick(const EndpointSet& endpoints,
                                                  const PickContext& context,
                                                  Random& random) override;
    void on_endpoints_changed(const EndpointSet& endpoints, TimePoint now, Random& random) override;

    [[nodiscard]] BalancerNeeds needs() const override {
        return {.requests_active = false, .probe = true};
    }

    /// Adds an answer to the pool. `uses`: how often it may be used.
    void add_probe(std::size_t index, const ServerReport& report, std::uint32_t uses,
                   TimePoint now);

    /// Returns how often a probe may be used, on average, among `endpoints` servers; at least 1:
    /// (1 + delta) / ((1 - m / n) r_probe - r_remove). Where that is not above 0, there are more
    /// places in the pool than probes can go stale, and once is enough.
    [[nodiscard]] double uses_per_probe(std::size_t endpoints) const;

    [[nodiscard]] std::size_t pool_size() const {
        return pool_.size();
    }

private:
    struct Probe {
        std::size_t index = 0;
        std::uint32_t rif = 0;
        Duration latency{};
        std::uint32_t uses = 1;  // left
        TimePoint at{};
    };

    [[nodiscard]] static bool is_better(const Probe& one, const Probe& other,
                                        std::uint32_t hot_above);
    void drop_old(TimePoint now);
    [[nodiscard]] std::size_t best() const;
    [[nodiscard]] std::size_t worst() const;
    [[nodiscard]] std::uint32_t hot_above() const;
    void remove_some(Random& random);
    void ask_some(const EndpointSet& endpoints, TimePoint now, Random& random);
    [[nodiscard]] static std::uint32_t rounded(double value, Random& random);
    void erase(std::size_t place);

    PrequalOptions options_;
    std::deque<Probe> pool_;            // the oldest first
    std::deque<std::uint32_t> recent_;  // requests in flight that probes said
    bool removes_oldest_ = true;        // next, else the worst
    std::vector<std::size_t> order_;    // of endpoints, for draws without replacement
};

}  // namespace wavetank::mesh
