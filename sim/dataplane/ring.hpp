#pragma once

/// \file
/// A queue that takes no memory while it was never used, unlike `std::deque`.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace wavetank::sim::dataplane {

/// Values in a ring that grows. Those that take one from an end require that there is one.
template <class Value>
class Ring {
public:
    [[nodiscard]] std::size_t size() const {
        return size_;
    }
    [[nodiscard]] bool empty() const {
        return size_ == 0;
    }
    [[nodiscard]] Value& operator[](std::size_t index) {
        return places_[(head_ + index) & (places_.size() - 1)];
    }
    [[nodiscard]] const Value& operator[](std::size_t index) const {
        return places_[(head_ + index) & (places_.size() - 1)];
    }
    [[nodiscard]] const Value& front() const {
        return places_[head_];
    }
    [[nodiscard]] const Value& back() const {
        return (*this)[size_ - std::size_t{1}];
    }
    void pop_front() {
        head_ = static_cast<std::uint32_t>((head_ + std::size_t{1}) & (places_.size() - 1));
        --size_;
    }
    void pop_back() {
        --size_;
    }
    void clear() {
        size_ = 0;
    }

    void push_back(const Value& value) {
        insert(value, [](const Value& /*other*/) { return false; });
    }

    /// Makes room for one more at the end, which holds what was there before. To fill it in member
    /// by member is faster than to copy what was just written: a processor cannot read in one piece
    /// what it has not yet stored in pieces.
    [[nodiscard]] Value& add_back() {
        if (size_ == places_.size()) {
            grow();
        }
        return (*this)[size_++];
    }

    /// Puts a value in its place, before those at the end of which `is_later` is true. Cost: one
    /// move for each of them.
    template <class IsLater>
    void insert(const Value& value, IsLater is_later) {
        if (size_ == places_.size()) {
            grow();
        }
        std::size_t place = size_++;
        for (; place > 0 && is_later((*this)[place - 1]); --place) {
            (*this)[place] = (*this)[place - 1];
        }
        (*this)[place] = value;
    }

    /// Does the same for the last value, which is not yet in its place.
    template <class IsLater>
    void insert_last(IsLater is_later) {
        std::size_t place = size_ - std::size_t{1};
        if (place == 0 || !is_later((*this)[place - 1], (*this)[place])) {
            return;
        }
        const Value value = (*this)[place];
        for (; place > 0 && is_later((*this)[place - 1], value); --place) {
            (*this)[place] = (*this)[place - 1];
        }
        (*this)[place] = value;
    }

private:
    void grow() {
        std::vector<Value> larger(std::max<std::size_t>(4, 2 * places_.size()));
        for (std::size_t i = 0; i < size_; ++i) {
            larger[i] = (*this)[i];
        }
        places_ = std::move(larger);
        head_ = 0;
    }

    std::vector<Value> places_;  // a power of two, or empty
    std::uint32_t head_ = 0;
    std::uint32_t size_ = 0;
};

}  // namespace wavetank::sim::dataplane
