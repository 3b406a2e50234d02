#pragma once

/// \file
/// What do the rules of all kinds need of the cluster around them?

#include "registry/namespace_limits.hpp"
#include "registry/service_network.hpp"
#include "registry/shared_memo.hpp"

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/metav1.hpp>
#include <wavetank/base/random.hpp>
#include <wavetank/runtime/clock.hpp>
#include <wavetank/store/store.hpp>

#include <string>
#include <utility>
#include <vector>

namespace wavetank::registry {

/// That a shared part passed its checks.
struct Valid {};

/// What admission made of a pod's body.
struct AdmittedBody {
    api::Shared<api::corev1::PodSpecBody> body;
    api::corev1::PodStatus status;
};

/// What was found out about shared parts, so that each is looked at once.
struct Memos {
    using Body = api::corev1::PodSpecBody;

    SharedMemo<api::StringMap, Valid> labels{};
    SharedMemo<api::StringMap, Valid> annotations{};
    SharedMemo<std::vector<api::metav1::OwnerReference>, Valid> owners{};
    SharedMemo<Body, api::Shared<Body>> pods_defaulted{};       ///< by the incoming body
    SharedMemo<Body, AdmittedBody> admitted{};                  ///< by the defaulted body
    SharedMemo<Body, Valid> pod_bodies{};                       ///< by the admitted body
    SharedMemo<Body, api::Shared<Body>> templates_defaulted{};  ///< by the incoming body
    SharedMemo<Body, Valid> template_bodies{};                  ///< by the defaulted body
    SharedMemo<std::vector<api::corev1::PodCondition>,
               std::pair<api::Time, api::Shared<std::vector<api::corev1::PodCondition>>>>
        scheduled{};  ///< conditions after a binding, and of what second
};

/// The state that a registry keeps beside the store.
struct Cluster {
    store::Store& store;
    const runtime::Clock& clock;
    Random random;
    ServiceNetwork network{};
    Memos memos{};
    NamespaceLimits limits{};
    /// Names the objects that are kept as JSON, so that theirs do not shift those of pods.
    Random json_random = random.fork("json-kinds");

    [[nodiscard]] api::Time now() const {
        return api::Time{clock.wall()};
    }
};

}  // namespace wavetank::registry
