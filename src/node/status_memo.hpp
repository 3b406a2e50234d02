#pragma once

/// \file
/// The statuses made last, so that pods of one template that do the same at the same time share
/// them: most of a pod's status then costs a pod nothing.

#include "node/pod_status.hpp"

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/shared.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace wavetank::node {

/// The parts of a status that pods may share, and the phase.
struct SharedStatus {
    std::string phase{};
    api::Shared<std::vector<api::corev1::PodCondition>> conditions{};
    api::Shared<api::corev1::PodStatusBody> body{};
};

/// What a kubelet knows when it writes a status.
struct StatusInput {
    const PodView& view;
    api::Time start_time{};
    api::Time now{};
};

/// Makes statuses, or returns ones made before from the very same parts.
class StatusMemo {
public:
    /// Returns the status of a pod that does what the view says.
    /// Lifetime: the result until the next call.
    [[nodiscard]] const SharedStatus& status_of(const api::corev1::Pod& pod,
                                                const StatusInput& input);

private:
    struct Entry {
        api::Shared<api::corev1::PodSpecBody> spec{};
        api::Shared<std::vector<api::corev1::PodCondition>> conditions{};  // before
        api::Shared<api::corev1::PodStatusBody> body{};                    // the same
        std::int64_t generation = 0;
        api::Time start_time{};
        api::Time now{};
        PodView view{};
        SharedStatus status{};
    };

    [[nodiscard]] static SharedStatus make(const api::corev1::Pod& pod, const StatusInput& input);

    std::array<Entry, 16> entries_{};  // a rollout has a handful of templates and stages at once
    std::size_t used_ = 0;
    std::size_t next_ = 0;
};

}  // namespace wavetank::node
