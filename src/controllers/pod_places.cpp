#include "controllers/pod_places.hpp"

#include <utility>

namespace wavetank::controllers {

std::string_view PodPlaces::pod_at(Place place) const {
    constexpr Place index_mask = (Place{1} << index_bits) - 1;
    return pod_of(*slices_[place >> index_bits]->slice->endpoints[place & index_mask]);
}

void PodPlaces::number(KnownSlice& known) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slices_.size()));
        slices_.push_back(nullptr);
    }
    known.number = free_.back();
    free_.pop_back();
    slices_[known.number] = &known;
}

void PodPlaces::add(const KnownSlice& known, std::size_t index) {
    const auto place = static_cast<Place>(known.number << index_bits | index);
    places_.erase(place);  // that of another slice
    places_.insert(place);
}

void PodPlaces::remove(const KnownSlice& known, std::size_t index) {
    const auto found = places_.find(static_cast<Place>(known.number << index_bits | index));
    if (found != places_.end() && *found >> index_bits == known.number) {
        places_.erase(found);
    }
}

void PodPlaces::replace(KnownSlice& known, const SlicePointer& slice) {
    const SlicePointer before = known.slice;
    if (before == nullptr) {
        known.slice = slice;
        number(known);
    }
    const auto stays = [&](std::size_t i) {
        return before != nullptr && i < before->endpoints.size() && i < slice->endpoints.size() &&
               before->endpoints[i].same_as(slice->endpoints[i]);
    };
    for (std::size_t i = 0; before != nullptr && i < before->endpoints.size(); ++i) {
        if (!stays(i)) {
            remove(known, i);
        }
    }
    known.slice = slice;
    for (std::size_t i = 0; i < slice->endpoints.size(); ++i) {
        if (!stays(i)) {
            add(known, i);
        }
    }
}

void PodPlaces::forget(KnownSlice& known) {
    for (std::size_t i = 0; i < known.slice->endpoints.size(); ++i) {
        remove(known, i);
    }
    slices_[known.number] = nullptr;
    free_.push_back(known.number);
}

void PodPlaces::clear() {
    places_.clear();
    slices_.clear();
    free_.clear();
}

KnownSlice* PodPlaces::find(std::string_view pod) const {
    const auto found = places_.find(pod);
    return found == places_.end() ? nullptr : slices_[*found >> index_bits];
}

}  // namespace wavetank::controllers
