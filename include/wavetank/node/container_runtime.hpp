#pragma once

/// \file
/// What a kubelet needs of whoever runs the programs inside containers.

#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/store/key.hpp>

#include <string>

namespace wavetank::node {

/// One container of one pod, at the moment of its start.
struct ContainerStart {
    const api::corev1::Pod& pod;
    const api::corev1::Container& container;
    std::string address;  ///< the pod's IP
};

/// Starts and stops containers. The kubelet says when; this knows what is inside.
///
/// It hears of regular containers and sidecars; other init containers are a mere delay.
class ContainerRuntime {
public:
    virtual ~ContainerRuntime() = default;

    /// Starts a container's program. It takes requests only once its pod is an endpoint.
    /// Errors: anything; the kubelet counts it as a failed start and backs off.
    [[nodiscard]] virtual Result<void> start(const ContainerStart& start) = 0;

    /// Lets a container finish what it has begun: its TERM signal, so after any preStop sleep.
    virtual void drain(const store::Key& pod, const std::string& container) = 0;

    /// Kills a container. Does nothing if it does not run.
    virtual void stop(const store::Key& pod, const std::string& container) = 0;

    /// Tells whether a container that is draining has nothing left to do.
    [[nodiscard]] virtual bool idle(const store::Key& pod, const std::string& container) const = 0;
};

}  // namespace wavetank::node
