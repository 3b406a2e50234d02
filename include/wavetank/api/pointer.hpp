#pragma once

/// \file
/// How are objects out of the store pointed to?
///
/// As by a `std::shared_ptr<const T>`, but in one word, for the count stands beside the object; and
/// objects lie in slabs. There are half a dozen pointers to each of very many pods.

#include <wavetank/base/reference_count.hpp>
#include <wavetank/base/slab.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace wavetank::api {

/// Points to an object that lives as long as such pointers do, or to none. `Pointer<const T>`, to
/// which `Pointer<T>` converts, is for objects that nobody changes any more.
///
/// Threads: copies in different threads are independent.
template <class T>
class Pointer {
public:
    using element_type = T;

    Pointer() = default;
    Pointer(std::nullptr_t /*none*/) {}
    Pointer(const Pointer& other) noexcept : held_(other.held_) {
        retain();
    }
    Pointer(Pointer&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
    template <class From>
        requires(!std::same_as<From, T> && std::same_as<const From, T>)
    Pointer(Pointer<From> other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
    Pointer& operator=(const Pointer& other) noexcept {
        return *this = Pointer{other};
    }
    Pointer& operator=(Pointer&& other) noexcept {
        Pointer moved{std::move(other)};
        std::swap(held_, moved.held_);
        return *this;
    }
    ~Pointer() {
        if (held_ != nullptr && held_->references.drop()) {
            delete held_;
        }
    }

    /// Makes an object.
    template <class... From>
    [[nodiscard]] static Pointer make(From&&... from) {
        static_assert(alignof(Held) <= slab_alignment);
        return Pointer{new Held(std::forward<From>(from)...)};
    }

    [[nodiscard]] T* get() const {
        return held_ == nullptr ? nullptr : std::addressof(held_->object);
    }
    explicit operator bool() const {
        return held_ != nullptr;
    }
    /// Requires: there is an object, for all three.
    [[nodiscard]] T& operator*() const {
        return held_->object;
    }
    [[nodiscard]] T* operator->() const {
        return std::addressof(held_->object);
    }
    [[nodiscard]] bool is_only_one() const {
        return held_->references.is_one();
    }
    void reset() {
        *this = Pointer{};
    }

    friend bool operator==(const Pointer& left, const Pointer& right) {
        return left.held_ == right.held_;
    }
    friend bool operator==(const Pointer& left, std::nullptr_t /*none*/) {
        return left.held_ == nullptr;
    }

private:
    template <class>
    friend class Pointer;

    /// The object, with the count of what points to it.
    struct Counted {
        template <class... From>
        explicit Counted(From&&... from) : object(std::forward<From>(from)...) {}

        static void* operator new(std::size_t size) {
            return slab_allocate(size);
        }
        static void operator delete(void* block, std::size_t size) {
            slab_free(block, size);
        }

        ReferenceCount references;
        std::remove_const_t<T> object;
    };
    using Held = typename Pointer<std::remove_const_t<T>>::Counted;

    explicit Pointer(Held* held) : held_(held) {}

    void retain() const {
        if (held_ != nullptr) {
            held_->references.add();
        }
    }

    Held* held_ = nullptr;
};

/// Makes an object that is pointed to.
template <class T, class... From>
[[nodiscard]] Pointer<T> make_object(From&&... from) {
    return Pointer<T>::make(std::forward<From>(from)...);
}

}  // namespace wavetank::api
