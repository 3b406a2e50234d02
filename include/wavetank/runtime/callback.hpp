#pragma once

/// \file
/// A callable with no arguments that runs once and rarely allocates.
///
/// `std::function` must be copyable and has room for two words; an event needs neither the one nor
/// is it content with the other.

#include <wavetank/base/assert.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace wavetank::runtime {

/// Owns a callable of up to six words in place, a larger one on the heap. Movable, not copyable.
class Callback {
public:
    Callback() = default;

    /// Takes over `callable`.
    template <class Callable>
        requires(!std::same_as<std::remove_cvref_t<Callable>, Callback> &&
                 std::invocable<std::remove_cvref_t<Callable>&>)
    Callback(Callable&& callable) {  // NOLINT(google-explicit-constructor): a call's last argument
        using Stored = std::remove_cvref_t<Callable>;
        if constexpr (fits<Stored>) {
            ::new (static_cast<void*>(storage_)) Stored(std::forward<Callable>(callable));
            operations_ = &in_place<Stored>;
        } else {
            ::new (static_cast<void*>(storage_))
                Stored*(std::make_unique<Stored>(std::forward<Callable>(callable)).release());
            operations_ = &on_heap<Stored>;
        }
    }

    Callback(Callback&& other) noexcept : operations_{other.operations_} {
        if (operations_ != nullptr) {
            operations_->relocate(other.storage_, storage_);
            other.operations_ = nullptr;
        }
    }

    Callback& operator=(Callback&& other) noexcept {
        if (this != &other) {
            reset();
            ::new (static_cast<void*>(this)) Callback(std::move(other));
        }
        return *this;
    }

    ~Callback() {
        reset();
    }

    /// Calls what it holds. Requires: it holds something.
    void operator()() {
        WAVETANK_ASSERT(operations_ != nullptr);
        operations_->call(storage_);
    }

    [[nodiscard]] explicit operator bool() const {
        return operations_ != nullptr;
    }

private:
    struct Operations {
        void (*call)(std::byte* storage);
        void (*relocate)(std::byte* from, std::byte* to);
        void (*destroy)(std::byte* storage);
    };

    static constexpr std::size_t capacity = 6 * sizeof(void*);

    template <class Stored>
    static constexpr bool fits = sizeof(Stored) <= capacity && alignof(Stored) <= alignof(void*) &&
                                 std::is_nothrow_move_constructible_v<Stored>;

    template <class Stored>
    static Stored& stored(std::byte* storage) {
        return *std::launder(reinterpret_cast<Stored*>(storage));
    }

    template <class Stored>
    static constexpr Operations in_place{
        [](std::byte* storage) { static_cast<void>(stored<Stored>(storage)()); },
        [](std::byte* from, std::byte* to) {
            ::new (static_cast<void*>(to)) Stored(std::move(stored<Stored>(from)));
            stored<Stored>(from).~Stored();
        },
        [](std::byte* storage) { stored<Stored>(storage).~Stored(); }};

    template <class Stored>
    static constexpr Operations on_heap{
        [](std::byte* storage) { static_cast<void>((*stored<Stored*>(storage))()); },
        [](std::byte* from, std::byte* to) {
            ::new (static_cast<void*>(to)) Stored*(stored<Stored*>(from));
        },
        [](std::byte* storage) { std::default_delete<Stored>{}(stored<Stored*>(storage)); }};

    void reset() {
        if (operations_ != nullptr) {
            std::exchange(operations_, nullptr)->destroy(storage_);
        }
    }

    alignas(void*) std::byte storage_[capacity];
    const Operations* operations_ = nullptr;
};

}  // namespace wavetank::runtime
