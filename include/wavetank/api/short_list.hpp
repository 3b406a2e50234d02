#pragma once

/// \file
/// A list of nearly always one element, at the price of one word and the element.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace wavetank::api {

/// Tells whether a T, by its own account, is one word that may be dropped and doubled like a number
/// when it is odd. Such a one takes the place of a list of itself alone.
template <class T>
inline constexpr bool odd_words_own_nothing = requires { requires T::odd_words_own_nothing; };

/// A list that takes eight bytes when it is empty, and has no room to grow otherwise: reads like a
/// `std::vector<T>`. Copies are deep. Elements do not change once others have followed them, or
/// the list has been copied.
///
/// Cost: adding an element moves all others.
template <class T>
class ShortList {
public:
    using value_type = T;

    ShortList() = default;
    ShortList(std::initializer_list<T> elements) : ShortList(elements.begin(), elements.size()) {}
    ShortList(const ShortList& other) : ShortList(other.begin(), other.size()) {}
    ShortList(ShortList&& other) noexcept {
        hold(other.block());
        other.hold(nullptr);
    }
    ShortList& operator=(const ShortList& other) {
        return *this = ShortList{other};
    }
    ShortList& operator=(ShortList&& other) noexcept {
        Block* const held = block();
        hold(other.block());
        other.hold(held);
        return *this;
    }
    ~ShortList() {
        clear();
    }

    [[nodiscard]] std::size_t size() const {
        return holds_element() ? 1 : empty() ? 0 : block()->size;
    }
    [[nodiscard]] bool empty() const {
        return word() == 0;
    }
    [[nodiscard]] const T* begin() const {
        return holds_element() ? reinterpret_cast<const T*>(place_)
               : empty()       ? nullptr
                               : elements(block());
    }
    [[nodiscard]] const T* end() const {
        return begin() + size();
    }
    /// Requires: `index < size()`; for `front`, that there is an element.
    [[nodiscard]] const T& operator[](std::size_t index) const {
        return begin()[index];
    }
    [[nodiscard]] const T& front() const {
        return *begin();
    }

    /// Adds an element, to be filled in before anything else is done with the list.
    T& emplace_back() {
        const std::size_t before = size();
        Block* larger = allocate(before + 1);
        std::uninitialized_copy_n(begin(), before, elements(larger));
        T* made = new (elements(larger) + before) T{};
        clear();
        hold(larger);
        return *made;
    }
    void push_back(T element) {
        if (empty()) {
            *this = ShortList(&element, 1);
        } else {
            emplace_back() = std::move(element);
        }
    }
    void assign(std::size_t count, const T& element) {
        ShortList made;
        while (made.size() < count) {
            made.push_back(element);
        }
        *this = std::move(made);
    }
    void clear() {
        if (!empty() && !holds_element()) {
            std::destroy_n(elements(block()), block()->size);
            ::operator delete(block());
        }
        hold(nullptr);
    }

    bool operator==(const ShortList& other) const {
        return std::equal(begin(), end(), other.begin(), other.end());
    }

private:
    // The elements follow; there is no block without any.
    struct Block {
        std::size_t size;
    };
    static_assert(alignof(T) <= alignof(Block));
    static_assert(!odd_words_own_nothing<T> ||
                  (sizeof(T) == sizeof(std::uint64_t) && alignof(T) <= alignof(std::uint64_t)));

    ShortList(const T* from, std::size_t count) {
        if constexpr (odd_words_own_nothing<T>) {
            if (count == 1) {
                new (place_) T(*from);
                if (holds_element()) {
                    return;
                }
                std::destroy_at(std::launder(reinterpret_cast<T*>(place_)));
                hold(nullptr);
            }
        }
        if (count > 0) {
            Block* made = allocate(count);
            std::uninitialized_copy_n(from, count, elements(made));
            hold(made);
        }
    }
    static Block* allocate(std::size_t count) {
        return new (::operator new(sizeof(Block) + count * sizeof(T))) Block{count};
    }
    static T* elements(Block* block) {
        return reinterpret_cast<T*>(block + 1);
    }
    [[nodiscard]] std::uint64_t word() const {
        std::uint64_t bits = 0;
        std::memcpy(&bits, place_, sizeof bits);
        return bits;
    }
    [[nodiscard]] bool holds_element() const {
        return odd_words_own_nothing<T> && (word() & 1U) != 0;
    }
    // An element that stands here is moved as a block would be.
    [[nodiscard]] Block* block() const {
        Block* held = nullptr;
        std::memcpy(static_cast<void*>(&held), place_, sizeof held);
        return held;
    }
    void hold(Block* held) {
        std::memcpy(place_, static_cast<const void*>(&held), sizeof held);
    }

    // All 0: empty. As an odd word: the only element. Otherwise the address of a block.
    alignas(std::uint64_t) std::byte place_[sizeof(std::uint64_t)]{};
};

}  // namespace wavetank::api
