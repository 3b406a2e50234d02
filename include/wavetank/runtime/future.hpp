#pragma once

/// \file
/// A bridge from a callback to a coroutine: one side awaits the value that the other sets.

#include <wavetank/base/assert.hpp>
#include <wavetank/runtime/waiter.hpp>

#include <optional>
#include <utility>

namespace wavetank::runtime {

template <class T>
class Promise;

/// Awaits one value. Make it first, then hand its `promise()` to the one who will know the value.
///
/// Awaiting it throws `Cancelled` if the waiting task is called off, or if the promise goes without
/// having set a value. One coroutine may await it, once.
/// Lifetime: either side may go first. Stays where it is; a local variable of the coroutine.
template <class T>
class Future {
public:
    explicit Future(Executor& executor) : waiter_{executor} {}
    ~Future();
    Future(const Future&) = delete;
    Future& operator=(const Future&) = delete;

    /// Returns the other side. Requires: it is asked for once.
    [[nodiscard]] Promise<T> promise();

    [[nodiscard]] bool ready() const {
        return value_.has_value();
    }

    [[nodiscard]] bool await_ready() const noexcept {
        return value_.has_value() || (promised_ && promise_ == nullptr);
    }
    template <class Coroutine>
    bool await_suspend(std::coroutine_handle<Coroutine> coroutine) {
        return waiter_.suspend(coroutine);
    }
    T await_resume();

private:
    friend Promise<T>;

    Waiter waiter_;
    std::optional<T> value_;
    Promise<T>* promise_ = nullptr;
    bool promised_ = false;
};

/// Sets the value of a `Future`. Movable, so that a callback can hold it.
template <class T>
class Promise {
public:
    Promise(Promise&& other) noexcept : future_{std::exchange(other.future_, nullptr)} {
        relink();
    }
    Promise& operator=(Promise&& other) noexcept {
        if (this != &other) {
            abandon();
            future_ = std::exchange(other.future_, nullptr);
            relink();
        }
        return *this;
    }
    ~Promise() {
        abandon();
    }

    /// Sets the value and wakes the coroutine that awaits it. Does nothing if a value was set
    /// before or nobody is there to see it.
    template <class Value = T>
    void set(Value&& value);

    /// Returns whether someone can still see a value.
    [[nodiscard]] bool awaited() const {
        return future_ != nullptr;
    }

private:
    friend Future<T>;
    explicit Promise(Future<T>& future) : future_{&future} {
        relink();
    }
    void relink() {
        if (future_ != nullptr) {
            future_->promise_ = this;
        }
    }
    void abandon();

    Future<T>* future_;
};

template <class T>
Future<T>::~Future() {
    if (promise_ != nullptr) {
        promise_->future_ = nullptr;
    }
}

template <class T>
Promise<T> Future<T>::promise() {
    WAVETANK_ASSERT(!promised_);
    promised_ = true;
    return Promise<T>{*this};
}

template <class T>
T Future<T>::await_resume() {
    waiter_.finish();
    if (!value_) {
        throw Cancelled{};
    }
    return std::move(*value_);
}

template <class T>
template <class Value>
void Promise<T>::set(Value&& value) {
    if (future_ != nullptr) {
        future_->value_.emplace(std::forward<Value>(value));
        abandon();
    }
}

template <class T>
void Promise<T>::abandon() {
    if (future_ != nullptr) {
        future_->promise_ = nullptr;
        future_->waiter_.wake();
        future_ = nullptr;
    }
}

}  // namespace wavetank::runtime
