// Balancing among the hosts with the metadata that a route asks for, as Envoy's
// `SubsetLoadBalancer`: each subset has a balancer of its own.

#include "mesh/balancing/chooser.hpp"
#include "mesh/balancing/subset_metadata.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::mesh {
namespace {

namespace json = boost::json;

// The hosts of one subset and what chooses among them.
class Subset {
public:
    Subset(const ClusterLbConfig& config, bool is_single_host)
        : weights_(locality_weights(config.lb_subset_config)),
          single_(is_single_host
                      ? std::optional<std::map<std::uint32_t, std::uint32_t>>{std::in_place}
                      : std::nullopt),
          chooser_(is_single_host ? nullptr : make_chooser(config)) {}

    [[nodiscard]] bool is_single_host() const {
        return single_.has_value();
    }
    [[nodiscard]] bool is_empty() const {
        return member_count_ == 0;
    }

    void begin_update(std::size_t host_count) {
        is_member_.assign(host_count, false);
        member_count_ = 0;
        if (single_) {
            single_->clear();
        }
    }

    // Of a subset that has one host, the first of a priority is taken. Returns whether it is in.
    bool add(std::uint32_t host, std::uint32_t priority) {
        if (single_ && !single_->empty()) {
            return false;
        }
        if (single_) {
            single_->emplace(priority, host);
        }
        member_count_ += is_member_[host] ? 0 : 1;
        is_member_[host] = true;
        return true;
    }

    void end_update(const HostsChange& change) {
        if (chooser_ == nullptr) {
            return;
        }
        host_sets_ = filtered(change.host_sets, is_member_, weights_);
        chooser_->update({.hosts = change.hosts,
                          .host_sets = host_sets_,
                          .endpoints = change.endpoints,
                          .positions = change.positions,
                          .local_cluster = change.local_cluster,
                          .now = change.now,
                          .random = change.random,
                          .stats = change.stats});
    }

    // A single host is chosen whatever its health.
    [[nodiscard]] std::optional<std::uint32_t> choose(const ChoiceContext& context) {
        if (single_) {
            return single_->empty() ? std::nullopt : std::optional{single_->begin()->second};
        }
        return chooser_->choose(context);
    }

    [[nodiscard]] std::optional<HashTableStats> hash_table_stats() const {
        return chooser_ == nullptr ? std::nullopt : chooser_->hash_table_stats();
    }

private:
    static SubsetLocalityWeights locality_weights(const LbSubsetConfig& config) {
        if (!config.locality_weight_aware) {
            return SubsetLocalityWeights::None;
        }
        return config.scale_locality_weight ? SubsetLocalityWeights::Scaled
                                            : SubsetLocalityWeights::Keep;
    }

    SubsetLocalityWeights weights_;
    std::optional<std::map<std::uint32_t, std::uint32_t>> single_;  // by priority
    std::vector<bool> is_member_;
    std::size_t member_count_ = 0;
    std::vector<HostSet> host_sets_;
    std::unique_ptr<HostChooser> chooser_;
};

struct Selector {
    std::vector<std::string> keys;  // in order
    bool single_host_per_subset = false;
    SelectorFallbackPolicy fallback_policy = SelectorFallbackPolicy::NotDefined;
    std::vector<std::string> fallback_keys_subset;
};

std::vector<std::string> sorted_distinct(const std::vector<std::string>& keys) {
    const std::set<std::string> distinct(keys.begin(), keys.end());
    return {distinct.begin(), distinct.end()};
}

// Upstream keeps selectors as paths through their keys, and what a path says to fall back to counts
// only where it is the first to come to its end.
std::vector<Selector> selectors_of(const LbSubsetConfig& config) {
    std::vector<Selector> selectors;
    for (const LbSubsetSelector& each : config.subset_selectors) {
        if (!each.keys.empty()) {
            selectors.push_back(
                {.keys = sorted_distinct(each.keys),
                 .single_host_per_subset = each.single_host_per_subset,
                 .fallback_policy = each.fallback_policy,
                 .fallback_keys_subset = sorted_distinct(each.fallback_keys_subset)});
        }
    }
    if (config.allow_redundant_keys) {
        std::ranges::stable_sort(selectors, std::ranges::greater{},
                                 [](const Selector& selector) { return selector.keys.size(); });
    }
    for (std::size_t i = 0; i < selectors.size(); ++i) {
        const auto passes = [&](const Selector& before) {
            return before.keys.size() >= selectors[i].keys.size() &&
                   std::ranges::equal(selectors[i].keys,
                                      std::span{before.keys}.first(selectors[i].keys.size()));
        };
        if (std::any_of(selectors.begin(), selectors.begin() + static_cast<std::ptrdiff_t>(i),
                        passes)) {
            selectors[i].fallback_policy = SelectorFallbackPolicy::NotDefined;
        }
    }
    return selectors;
}

class SubsetChooser final : public HostChooser {
public:
    explicit SubsetChooser(const ClusterLbConfig& config)
        : config_(config), selectors_(selectors_of(config.lb_subset_config)) {
        const LbSubsetConfig& subsets = config.lb_subset_config;
        const auto falls_back_to = [&](SelectorFallbackPolicy policy) {
            return std::ranges::find(selectors_, policy, &Selector::fallback_policy) !=
                   selectors_.end();
        };
        if (subsets.fallback_policy == SubsetFallbackPolicy::AnyEndpoint ||
            subsets.panic_mode_any || falls_back_to(SelectorFallbackPolicy::AnyEndpoint)) {
            any_ = std::make_unique<Subset>(config, false);
        }
        if (subsets.fallback_policy == SubsetFallbackPolicy::DefaultSubset ||
            falls_back_to(SelectorFallbackPolicy::DefaultSubset)) {
            default_ = std::make_unique<Subset>(config, false);
        }
    }

