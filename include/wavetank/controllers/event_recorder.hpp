#pragma once

/// \file
/// How does a controller tell people what it did? Through Events, as client-go's recorder does.

#include <wavetank/api/corev1/reference.hpp>
#include <wavetank/api/scheme.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/store/key.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace wavetank::controllers {

/// Which of a controller's events become Event objects.
enum class EventPolicy : std::uint8_t {
    None,        ///< none at all
    Correlated,  ///< as client-go: equal ones are counted, similar ones combined, floods cut off
    All,         ///< each one, uncombined
};

enum class EventType : std::uint8_t { Normal, Warning };

/// Returns the reference by which an Event names `object`.
template <class T>
[[nodiscard]] api::corev1::ObjectReference reference_to(const T& object) {
    return {.kind = std::string{api::kind_info<T>.kind},
            .namespace_ = object.metadata.namespace_,
            .name = object.metadata.name,
            .uid = object.metadata.uid,
            .apiVersion = api::kind_info<T>.gvk().api_version(),
            .resourceVersion = object.metadata.resourceVersion};
}

/// Writes the events of one component.
///
/// Lifetime: the registry must outlive it.
class EventRecorder {
public:
    EventRecorder(registry::Registry& registry, std::string component, EventPolicy policy);
    ~EventRecorder();
    EventRecorder(const EventRecorder&) = delete;
    EventRecorder& operator=(const EventRecorder&) = delete;

    /// Records one event; one that cannot be stored is lost, as upstream.
    void record(const api::corev1::ObjectReference& about, EventType type, std::string reason,
                std::string message);

    /// The same, about an object, sparing the work if events are off.
    template <class T>
    void normal(const T& object, std::string reason, std::string message) {
        if (policy_ != EventPolicy::None) {
            record(reference_to(object), EventType::Normal, std::move(reason), std::move(message));
        }
    }
    template <class T>
    void warning(const T& object, std::string reason, std::string message) {
        if (policy_ != EventPolicy::None) {
            record(reference_to(object), EventType::Warning, std::move(reason), std::move(message));
        }
    }

private:
    struct Correlator;

    bool count_again(const store::Key& known, const std::string& message, WallTime now);

    registry::Registry& registry_;
    std::string component_;
    EventPolicy policy_;
    std::unique_ptr<Correlator> correlator_;
    WallTime last_name_{};
};

}  // namespace wavetank::controllers
