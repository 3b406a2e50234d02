#include "controllers/deletion_order.hpp"

#include "controllers/pods.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace wavetank::controllers {
namespace {

using api::corev1::ContainerStatus;
using api::corev1::Pod;

/// Upstream's `podPhaseToOrdinal`; other phases are 0, as Pending.
int phase_ordinal(std::string_view phase) {
    return phase == "Running" ? 2 : phase == "Unknown" ? 1 : 0;
}

std::int32_t restarts_of(std::span<const ContainerStatus> containers) {
    std::int32_t most = 0;
    for (const ContainerStatus& container : containers) {
        most = std::max(most, container.restartCount);
    }
    return most;
}

std::int32_t sidecar_restarts_of(const Pod& pod) {
    std::int32_t most = 0;
    for (const ContainerStatus& status : *pod.status->initContainerStatuses) {
        const auto sidecar = std::ranges::find_if(pod.spec->initContainers, [&](const auto& spec) {
            return spec.name == status.name && spec.restartPolicy == "Always";
        });
        if (sidecar != pod.spec->initContainers.end()) {
            most = std::max(most, status.restartCount);
        }
    }
    return most;
}

/// A time as the order sees it: the power of two of its age in nanoseconds.
struct Age {
    std::optional<api::Time> time;
    int magnitude = -1;
};

Age age_of(std::optional<api::Time> time, WallTime now) {
    Age age{.time = time};
    if (time && now > time->value) {
        age.magnitude = static_cast<int>(std::bit_width(
                            static_cast<std::uint64_t>((now - time->value).count()))) -
                        1;
    }
    return age;
}

/// Everything the order asks of a pod, looked up once.
struct Candidate {
    api::Pointer<const Pod> pod;
    int phase = 0;
    bool ready = false;
    std::int32_t cost = 0;
    std::int32_t rank = 0;
    Age readiness;
    std::int32_t restarts = 0;
    std::int32_t sidecar_restarts = 0;
    Age creation;
};

Candidate candidate_of(const api::Pointer<const Pod>& pod, std::int32_t rank, WallTime now) {
    return {.pod = pod,
            .phase = phase_ordinal(pod->status.phase),
            .ready = is_ready(*pod),
            .cost = deletion_cost(*pod),
            .rank = rank,
            .readiness = age_of(ready_since(*pod), now),
            .restarts = restarts_of(*pod->status->containerStatuses),
            .sidecar_restarts = sidecar_restarts_of(*pod),
            .creation = age_of(pod->metadata.creationTimestamp, now)};
}

/// Compares two different times: the younger goes first, an absent one even before that.
bool goes_first(const Age& left, const Age& right, const Pod& left_pod, const Pod& right_pod) {
    if (!left.time || !right.time) {
        return !left.time;
    }
    if (left.magnitude == right.magnitude) {
        return left_pod.metadata.uid < right_pod.metadata.uid;
    }
    return left.magnitude < right.magnitude;
}

bool before(const Candidate& left, const Candidate& right) {
    const api::Text& left_node = left.pod->spec.nodeName;
    const api::Text& right_node = right.pod->spec.nodeName;
    if (left_node.empty() != right_node.empty()) {
        return left_node.empty();
    }
    if (left.phase != right.phase) {
        return left.phase < right.phase;
    }
    if (left.ready != right.ready) {
        return !left.ready;
    }
    if (left.cost != right.cost) {
        return left.cost < right.cost;
    }
    if (left.rank != right.rank) {
        return left.rank > right.rank;
    }
    if (left.ready && left.readiness.time != right.readiness.time) {
        return goes_first(left.readiness, right.readiness, *left.pod, *right.pod);
    }
    if (left.restarts != right.restarts) {
        return left.restarts > right.restarts;
    }
    if (left.sidecar_restarts != right.sidecar_restarts) {
        return left.sidecar_restarts > right.sidecar_restarts;
    }
    if (left.creation.time != right.creation.time) {
        return goes_first(left.creation, right.creation, *left.pod, *right.pod);
    }
    return false;
}

/// Merges two sorted runs; takes any relation, where std::sort wants a strict weak order.
void merge(std::vector<Candidate>& items, std::vector<Candidate>& scratch, std::size_t begin,
           std::size_t end) {
    if (end - begin < 2) {
        return;
    }
    const std::size_t middle = begin + (end - begin) / 2;
    merge(items, scratch, begin, middle);
    merge(items, scratch, middle, end);
    std::size_t left = begin;
    std::size_t right = middle;
    for (std::size_t to = begin; to < end; ++to) {
        const bool take_right =
            left == middle || (right < end && before(items[right], items[left]));
        scratch[to] = std::move(items[take_right ? right++ : left++]);
    }
    std::move(scratch.begin() + static_cast<std::ptrdiff_t>(begin),
              scratch.begin() + static_cast<std::ptrdiff_t>(end),
              items.begin() + static_cast<std::ptrdiff_t>(begin));
}

}  // namespace

std::vector<std::int32_t> ranks_by_node(std::span<const api::Pointer<const Pod>> pods,
                                        std::span<const api::Pointer<const Pod>> related) {
    boost::unordered_flat_map<std::string_view, std::int32_t> active_on;
    for (const auto& pod : related) {
        if (is_active(*pod)) {
            ++active_on[pod->spec.nodeName];
        }
    }
    std::vector<std::int32_t> ranks;
    ranks.reserve(pods.size());
    for (const auto& pod : pods) {
        const auto found = active_on.find(pod->spec.nodeName);
        ranks.push_back(found == active_on.end() ? 0 : found->second);
    }
    return ranks;
}

std::vector<api::Pointer<const Pod>> in_deletion_order(
    std::span<const api::Pointer<const Pod>> pods, std::span<const std::int32_t> ranks,
    WallTime now) {
    std::vector<Candidate> candidates;
    candidates.reserve(pods.size());
    for (std::size_t i = 0; i < pods.size(); ++i) {
        candidates.push_back(candidate_of(pods[i], ranks[i], now));
    }
    std::vector<Candidate> scratch(candidates.size());
    merge(candidates, scratch, 0, candidates.size());
    std::vector<api::Pointer<const Pod>> result;
    result.reserve(candidates.size());
    for (Candidate& candidate : candidates) {
        result.push_back(std::move(candidate.pod));
    }
    return result;
}

}  // namespace wavetank::controllers
