#pragma once

/// \file
/// The requests in a replica whose departures are known.

#include <wavetank/base/time.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wavetank::sim::dataplane {

/// Stands for no request, no replica.
inline constexpr std::uint32_t none = 0xffffffff;

/// A departure that was computed, and holds as long as nothing happens to the replica.
struct Promise {
    TimePoint due;
    TimePoint begun;            ///< when a CPU takes it up
    Duration work{};            ///< CPU time
    TimePoint sent{};           ///< by its client; of a request without a record
    std::uint64_t number = 0;   ///< of the request in its load, the same
    std::uint32_t edge = none;  ///< the same
    std::uint32_t record = none;
    std::uint32_t ticket = 0;  ///< in order of arrival
    std::uint16_t status = 200;
};

/// Promises in order of their departures, in a ring that grows.
class PromiseLine {
public:
    [[nodiscard]] std::size_t size() const {
        return size_;
    }
    [[nodiscard]] bool empty() const {
        return size_ == 0;
    }
    [[nodiscard]] Promise& operator[](std::size_t index) {
        return ring_[(head_ + index) & (ring_.size() - 1)];
    }
    [[nodiscard]] const Promise& operator[](std::size_t index) const {
        return ring_[(head_ + index) & (ring_.size() - 1)];
    }
    [[nodiscard]] Promise& front() {
        return ring_[head_];
    }
    void pop_front() {
        head_ = (head_ + 1) & (ring_.size() - 1);
        --size_;
    }

    /// Puts a promise in its place, before those of which `is_later` is true. Cost: one move for
    /// each of them; with one CPU there is none.
    template <class IsLater>
    void insert(const Promise& promise, IsLater is_later) {
        if (size_ == ring_.size()) {
            grow();
        }
        std::size_t place = size_++;
        for (; place > 0 && is_later((*this)[place - 1]); --place) {
            (*this)[place] = (*this)[place - 1];
        }
        (*this)[place] = promise;
    }

    /// Takes out all promises, in order of arrival.
    [[nodiscard]] std::vector<Promise> take_all() {
        std::vector<Promise> all;
        all.reserve(size_);
        for (std::size_t i = 0; i < size_; ++i) {
            all.push_back((*this)[i]);
        }
        size_ = 0;
        std::ranges::sort(all, {}, &Promise::ticket);
        return all;
    }

private:
    void grow() {
        std::vector<Promise> larger(std::max<std::size_t>(4, 2 * ring_.size()));
        for (std::size_t i = 0; i < size_; ++i) {
            larger[i] = (*this)[i];
        }
        ring_ = std::move(larger);
        head_ = 0;
    }

    std::vector<Promise> ring_;  // a power of two, or empty
    std::size_t head_ = 0;
    std::size_t size_ = 0;
};

}  // namespace wavetank::sim::dataplane