    void update(const HostsChange& change) override;
    [[nodiscard]] std::optional<std::uint32_t> choose(const ChoiceContext& context) override;

    [[nodiscard]] std::optional<HashTableStats> hash_table_stats() const override {
        std::optional<HashTableStats> stats;
        for (const auto& [key, subset] : subsets_) {
            stats = subset->hash_table_stats();
        }
        return stats;
    }

private:
    void sort_into_subsets(const HostsChange& change);
    [[nodiscard]] std::optional<std::uint32_t> choose_by(const json::object* criteria,
                                                         const ChoiceContext& context);
    [[nodiscard]] std::optional<std::uint32_t> choose_for_selector(const Selector& selector,
                                                                   const json::object& criteria,
                                                                   const ChoiceContext& context);
    [[nodiscard]] std::optional<std::uint32_t> fall_back(const ChoiceContext& context);
    [[nodiscard]] std::optional<json::object> without_redundant_keys(
        const json::object* criteria) const;
    [[nodiscard]] const Selector* selector_of(const SubsetKey& key) const;

    const ClusterLbConfig& config_;
    std::vector<Selector> selectors_;
    std::unique_ptr<Subset> any_;
    std::unique_ptr<Subset> default_;
    std::map<SubsetKey, std::unique_ptr<Subset>> subsets_;
};

void SubsetChooser::update(const HostsChange& change) {
    const auto refresh = [&](Subset& subset, auto belongs) {
        subset.begin_update(change.hosts.size());
        for (std::uint32_t i = 0; i < change.hosts.size(); ++i) {
            if (belongs(change.hosts[i].endpoint)) {
                subset.add(i, change.hosts[i].priority);
            }
        }
        subset.end_update(change);
    };
    const LbSubsetConfig& config = config_.lb_subset_config;
    if (any_ != nullptr) {
        refresh(*any_, [](const LbEndpoint& /*endpoint*/) { return true; });
    }
    if (default_ != nullptr) {
        refresh(*default_, [&](const LbEndpoint& endpoint) {
            return has_metadata(endpoint, config.default_subset, config.list_as_any);
        });
    }
    sort_into_subsets(change);
}

void SubsetChooser::sort_into_subsets(const HostsChange& change) {
    for (auto& [key, subset] : subsets_) {
        subset->begin_update(change.hosts.size());
    }
    // Priority by priority: of a subset with a single host, that of the highest counts.
    for (const HostSet& set : change.host_sets) {
        for (const std::uint32_t host : set.hosts) {
            for (const Selector& selector : selectors_) {
                for (const SubsetKey& key :
                     subset_keys_of(change.hosts[host].endpoint, selector.keys,
                                    config_.lb_subset_config.list_as_any)) {
                    auto& subset = subsets_[key];
                    if (subset == nullptr) {
                        subset = std::make_unique<Subset>(config_, selector.single_host_per_subset);
                        subset->begin_update(change.hosts.size());
                        ++change.stats.lb_subsets_active;
                        ++change.stats.lb_subsets_created;
                    }
                    subset->add(host, set.priority);
                }
            }
        }
    }
    std::erase_if(subsets_, [&](const auto& pair) {
        if (!pair.second->is_empty()) {
            return false;
        }
        --change.stats.lb_subsets_active;
        ++change.stats.lb_subsets_removed;
        return true;
    });
    for (auto& [key, subset] : subsets_) {
        subset->end_update(change);
    }
}

std::optional<std::uint32_t> SubsetChooser::choose(const ChoiceContext& context) {
    constexpr std::string_view fallback_list = "fallback_list";
    const json::object* criteria = context.metadata_match;
    if (config_.lb_subset_config.metadata_fallback_policy !=
            SubsetMetadataFallbackPolicy::FallbackList ||
        criteria == nullptr || !criteria->contains(fallback_list)) {
        return choose_by(criteria, context);
    }
    json::object base = *criteria;
    base.erase(fallback_list);
    const json::array* list = criteria->at(fallback_list).if_array();
    if (list == nullptr || list->empty()) {
        return choose_by(&base, context);
    }
    for (const json::value& other : *list) {
        json::object merged = base;
        if (const json::object* members = other.if_object()) {
            for (const auto& [key, value] : *members) {
                merged.insert_or_assign(key, value);
            }
        }
        if (const auto chosen = choose_by(&merged, context)) {
            return chosen;
        }
    }
    return std::nullopt;
}

std::optional<std::uint32_t> SubsetChooser::choose_by(const json::object* criteria,
                                                      const ChoiceContext& context) {
    const std::optional<json::object> reduced = without_redundant_keys(criteria);
    const json::object* wanted = reduced ? &*reduced : criteria;
    if (wanted != nullptr) {
        const SubsetKey key = subset_key_of(*wanted);
        if (const auto found = subsets_.find(key); found != subsets_.end()) {
            ++context.stats.lb_subsets_selected;
            return found->second->choose(context);
        }
        const Selector* selector = selector_of(key);
        if (selector != nullptr &&
            selector->fallback_policy != SelectorFallbackPolicy::NotDefined) {
            return choose_for_selector(*selector, *wanted, context);
        }
    }
    return fall_back(context);
}

std::optional<std::uint32_t> SubsetChooser::choose_for_selector(const Selector& selector,
                                                                const json::object& criteria,
                                                                const ChoiceContext& context) {
    switch (selector.fallback_policy) {
        case SelectorFallbackPolicy::AnyEndpoint:
            return any_->choose(context);
        case SelectorFallbackPolicy::DefaultSubset:
            return default_->choose(context);
        case SelectorFallbackPolicy::KeysSubset: {
            const json::object fewer = only_keys(criteria, selector.fallback_keys_subset);
            return choose_by(&fewer, context);
        }
        case SelectorFallbackPolicy::NotDefined:
        case SelectorFallbackPolicy::NoFallback:
            break;
    }
    return std::nullopt;
}

std::optional<std::uint32_t> SubsetChooser::fall_back(const ChoiceContext& context) {
    const LbSubsetConfig& config = config_.lb_subset_config;
    if (config.fallback_policy == SubsetFallbackPolicy::NoFallback) {
        return std::nullopt;
    }
    Subset& fallback =
        config.fallback_policy == SubsetFallbackPolicy::AnyEndpoint ? *any_ : *default_;
    if (const auto chosen = fallback.choose(context)) {
        ++context.stats.lb_subsets_fallback;
        return chosen;
    }
    if (config.panic_mode_any) {
        if (const auto chosen = any_->choose(context)) {
            ++context.stats.lb_subsets_fallback_panic;
            return chosen;
        }
    }
    return std::nullopt;
}

// Nothing unless redundant keys are allowed and a selector has all of its keys among those given.
std::optional<json::object> SubsetChooser::without_redundant_keys(
    const json::object* criteria) const {
    if (!config_.lb_subset_config.allow_redundant_keys || criteria == nullptr) {
        return std::nullopt;
    }
    for (const Selector& selector : selectors_) {
        json::object reduced = only_keys(*criteria, selector.keys);
        if (reduced.size() == selector.keys.size()) {
            return reduced;
        }
    }
    return std::nullopt;
}

const Selector* SubsetChooser::selector_of(const SubsetKey& key) const {
    const auto has_keys = [&](const Selector& selector) {
        return std::ranges::equal(
            selector.keys, key.pairs, {}, {},
            [](const std::pair<std::string, std::string>& pair) -> const std::string& {
                return pair.first;
            });
    };
    const auto found = std::ranges::find_if(selectors_, has_keys);
    return found == selectors_.end() ? nullptr : &*found;
}

}  // namespace

std::unique_ptr<HostChooser> make_subset_chooser(const ClusterLbConfig& config) {
    return std::make_unique<SubsetChooser>(config);
}

}  // namespace wavetank::mesh
