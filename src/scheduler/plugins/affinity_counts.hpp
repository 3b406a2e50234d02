#pragma once

/// \file
/// Which placed pods matter to inter-pod affinity, and where are they? Counts for one template of
/// pods that are kept up to date.

#include "scheduler/plugins/node_topology.hpp"

#include <wavetank/scheduler/held_answers.hpp>
#include <wavetank/scheduler/pod_terms.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace wavetank::scheduler::plugins {

/// What the counts are about.
struct AffinityQuestion {
    api::corev1::Pod pod{};
    PodTerms own{};  ///< without selectors of namespaces, but for the one that takes in all
    api::Shared<api::StringMap> namespace_labels{};
    /// The terms of placed pods that may mean the pod.
    std::vector<std::shared_ptr<const PodTerms>> theirs{};
    bool prefers = false;              ///< whether scores count at all
    std::int64_t required_weight = 1;  ///< in scores, of what placed pods require
};

/// The counts of InterPodAffinity for one template over the nodes of one snapshot.
///
/// A node has two features for each topology key: its domain and 0, or, where each node is a domain
/// of its own, what is there and its weight.
class AffinityCounts {
public:
    AffinityCounts(AffinityQuestion question, std::span<const NodeInfo* const> nodes);

    void recount(std::span<const NodeInfo* const> nodes);
    /// Returns whether the features of the node may have changed.
    bool follow(const PodChange& change);

    [[nodiscard]] std::size_t features() const {
        return 2 * keys_.size();
    }
    void describe(std::size_t position, std::span<std::int32_t> features) const;

    /// Tells whether kube-scheduler's Filter lets the pod go to a node with these features.
    [[nodiscard]] bool passes(std::span<const std::int32_t> features) const;
    /// Returns what its Score returns for such a node.
    [[nodiscard]] std::int64_t score(std::span<const std::int32_t> features) const;

private:
    enum Sum : std::uint8_t {
        Wanted,     // pods that match all of the pod's required terms
        Unwanted,   // pods that match one of its anti-affinity
        Unwelcome,  // pods whose anti-affinity means it
        Weight,     // preferences of both sides
    };
    static constexpr std::size_t sums = 4;

    struct Key {
        std::string name;
        NodeTopology topology;
        std::array<std::vector<std::int64_t>, sums> by_domain;
    };
    // What a pod of a group adds to its domain of a key.
    struct Share {
        std::size_t key = 0;
        Sum sum = Wanted;
        std::int64_t amount = 0;
    };
    // Keeps a copy of what it was made for, so that no identity is used anew.
    struct KnownGroup {
        PodGroup group;
        std::vector<Share> shares;
    };

    using Terms = std::vector<PodTerm>;

    void add_keys(const Terms& terms);
    [[nodiscard]] std::size_t key_of(const PodTerm& term) const;
    [[nodiscard]] std::vector<std::size_t> keys_of(const Terms& terms) const;
    [[nodiscard]] std::vector<Share> find_shares(const PodGroup& group) const;
    [[nodiscard]] const std::vector<Share>& shares_of(const PodGroup& group);
    bool add(std::size_t position, const PodGroup& group, std::int64_t amount);
    [[nodiscard]] bool has(Sum sum, std::size_t key, std::span<const std::int32_t> features) const;

    AffinityQuestion question_;
    bool means_itself_;
    std::vector<Key> keys_;
    std::vector<std::size_t> wanted_keys_;
    std::vector<std::size_t> unwanted_keys_;
    std::int64_t wanted_ = 0;  // in all domains
    std::vector<KnownGroup> known_;
};

}  // namespace wavetank::scheduler::plugins
