#pragma once

/// \file
/// What a watcher hears, and how it stops listening.

#include <wavetank/api/pointer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace wavetank::store {

enum class EventType : std::uint8_t { Added, Modified, Deleted };

/// One change of one object. `object` is the new state, or the last one with the version of the
/// deletion; `previous` is the state before, null for Added.
template <class T>
struct WatchEvent {
    EventType type{};
    api::Pointer<const T> object;
    api::Pointer<const T> previous;
    std::uint64_t version = 0;
};

/// Keeps a watcher subscribed for as long as it lives.
class [[nodiscard]] Subscription {
public:
    Subscription() = default;
    explicit Subscription(std::function<void()> cancel) : cancel_(std::move(cancel)) {}
    Subscription(Subscription&& other) noexcept : cancel_(std::exchange(other.cancel_, nullptr)) {}
    Subscription& operator=(Subscription&& other) noexcept {
        std::swap(cancel_, other.cancel_);
        return *this;
    }
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    ~Subscription() {
        if (cancel_) {
            cancel_();
        }
    }

private:
    std::function<void()> cancel_;
};

}  // namespace wavetank::store
