#include "controllers/pod_places.hpp"

#include <wavetank/base/random.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::controllers {
namespace {

using api::discoveryv1::Endpoint;
using api::discoveryv1::EndpointSlice;

using SharedEndpoint = api::Shared<Endpoint>;

SharedEndpoint endpoint_of(const std::string& pod) {
    Endpoint endpoint;
    endpoint.targetRef.emplace().name = pod;
    return endpoint;
}

SlicePointer slice_of(std::vector<SharedEndpoint> endpoints) {
    EndpointSlice slice;
    slice.endpoints = std::move(endpoints);
    return api::make_object<const EndpointSlice>(std::move(slice));
}

TEST(PodPlaces, FindsASliceByItsPods) {
    PodPlaces places;
    KnownSlice first;
    KnownSlice second;
    places.replace(first, slice_of({endpoint_of("a"), endpoint_of("b")}));
    places.replace(second, slice_of({endpoint_of("c"), SharedEndpoint{}}));

    EXPECT_EQ(places.find("a"), &first);
    EXPECT_EQ(places.find("b"), &first);
    EXPECT_EQ(places.find("c"), &second);
    EXPECT_EQ(places.find(""), &second);
    EXPECT_EQ(places.find("d"), nullptr);
    places.forget(second);
    EXPECT_EQ(places.find("c"), nullptr);
    EXPECT_EQ(places.find("a"), &first);
    places.clear();
    EXPECT_EQ(places.find("a"), nullptr);
}

TEST(PodPlaces, KnowsThePlaceNotedLast) {
    PodPlaces places;
    KnownSlice first;
    KnownSlice second;
    const SharedEndpoint pod = endpoint_of("a");
    places.replace(first, slice_of({pod}));
    places.replace(second, slice_of({endpoint_of("b"), pod}));

    EXPECT_EQ(places.find("a"), &second);
    places.replace(first, slice_of({}));
    EXPECT_EQ(places.find("a"), &second);
    places.replace(second, slice_of({pod}));
    EXPECT_EQ(places.find("a"), &second);
    EXPECT_EQ(places.find("b"), nullptr);
}

// A few slices whose endpoints come, go, move and are made anew, against a map by name.
TEST(PodPlaces, AgreesWithAMapByName) {
    Random random{1};
    PodPlaces places;
    std::deque<KnownSlice> slices(4);
    std::map<std::string, std::size_t> expected;
    std::vector<std::vector<SharedEndpoint>> listed(slices.size());
    for (int step = 0; step < 2000; ++step) {
        const std::size_t at = random.below(slices.size());
        auto& endpoints = listed[at];
        const auto any = [&] { return random.below(endpoints.size()); };
        const auto what = random.below(5);
        if (what == 0 && slices[at].slice != nullptr) {
            std::erase_if(expected, [&](const auto& entry) { return entry.second == at; });
            places.forget(slices[at]);
            slices[at] = {};
            endpoints.clear();
        } else {
            if (what == 1 && !endpoints.empty()) {
                const auto gone = endpoints.begin() + static_cast<std::ptrdiff_t>(any());
                expected.erase(pod_of(**gone).str());
                endpoints.erase(gone);
            } else if (what == 2 && !endpoints.empty()) {
                SharedEndpoint& again = endpoints[any()];
                again = endpoint_of(pod_of(*again));
            } else {
                const std::string pod = "pod-" + std::to_string(random.below(200));
                if (!expected.contains(pod)) {
                    expected[pod] = at;
                    endpoints.push_back(endpoint_of(pod));
                }
            }
            places.replace(slices[at], slice_of(endpoints));
        }
        for (int pod = 0; pod < 200; ++pod) {
            const std::string name = "pod-" + std::to_string(pod);
            const auto found = expected.find(name);
            ASSERT_EQ(places.find(name), found == expected.end() ? nullptr : &slices[found->second])
                << name << " after step " << step;
        }
    }
}

}  // namespace
}  // namespace wavetank::controllers
