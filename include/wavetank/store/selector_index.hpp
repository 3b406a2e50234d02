#pragma once

/// \file
/// Which of very many selectors pick an object with these labels?

#include <wavetank/api/selector.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace wavetank::store {

/// Selectors of plain labels, such as those of Services, found by the first of their labels.
class SelectorIndex {
public:
    /// Adds a selector under a number. Requires: it is not empty.
    void add(const api::Labels& selector, std::size_t number);

    /// Returns the numbers of those that pick such an object, in ascending order.
    /// Cost: a look-up a label, and a comparison with those that begin with it.
    [[nodiscard]] std::vector<std::size_t> matches(const api::Labels& labels) const;

private:
    struct Entry {
        api::Labels selector;
        std::size_t number = 0;
    };
    using ByValue = std::unordered_map<std::string, std::vector<Entry>>;

    std::map<std::string, ByValue, std::less<>> by_key_;
};

}  // namespace wavetank::store
