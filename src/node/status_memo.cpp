#include "node/status_memo.hpp"

namespace wavetank::node {

const SharedStatus& StatusMemo::status_of(const api::corev1::Pod& pod, const PodView& view,
                                          api::Time now) {
    for (std::size_t i = 0; i < used_; ++i) {
        const Entry& entry = entries_[i];
        // Conditions that nobody shares yet are compared by value, so that they come together here.
        if (entry.body.same_as(pod.spec.body) && entry.now == now &&
            entry.generation == pod.metadata.generation && entry.view == view &&
            entry.conditions == pod.status.conditions) {
            return entry.status;
        }
    }
    Entry& entry = entries_[next_];
    next_ = (next_ + 1) % entries_.size();
    used_ = used_ < entries_.size() ? used_ + 1 : used_;
    SharedStatus status = make(pod, view, now);
    entry = {.body = pod.spec.body,
             .conditions = pod.status.conditions,
             .generation = pod.metadata.generation,
             .now = now,
             .view = view,
             .status = std::move(status)};
    return entry.status;
}

SharedStatus StatusMemo::make(const api::corev1::Pod& pod, const PodView& view, api::Time now) {
    const api::corev1::PodSpecBody& body = *pod.spec.body;
    SharedStatus result{.phase = phase_of(body, view)};
    result.conditions = conditions_of({.body = body,
                                       .view = view,
                                       .phase = result.phase,
                                       .generation = pod.metadata.generation,
                                       .now = now},
                                      *pod.status.conditions);
    std::vector<api::corev1::ContainerStatus> init_containers;
    std::vector<api::corev1::ContainerStatus> containers;
    for (std::size_t i = 0; i < view.containers.size(); ++i) {
        auto status = container_status(body, i, view.containers[i]);
        auto& list = i < body.initContainers.size() ? init_containers : containers;
        list.push_back(std::move(status));
    }
    if (!init_containers.empty()) {
        result.init_containers = std::move(init_containers);
    }
    result.containers = std::move(containers);
    return result;
}

}  // namespace wavetank::node
