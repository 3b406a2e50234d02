#include "scheduler/plugins/affinity_counts.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace wavetank::scheduler::plugins {

using api::corev1::Pod;

namespace {

constexpr std::size_t known_groups = 128;  // more than there are templates in most clusters

}  // namespace

AffinityCounts::AffinityCounts(AffinityQuestion question, std::span<const NodeInfo* const> nodes)
    : question_(std::move(question)),
      means_itself_(all_match(question_.own.affinity, question_.pod)),
      known_(known_groups) {
    add_keys(question_.own.affinity);
    add_keys(question_.own.anti_affinity);
    add_keys(question_.own.affinity_preferred);
    add_keys(question_.own.anti_affinity_preferred);
    for (const auto& terms : question_.theirs) {
        add_keys(terms->affinity);
        add_keys(terms->anti_affinity);
        add_keys(terms->affinity_preferred);
        add_keys(terms->anti_affinity_preferred);
    }
    for (Key& key : keys_) {
        key.topology = NodeTopology::of(key.name, nodes);
    }
    wanted_keys_ = keys_of(question_.own.affinity);
    unwanted_keys_ = keys_of(question_.own.anti_affinity);
}

void AffinityCounts::add_keys(const Terms& terms) {
    for (const PodTerm& term : terms) {
        if (std::ranges::find(keys_, term.topology_key, &Key::name) == keys_.end()) {
            keys_.push_back({.name = term.topology_key, .topology = {}, .by_domain = {}});
        }
    }
}

std::size_t AffinityCounts::key_of(const PodTerm& term) const {
    const auto found = std::ranges::find(keys_, term.topology_key, &Key::name);
    return static_cast<std::size_t>(found - keys_.begin());
}

std::vector<std::size_t> AffinityCounts::keys_of(const Terms& terms) const {
    std::vector<std::size_t> keys;
    for (const PodTerm& term : terms) {
        keys.push_back(key_of(term));
    }
    return keys;
}

std::vector<AffinityCounts::Share> AffinityCounts::find_shares(const PodGroup& group) const {
    std::vector<Share> shares;
    Pod other;
    other.metadata.namespace_ = group.in_namespace;
    other.metadata.labels = group.labels;
    const auto if_meant = [&](const Terms& terms, const Pod& pod, const api::Labels& labels,
                              Sum sum, auto amount_of) {
        for (const PodTerm& term : terms) {
            // Terms with a key that is not known have come and gone since the last look.
            if (const std::size_t key = key_of(term);
                key < keys_.size() && term.matches(pod, labels)) {
                shares.push_back({key, sum, amount_of(term)});
            }
        }
    };
    const auto one = [](const PodTerm&) { return std::int64_t{1}; };
    const auto plus = [](const PodTerm& term) { return std::int64_t{term.weight}; };
    const auto minus = [](const PodTerm& term) { return -std::int64_t{term.weight}; };
    const PodTerms& own = question_.own;
    if (all_match(own.affinity, other)) {
        for (const std::size_t key : wanted_keys_) {
            shares.push_back({key, Wanted, 1});
        }
    }
    if_meant(own.anti_affinity, other, {}, Unwanted, one);
    if (question_.prefers) {
        if_meant(own.affinity_preferred, other, {}, Weight, plus);
        if_meant(own.anti_affinity_preferred, other, {}, Weight, minus);
    }
    if (group.terms == nullptr) {
        return shares;
    }
    const api::Labels& labels = *question_.namespace_labels;
    if_meant(group.terms->anti_affinity, question_.pod, labels, Unwelcome, one);
    if (question_.prefers) {
        if_meant(group.terms->affinity, question_.pod, labels, Weight,
                 [&](const PodTerm&) { return question_.required_weight; });
        if_meant(group.terms->affinity_preferred, question_.pod, labels, Weight, plus);
        if_meant(group.terms->anti_affinity_preferred, question_.pod, labels, Weight, minus);
    }
    return shares;
}

