#include "controllers/slice_plan.hpp"

#include "controllers/endpoints.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace wavetank::controllers {
namespace {

using api::discoveryv1::Endpoint;
using api::discoveryv1::EndpointSlice;

/// A slice on its way from what is stored to what is to be; copied when first changed.
struct Draft {
    SlicePointer stored;  // null for a new one
    std::optional<EndpointSlice> changed{};

    [[nodiscard]] const EndpointSlice& current() const {
        return changed ? *changed : *stored;
    }
    [[nodiscard]] std::size_t size() const {
        return current().endpoints.size();
    }
    EndpointSlice& edit() {
        return changed ? *changed : changed.emplace(*stored);
    }
};

/// The slices with one set of ports, and the endpoints that have no place yet.
struct Group {
    std::vector<Draft> drafts{};
    std::vector<ChangedEndpoint*> homeless{};
};

/// Replaces and removes what changed in a stored slice. Endpoints that stay have no ports left.
void revise(Draft& draft, const std::string& ports, std::vector<ChangedEndpoint>& changed) {
    const auto& before = draft.stored->endpoints;
    std::vector<std::size_t> gone;
    for (std::size_t i = 0; i < before.size(); ++i) {
        const std::string_view pod = pod_of(*before[i]);
        const auto change = std::ranges::lower_bound(
            changed, pod, {}, [](const ChangedEndpoint& each) { return each.pod.view(); });
        if (change == changed.end() || change->pod != pod) {
            continue;
        }
        if (change->ports == nullptr || change->ports->key != ports) {
            gone.push_back(i);
            continue;
        }
        if (!(*before[i] == change->endpoint)) {
            draft.edit().endpoints[i] = std::move(change->endpoint);
        }
        change->ports = nullptr;
    }
    for (auto i = gone.rbegin(); i != gone.rend(); ++i) {
        auto& endpoints = draft.edit().endpoints;
        endpoints.erase(endpoints.begin() + static_cast<std::ptrdiff_t>(*i));
    }
}

void fill(Draft& draft, std::vector<ChangedEndpoint*>& homeless, std::size_t& next) {
    while (next < homeless.size() && draft.size() < endpoints_per_slice) {
        draft.edit().endpoints.push_back(std::move(homeless[next++]->endpoint));
    }
}

/// Returns the unchanged slice that is fullest once it has taken `count` more; null if none can.
Draft* best_fit(std::vector<Draft>& drafts, std::size_t count) {
    Draft* best = nullptr;
    for (Draft& draft : drafts) {
        if (!draft.changed && draft.size() + count <= endpoints_per_slice &&
            (best == nullptr || draft.size() > best->size())) {
            best = &draft;
        }
    }
    return best;
}

/// Finds places: first in slices that are written anyway, the fullest first, then in one unchanged
/// slice that takes all the rest, else in new ones.
void place(Group& group, const EndpointSlice& fresh_slice) {
    std::vector<Draft*> open;
    for (Draft& draft : group.drafts) {
        if (draft.changed && draft.size() > 0) {
            open.push_back(&draft);
        }
    }
    std::ranges::stable_sort(
        open, [](const Draft* left, const Draft* right) { return left->size() > right->size(); });
    std::size_t next = 0;
    for (Draft* draft : open) {
        fill(*draft, group.homeless, next);
    }
    while (next < group.homeless.size()) {
        const std::size_t left = group.homeless.size() - next;
        Draft* draft = left < endpoints_per_slice ? best_fit(group.drafts, left) : nullptr;
        if (draft == nullptr) {
            group.drafts.push_back({.stored = nullptr, .changed = fresh_slice});
            draft = &group.drafts.back();
            draft->edit().ports = group.homeless[next]->ports->ports;
        }
        fill(*draft, group.homeless, next);
    }
}

/// Lets slices that would be deleted take the contents of those that would be created.
void reuse_names(SlicePlan& plan) {
    while (!plan.create.empty() && !plan.remove.empty()) {
        EndpointSlice slice = *plan.remove.front();
        EndpointSlice& wanted = plan.create.back();
        slice.ports = std::move(wanted.ports);
        slice.endpoints = std::move(wanted.endpoints);
        slice.metadata.labels = wanted.metadata.labels;
        plan.update.push_back(std::move(slice));
        plan.create.pop_back();
        plan.remove.erase(plan.remove.begin());
    }
}

/// Sorts out what becomes of each slice.
SlicePlan plan_of(std::map<std::string, Group>& groups, const EndpointSlice& fresh_slice) {
    SlicePlan plan;
    SlicePointer placeholder;
    bool any_left = false;
    for (auto& [ports, group] : groups) {
        place(group, fresh_slice);
        for (Draft& draft : group.drafts) {
            if (draft.size() == 0) {
                plan.remove.push_back(draft.stored);
                if (ports.empty() && !draft.changed) {
                    placeholder = draft.stored;
                }
                continue;
            }
            any_left = true;
            if (draft.changed) {
                (draft.stored ? plan.update : plan.create).push_back(std::move(*draft.changed));
            }
        }
    }
    if (!any_left && placeholder != nullptr) {
        std::erase(plan.remove, placeholder);
    } else if (!any_left) {
        plan.create.push_back(fresh_slice);
    }
    reuse_names(plan);
    return plan;
}

}  // namespace

const api::Text& pod_of(const Endpoint& endpoint) {
    static const api::Text none;
    return endpoint.targetRef ? endpoint.targetRef->name : none;
}

SlicePlan plan_slices(const std::vector<const KnownSlice*>& existing,
                      const EndpointSlice& fresh_slice, std::vector<ChangedEndpoint> changed) {
    std::map<std::string, Group> groups;
    for (const KnownSlice* known : existing) {
        Draft draft{.stored = known->slice};
        if (known->suspect) {
            if (!(known->slice->metadata.labels == fresh_slice.metadata.labels)) {
                draft.edit().metadata.labels = fresh_slice.metadata.labels;
            }
            revise(draft, known->ports, changed);
        }
        groups[known->ports].drafts.push_back(std::move(draft));
    }
    for (ChangedEndpoint& change : changed) {
        if (change.ports != nullptr) {
            groups[change.ports->key].homeless.push_back(&change);
        }
    }
    return plan_of(groups, fresh_slice);
}

}  // namespace wavetank::controllers
