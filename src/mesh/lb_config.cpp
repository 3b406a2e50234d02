#include <wavetank/mesh/lb_config.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace wavetank::mesh {
namespace {

// Gathers what is wrong with a configuration.
class LbConfigChecker {
public:
    void require(bool holds, const std::string& field, const std::string& message) {
        if (!holds) {
            causes_.push_back({.reason = "FieldValueInvalid", .message = message, .field = field});
        }
    }

    [[nodiscard]] Result<void> result() && {
        if (causes_.empty()) {
            return {};
        }
        std::string message;
        for (const Cause& cause : causes_) {
            message += (message.empty() ? "" : "; ") + cause.field + ": " + cause.message;
        }
        return Error{
            .reason = Reason::Invalid, .message = std::move(message), .causes = std::move(causes_)};
    }

private:
    std::vector<Cause> causes_;
};

bool is_prime(std::uint64_t number) {
    if (number < 2) {
        return false;
    }
    for (std::uint64_t divisor = 2; divisor * divisor <= number; ++divisor) {
        if (number % divisor == 0) {
            return false;
        }
    }
    return true;
}

bool is_percent(double value) {
    return value >= 0 && value <= 100;
}

void check_tables(const ClusterLbConfig& config, LbConfigChecker& check) {
    constexpr std::uint64_t ring_size_max = 8388608;
    constexpr std::uint64_t table_size_max = 5000011;
    const RingHashLbConfig& ring = config.ring_hash_lb_config;
    check.require(ring.minimum_ring_size >= 1 && ring.minimum_ring_size <= ring_size_max,
                  "ring_hash_lb_config.minimum_ring_size", "must be from 1 to 8388608");
    check.require(ring.maximum_ring_size <= ring_size_max, "ring_hash_lb_config.maximum_ring_size",
                  "must be at most 8388608");
    check.require(ring.minimum_ring_size <= ring.maximum_ring_size,
                  "ring_hash_lb_config.minimum_ring_size", "must be at most maximum_ring_size");
    check.require(config.maglev_lb_config.table_size <= table_size_max,
                  "maglev_lb_config.table_size", "must be at most 5000011");
    check.require(config.maglev_lb_config.table_size > table_size_max ||
                      is_prime(config.maglev_lb_config.table_size),
                  "maglev_lb_config.table_size", "must be a prime");
}

void check_slow_start(const SlowStartConfig& config, const std::string& field,
                      LbConfigChecker& check) {
    check.require(config.aggression > 0, field + ".aggression", "must be above 0");
    check.require(is_percent(config.min_weight_percent), field + ".min_weight_percent",
                  "must be from 0 to 100");
    check.require(config.slow_start_window >= Duration::zero(), field + ".slow_start_window",
                  "must not be negative");
}

// As upstream, where a selector that falls back to keys must have some of its keys, but not all.
void check_selectors(const LbSubsetConfig& config, LbConfigChecker& check) {
    for (std::size_t i = 0; i < config.subset_selectors.size(); ++i) {
        const LbSubsetSelector& selector = config.subset_selectors[i];
        const std::string field =
            "lb_subset_config.subset_selectors[" + std::to_string(i) + "].fallback_keys_subset";
        const std::set<std::string> keys(selector.keys.begin(), selector.keys.end());
        const std::set<std::string> fewer(selector.fallback_keys_subset.begin(),
                                          selector.fallback_keys_subset.end());
        if (selector.fallback_policy != SelectorFallbackPolicy::KeysSubset) {
            check.require(fewer.empty(), field, "may be set with KEYS_SUBSET only");
            continue;
        }
        check.require(!fewer.empty(), field, "must not be empty");
        check.require(std::ranges::includes(keys, fewer), field, "must be among the keys");
        check.require(keys.size() != fewer.size(), field, "must not be all keys");
    }
}

}  // namespace

Result<void> validate(const ClusterLbConfig& config) {
    LbConfigChecker check;
    const CommonLbConfig& common = config.common_lb_config;
    check.require(is_percent(common.healthy_panic_threshold),
                  "common_lb_config.healthy_panic_threshold", "must be from 0 to 100");
    check.require(is_percent(common.zone_aware_lb_config.routing_enabled),
                  "common_lb_config.zone_aware_lb_config.routing_enabled", "must be from 0 to 100");
    const std::uint32_t factor = common.consistent_hashing_lb_config.hash_balance_factor;
    check.require(factor == 0 || factor >= 100,
                  "common_lb_config.consistent_hashing_lb_config.hash_balance_factor",
                  "must be at least 100");
    check.require(config.least_request_lb_config.choice_count >= 2,
                  "least_request_lb_config.choice_count", "must be at least 2");
    check.require(config.least_request_lb_config.active_request_bias >= 0,
                  "least_request_lb_config.active_request_bias", "must not be negative");
    check_tables(config, check);
    check_slow_start(config.round_robin_lb_config.slow_start_config,
                     "round_robin_lb_config.slow_start_config", check);
    check_slow_start(config.least_request_lb_config.slow_start_config,
                     "least_request_lb_config.slow_start_config", check);
    check_selectors(config.lb_subset_config, check);
    return std::move(check).result();
}

}  // namespace wavetank::mesh