const std::vector<AffinityCounts::Share>& AffinityCounts::shares_of(const PodGroup& group) {
    // Objects of the heap are at least 16 bytes apart.
    const std::size_t hash = (std::hash<const void*>{}(group.labels.identity()) ^
                              std::hash<const void*>{}(group.terms.get())) /
                             16;
    KnownGroup& known = known_[(hash ^ hash / known_groups) % known_groups];
    const bool same = known.group.labels.same_as(group.labels) &&
                      known.group.terms == group.terms &&
                      known.group.in_namespace == group.in_namespace;
    if (!same) {
        known = {.group = group, .shares = find_shares(group)};
    }
    return known.shares;
}

bool AffinityCounts::add(std::size_t position, const PodGroup& group, std::int64_t amount) {
    bool described_otherwise = false;
    for (const Share& share : shares_of(group)) {
        Key& key = keys_[share.key];
        const std::uint32_t domain = key.topology.domains[position];
        if (domain == NodeTopology::missing) {
            continue;
        }
        key.by_domain[share.sum][domain] += share.amount * amount;
        wanted_ += share.sum == Wanted ? share.amount * amount : 0;
        described_otherwise = described_otherwise || key.topology.apart;
    }
    return described_otherwise;
}

void AffinityCounts::recount(std::span<const NodeInfo* const> nodes) {
    wanted_ = 0;
    for (Key& key : keys_) {
        for (auto& sum : key.by_domain) {
            sum.assign(key.topology.size, 0);
        }
    }
    for (std::size_t at = 0; at < nodes.size(); ++at) {
        for (const PlacedPod& placed : nodes[at]->pods()) {
            const auto& metadata = placed.pod->metadata;
            add(at, {metadata.namespace_, metadata.labels, placed.demand->terms}, 1);
        }
    }
}

bool AffinityCounts::follow(const PodChange& change) {
    return change.amount != 0 && add(change.position, *change.group, change.amount);
}

void AffinityCounts::describe(std::size_t position, std::span<std::int32_t> features) const {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        const Key& key = keys_[i];
        const std::uint32_t domain = key.topology.domains[position];
        features[2 * i + 1] = 0;
        if (domain == NodeTopology::missing) {
            features[2 * i] = -1;
        } else if (!key.topology.apart) {
            features[2 * i] = static_cast<std::int32_t>(domain);
        } else {
            std::int32_t present = 0;
            for (const Sum sum : {Wanted, Unwanted, Unwelcome}) {
                present |= key.by_domain[sum][domain] > 0 ? 1 << sum : 0;
            }
            features[2 * i] = present;
            features[2 * i + 1] = static_cast<std::int32_t>(key.by_domain[Weight][domain]);
        }
    }
}

bool AffinityCounts::has(Sum sum, std::size_t key, std::span<const std::int32_t> features) const {
    const std::int32_t feature = features[2 * key];
    if (feature < 0) {
        return false;
    }
    return keys_[key].topology.apart
               ? (feature >> sum & 1) != 0
               : keys_[key].by_domain[sum][static_cast<std::size_t>(feature)] > 0;
}

bool AffinityCounts::passes(std::span<const std::int32_t> features) const {
    bool everywhere = true;
    for (const std::size_t key : wanted_keys_) {
        if (features[2 * key] < 0) {
            return false;
        }
        everywhere = everywhere && has(Wanted, key, features);
    }
    // Where nothing in the cluster is wanted, a pod that wants pods like itself is the first.
    if (!everywhere && !(wanted_ == 0 && means_itself_)) {
        return false;
    }
    const bool unwanted = std::ranges::any_of(
        unwanted_keys_, [&](std::size_t key) { return has(Unwanted, key, features); });
    if (unwanted) {
        return false;
    }
    for (std::size_t key = 0; key < keys_.size(); ++key) {
        if (has(Unwelcome, key, features)) {
            return false;
        }
    }
    return true;
}

std::int64_t AffinityCounts::score(std::span<const std::int32_t> features) const {
    std::int64_t score = 0;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        if (features[2 * i] >= 0) {
            score += keys_[i].topology.apart
                         ? features[2 * i + 1]
                         : keys_[i].by_domain[Weight][static_cast<std::size_t>(features[2 * i])];
        }
    }
    return score;
}

}  // namespace wavetank::scheduler::plugins
