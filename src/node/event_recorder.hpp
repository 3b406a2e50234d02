#pragma once

/// \file
/// How kubelets tell people what they do: Events, the same one twice counted rather than repeated.

#include <wavetank/api/corev1/node.hpp>
#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/node/node_options.hpp>
#include <wavetank/registry/registry.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace wavetank::node {

/// Stands for no container of a pod.
inline constexpr std::size_t no_container = static_cast<std::size_t>(-1);

enum class EventClass : std::uint8_t { Normal, Warning };

/// One thing to tell.
struct Report {
    EventClass type{};
    const char* reason = "";
    std::string message;
};

/// Writes Events in the name of kubelets. An Event that cannot be stored is lost, as upstream.
class EventRecorder {
public:
    EventRecorder(registry::Registry& registry, EventReporting reporting);

    [[nodiscard]] bool enabled() const {
        return enabled_;
    }

    /// Reports about the container of a pod at an index, init containers counted first, or about
    /// the pod as a whole with `no_container`.
    void report(const api::corev1::Pod& pod, std::size_t container, const Report& report);

    /// Reports about a node.
    void report(const api::corev1::Node& node, const Report& report);

private:
    void record(api::corev1::Event event);

    registry::Registry& registry_;
    bool enabled_;
    std::uint64_t sequence_ = 0;
    std::unordered_map<std::string, store::Key> recorded_;  // by what makes two events the same
};

}  // namespace wavetank::node
