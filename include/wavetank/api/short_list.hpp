#pragma once

/// \file
/// A list of nearly always one element, at the price of one word and the element.

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <new>
#include <utility>

namespace wavetank::api {

/// A list that takes eight bytes when it is empty, and has no room to grow otherwise: reads like a
/// `std::vector<T>`. Copies are deep.
///
/// Cost: adding an element moves all others.
template <class T>
class ShortList {
public:
    using value_type = T;

    ShortList() = default;
    ShortList(std::initializer_list<T> elements) : ShortList(elements.begin(), elements.size()) {}
    ShortList(const ShortList& other) : ShortList(other.begin(), other.size()) {}
    ShortList(ShortList&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    ShortList& operator=(const ShortList& other) {
        return *this = ShortList{other};
    }
    ShortList& operator=(ShortList&& other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~ShortList() {
        clear();
    }

    [[nodiscard]] std::size_t size() const {
        return block_ == nullptr ? 0 : block_->size;
    }
    [[nodiscard]] bool empty() const {
        return block_ == nullptr;
    }
    [[nodiscard]] const T* begin() const {
        return block_ == nullptr ? nullptr : elements(block_);
    }
    [[nodiscard]] const T* end() const {
        return begin() + size();
    }
    [[nodiscard]] T* begin() {
        return block_ == nullptr ? nullptr : elements(block_);
    }
    [[nodiscard]] T* end() {
        return begin() + size();
    }
    /// Requires: `index < size()`; for `front`, that there is an element.
    [[nodiscard]] const T& operator[](std::size_t index) const {
        return begin()[index];
    }
    [[nodiscard]] T& operator[](std::size_t index) {
        return begin()[index];
    }
    [[nodiscard]] const T& front() const {
        return *begin();
    }
    [[nodiscard]] T& front() {
        return *begin();
    }

    T& emplace_back() {
        Block* larger = allocate(size() + 1);
        std::uninitialized_move(begin(), end(), elements(larger));
        T* made = new (elements(larger) + size()) T{};
        clear();
        block_ = larger;
        return *made;
    }
    void push_back(T element) {
        emplace_back() = std::move(element);
    }
    void assign(std::size_t count, const T& element) {
        ShortList made;
        while (made.size() < count) {
            made.push_back(element);
        }
        *this = std::move(made);
    }
    void clear() {
        if (block_ != nullptr) {
            std::destroy(begin(), end());
            ::operator delete(block_);
            block_ = nullptr;
        }
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

    ShortList(const T* from, std::size_t count) {
        if (count > 0) {
            block_ = allocate(count);
            std::uninitialized_copy_n(from, count, elements(block_));
        }
    }
    static Block* allocate(std::size_t count) {
        return new (::operator new(sizeof(Block) + count * sizeof(T))) Block{count};
    }
    static T* elements(Block* block) {
        return reinterpret_cast<T*>(block + 1);
    }

    Block* block_ = nullptr;
};

}  // namespace wavetank::api
