#pragma once

/// \file
/// How do equal parts of objects come together, that were made one after the other?

#include <wavetank/api/shared.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace wavetank::api {

/// The values that were shared last, so that an equal one that comes soon after is held once.
///
/// Cost: a comparison with each of `Count` values.
template <class T, std::size_t Count>
class LatestShared {
public:
    /// Returns a value in the form that an equal one has, if there was one of late.
    [[nodiscard]] Shared<T> share(Shared<T> value) {
        const auto known = std::ranges::find(values_, value);
        return known != values_.end() ? *known : keep(std::move(value));
    }
    [[nodiscard]] Shared<T> share(T value) {
        const auto known =
            std::ranges::find_if(values_, [&](const Shared<T>& each) { return *each == value; });
        return known != values_.end() ? *known : keep(std::move(value));
    }

private:
    Shared<T> keep(Shared<T> value) {
        Shared<T>& oldest = values_[next_];
        next_ = (next_ + 1) % Count;
        return oldest = std::move(value);
    }

    std::array<Shared<T>, Count> values_{};
    std::size_t next_ = 0;
};

}  // namespace wavetank::api
