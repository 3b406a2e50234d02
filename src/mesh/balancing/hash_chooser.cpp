// RING_HASH and MAGLEV, as Envoy's `ThreadAwareLoadBalancerBase`: a table a priority.

#include "mesh/balancing/bounded_load.hpp"
#include "mesh/balancing/chooser.hpp"

#include <wavetank/mesh/host_weight.hpp>
#include <wavetank/mesh/policies/maglev.hpp>
#include <wavetank/mesh/policies/ring_hash.hpp>
#include <wavetank/mesh/priority_load.hpp>

#include <numeric>
#include <string_view>
#include <variant>
#include <vector>

namespace wavetank::mesh {
namespace {

std::string_view hash_key_of(const Host& host, bool uses_hostname) {
    const boost::json::value* key = host.endpoint.metadata.find(lb_metadata, "hash_key");
    if (key != nullptr && key->is_string() && !key->get_string().empty()) {
        return key->get_string();
    }
    return uses_hostname ? host.endpoint.hostname : host.address;
}

// Gives each host its part. Where localities are weighted, by their plain weights: neither their
// availability counts, as it does for other policies, nor that of a locality without weight.
class WeightNormalizer {
public:
    WeightNormalizer(std::span<const Host> hosts, bool uses_hostname)
        : hosts_(hosts), uses_hostname_(uses_hostname) {}

    void add(std::span<const std::uint32_t> members, double part) {
        std::uint64_t sum = 0;
        for (const std::uint32_t index : members) {
            sum += hosts_[index].endpoint.load_balancing_weight;
        }
        for (const std::uint32_t index : members) {
            weights_.push_back({.key = hash_key_of(hosts_[index], uses_hostname_),
                                .host = index,
                                .weight = hosts_[index].endpoint.load_balancing_weight * part /
                                          static_cast<double>(sum)});
        }
    }

    void add(const HostsPerLocality& hosts, const std::vector<std::uint32_t>& locality_weights) {
        const auto sum =
            std::accumulate(locality_weights.begin(), locality_weights.end(), std::uint64_t{0});
        for (std::size_t i = 0; i < locality_weights.size(); ++i) {
            if (locality_weights[i] > 0) {
                add(hosts.localities[i],
                    static_cast<double>(locality_weights[i]) / static_cast<double>(sum));
            }
        }
    }

    [[nodiscard]] std::vector<NormalizedHostWeight> take() && {
        return std::move(weights_);
    }

private:
    std::span<const Host> hosts_;
    bool uses_hostname_;
    std::vector<NormalizedHostWeight> weights_;
};

class HashChooser final : public HostChooser {
public:
    explicit HashChooser(const ClusterLbConfig& config) : config_(config) {}

    void update(const HostsChange& change) override {
        load_ = priority_load(change.hosts, change.host_sets,
                              rounded_percent(config_.common_lb_config.healthy_panic_threshold));
        tables_.clear();
        for (const HostSet& set : change.host_sets) {
            tables_.push_back(make_table(change.hosts, set));
        }
    }

    // Without a hash, any will do.
    [[nodiscard]] std::optional<std::uint32_t> choose(const ChoiceContext& context) override {
        const std::uint64_t hash = context.pick.hash ? *context.pick.hash : context.random.next();
        const std::uint32_t priority = choose_priority(hash, load_).priority;
        if (load_.in_panic[priority]) {
            ++context.stats.lb_healthy_panic;
        }
        std::optional<std::uint32_t> chosen;
        for (std::uint32_t i = 0; i <= context.pick.host_selection_retry_max_attempts; ++i) {
            chosen = choose_in(tables_[priority], hash, i, context);
            if (!chosen || !context.is_refused(*chosen)) {
                break;
            }
        }
        return chosen;
    }

    [[nodiscard]] std::optional<HashTableStats> hash_table_stats() const override {
        return stats_;
    }

private:
    struct Table {
        std::variant<HashRing, MaglevTable> table;
        std::optional<BoundedLoad> bound;
    };

    [[nodiscard]] Table make_table(std::span<const Host> hosts, const HostSet& set) {
        const CommonLbConfig& common = config_.common_lb_config;
        const auto& hashing = common.consistent_hashing_lb_config;
        const bool in_panic = load_.in_panic[set.priority];
        WeightNormalizer normalizer{hosts, hashing.use_hostname_for_hashing};
        if (common.locality_weighted_lb_config && !set.locality_weights.empty()) {
            normalizer.add(in_panic ? set.hosts_per_locality : set.healthy_hosts_per_locality,
                           set.locality_weights);
        } else {
            normalizer.add(in_panic ? set.hosts : set.healthy_hosts, 1.0);
        }
        const std::vector<NormalizedHostWeight> weights = std::move(normalizer).take();
        Table made;
        if (config_.lb_policy == LbPolicy::Maglev) {
            const MaglevTable table{weights, config_.maglev_lb_config.table_size};
            if (!weights.empty()) {
                stats_ = {.size = table.places().size(),
                          .entries_per_host_min = table.entries_per_host_min(),
                          .entries_per_host_max = table.entries_per_host_max()};
            }
            made.table = table;
        } else {
            const HashRing ring{weights, config_.ring_hash_lb_config};
            if (!weights.empty()) {
                stats_ = {.size = ring.size(),
                          .entries_per_host_min = ring.hashes_per_host_min(),
                          .entries_per_host_max = ring.hashes_per_host_max()};
            }
            made.table = ring;
        }
        if (hashing.hash_balance_factor > 0) {
            made.bound.emplace(weights, hashing.hash_balance_factor);
        }
        return made;
    }

    [[nodiscard]] static std::optional<std::uint32_t> choose_in(const Table& table,
                                                                std::uint64_t hash,
                                                                std::uint32_t attempt,
                                                                const ChoiceContext& context) {
        const std::optional<std::uint32_t> chosen =
            std::visit([&](const auto& each) { return each.choose(hash, attempt); }, table.table);
        return chosen && table.bound ? table.bound->choose(hash, *chosen, context) : chosen;
    }

    const ClusterLbConfig& config_;
    PriorityLoad load_;
    std::vector<Table> tables_;  // by priority
    std::optional<HashTableStats> stats_;
};

}  // namespace

std::unique_ptr<HostChooser> make_hash_chooser(const ClusterLbConfig& config) {
    return std::make_unique<HashChooser>(config);
}

}  // namespace wavetank::mesh
