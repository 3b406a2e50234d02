#include <wavetank/scheduler/pod_terms.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace wavetank::scheduler {
namespace {

using api::corev1::Pod;
using api::corev1::PodAffinityTerm;
using api::corev1::WeightedPodAffinityTerm;

Result<PodTerm> read(const PodAffinityTerm& term, const Pod& owner) {
    auto selector = api::Selector::from(term.labelSelector);
    if (!selector) {
        return selector.error();
    }
    auto namespace_selector = api::Selector::from(term.namespaceSelector);
    if (!namespace_selector) {
        return namespace_selector.error();
    }
    PodTerm read{.namespaces = {term.namespaces.begin(), term.namespaces.end()},
                 .namespace_selector = std::move(*namespace_selector),
                 .selector = std::move(*selector),
                 .topology_key = term.topologyKey};
    if (term.namespaces.empty() && !term.namespaceSelector) {
        read.namespaces.insert(owner.metadata.namespace_);
    }
    return read;
}

Result<PodTerm> read(const WeightedPodAffinityTerm& term, const Pod& owner) {
    auto result = read(term.podAffinityTerm, owner);
    if (result) {
        result->weight = term.weight;
    }
    return result;
}

// Reads lists until one cannot be read.
class Reader {
public:
    explicit Reader(const Pod& owner) : owner_(owner) {}

    template <class Term>
    std::vector<PodTerm> list(const std::vector<Term>& terms) {
        std::vector<PodTerm> result;
        for (const Term& term : terms) {
            auto one = read(term, owner_);
            if (!one) {
                error_ = one.error();
                break;
            }
            result.push_back(std::move(*one));
        }
        return result;
    }

    [[nodiscard]] const std::optional<Error>& error() const {
        return error_;
    }

private:
    const Pod& owner_;
    std::optional<Error> error_;
};

}  // namespace

bool PodTerm::matches(const Pod& pod, const api::Labels& namespace_labels) const {
    return (namespaces.contains(pod.metadata.namespace_) ||
            namespace_selector.matches(namespace_labels)) &&
           selector.matches(*pod.metadata.labels);
}

Result<PodTerms> PodTerms::from(const Pod& pod) {
    PodTerms terms;
    const auto& affinity = pod.spec->affinity;
    Reader reader{pod};
    if (affinity && affinity->podAffinity) {
        const auto& own = *affinity->podAffinity;
        terms.affinity = reader.list(own.requiredDuringSchedulingIgnoredDuringExecution);
        terms.affinity_preferred = reader.list(own.preferredDuringSchedulingIgnoredDuringExecution);
    }
    if (affinity && affinity->podAntiAffinity) {
        const auto& own = *affinity->podAntiAffinity;
        terms.anti_affinity = reader.list(own.requiredDuringSchedulingIgnoredDuringExecution);
        terms.anti_affinity_preferred =
            reader.list(own.preferredDuringSchedulingIgnoredDuringExecution);
    }
    if (reader.error()) {
        return *reader.error();
    }
    return terms;
}

bool all_match(const std::vector<PodTerm>& terms, const Pod& pod) {
    return !terms.empty() &&
           std::ranges::all_of(terms, [&](const PodTerm& term) { return term.matches(pod, {}); });
}

bool any_matches(const std::vector<PodTerm>& terms, const Pod& pod) {
    return std::ranges::any_of(terms, [&](const PodTerm& term) { return term.matches(pod, {}); });
}

}  // namespace wavetank::scheduler
