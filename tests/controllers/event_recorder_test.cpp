#include <wavetank/controllers/event_recorder.hpp>

#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>
#include <wavetank/store/store.hpp>

#include <gtest/gtest.h>

namespace wavetank::controllers {
namespace {

TEST(EventRecorder, LosesNothingWhenTwoComponentsSpeakOfTheSameNameAtOnce) {
    runtime::VirtualRuntime runtime;
    store::Store store;
    registry::Registry registry{store, runtime, Random{1}};
    EventRecorder one{registry, "one", EventPolicy::Correlated};
    EventRecorder other{registry, "other", EventPolicy::Correlated};

    one.record({.kind = "Deployment", .namespace_ = "default", .name = "web", .uid = "1"},
               EventType::Normal, "Scaled", "from 1 to 2");
    other.record(
        {.kind = "HorizontalPodAutoscaler", .namespace_ = "default", .name = "web", .uid = "2"},
        EventType::Normal, "Rescaled", "to 2");

    EXPECT_EQ(store.size<api::corev1::Event>(), 2U);
}

}  // namespace
}  // namespace wavetank::controllers
