#pragma once

/// \file
/// In which of a Service's slices is a pod listed?

#include "controllers/slice_plan.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace wavetank::controllers {

/// Finds places in slices by the names of the pods there, so that no name is kept twice: there is
/// one of every pod. A pod that several slices list has the place that was noted last.
///
/// Lifetime: the slices that are noted stay where they are until they are forgotten.
class PodPlaces {
public:
    PodPlaces() = default;
    PodPlaces(const PodPlaces&) = delete;
    PodPlaces& operator=(const PodPlaces&) = delete;

    /// Puts a slice in the place of what was known of it, which may be nothing. Endpoints that both
    /// share are not looked at.
    void replace(KnownSlice& known, const SlicePointer& slice);
    void forget(KnownSlice& known);
    /// Forgets all slices.
    void clear();

    /// Returns the slice that lists a pod; null if none does.
    [[nodiscard]] KnownSlice* find(std::string_view pod) const;

private:
    // The number of a slice, above the number of an endpoint in it, of which the registry lets
    // there be a thousand.
    using Place = std::uint32_t;
    static constexpr unsigned index_bits = 10;

    struct Hash {
        using is_transparent = void;
        const PodPlaces* places;

        std::size_t operator()(std::string_view pod) const {
            return std::hash<std::string_view>{}(pod);
        }
        std::size_t operator()(Place place) const {
            return (*this)(places->pod_at(place));
        }
    };
    struct Equal {
        using is_transparent = void;
        const PodPlaces* places;

        bool operator()(Place left, Place right) const {
            return left == right || places->pod_at(left) == places->pod_at(right);
        }
        bool operator()(std::string_view left, Place right) const {
            return left == places->pod_at(right);
        }
        bool operator()(Place left, std::string_view right) const {
            return places->pod_at(left) == right;
        }
    };

    [[nodiscard]] std::string_view pod_at(Place place) const;
    void number(KnownSlice& known);
    void add(const KnownSlice& known, std::size_t index);
    void remove(const KnownSlice& known, std::size_t index);

    std::vector<KnownSlice*> slices_;  // by number; null: it is free
    std::vector<std::uint32_t> free_;
    boost::unordered_flat_set<Place, Hash, Equal> places_{0, Hash{this}, Equal{this}};
};

}  // namespace wavetank::controllers
