#pragma once

/// \file
/// What a pod asks of the pods around it: its inter-pod affinity, read once for many comparisons.

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/selector.hpp>
#include <wavetank/base/result.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace wavetank::scheduler {

/// One term (Kubernetes' `framework.AffinityTerm`): which pods it means, and what counts as near.
struct PodTerm {
    std::set<std::string, std::less<>> namespaces{};
    api::Selector namespace_selector = api::Selector::nothing();  ///< adds to `namespaces`
    api::Selector selector{};
    std::string topology_key{};
    std::int32_t weight = 0;  ///< of preferred terms

    /// Tells whether the term means `pod`, whose namespace has these labels.
    [[nodiscard]] bool matches(const api::corev1::Pod& pod,
                               const api::Labels& namespace_labels) const;
};

/// All terms of one pod.
struct PodTerms {
    std::vector<PodTerm> affinity{};
    std::vector<PodTerm> anti_affinity{};
    std::vector<PodTerm> affinity_preferred{};
    std::vector<PodTerm> anti_affinity_preferred{};

    /// Reads the terms of a pod. A term that names no namespaces means the pod's own. As upstream
    /// `matchLabelKeys` are not looked at: the API server has put them into the selectors.
    /// Errors: `Invalid`, for a selector that cannot be read.
    [[nodiscard]] static Result<PodTerms> from(const api::corev1::Pod& pod);

    [[nodiscard]] bool empty() const {
        return affinity.empty() && anti_affinity.empty() && affinity_preferred.empty() &&
               anti_affinity_preferred.empty();
    }
};

/// Tells whether there are terms and all of them mean `pod`, by the names of namespaces alone.
[[nodiscard]] bool all_match(const std::vector<PodTerm>& terms, const api::corev1::Pod& pod);

/// Tells whether one of the terms means `pod`, by the names of namespaces alone.
[[nodiscard]] bool any_matches(const std::vector<PodTerm>& terms, const api::corev1::Pod& pod);

}  // namespace wavetank::scheduler
