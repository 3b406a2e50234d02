#include <wavetank/store/store.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wavetank::store {
namespace {

using api::corev1::Pod;
using testing::ElementsAre;

Pod pod(const std::string& name, const std::string& in_namespace = "default") {
    Pod result;
    result.metadata.name = name;
    result.metadata.namespace_ = in_namespace;
    return result;
}

std::vector<std::string> names(const std::vector<api::Pointer<const Pod>>& pods) {
    std::vector<std::string> result;
    for (const auto& each : pods) {
        result.push_back(to_string(key_of(*each)));
    }
    return result;
}

TEST(Store, GivesEachWriteOfAnyKindTheNextVersion) {
    Store store;

    const auto first = store.create(pod("a"));
    const auto second = store.create(api::corev1::Node{.metadata = {.name = "n"}});

    EXPECT_EQ(first.value()->metadata.resourceVersion, "1");
    EXPECT_EQ(second.value()->metadata.resourceVersion, "2");
    EXPECT_EQ(store.version(), 2U);
}

TEST(Store, RefusesAnUpdateFromAStaleVersion) {
    Store store;
    Pod seen = *store.create(pod("a")).value();
    Pod changed = seen;
    changed.spec.nodeName = "n1";
    ASSERT_TRUE(store.update(changed).has_value());

    seen.spec.nodeName = "n2";
    const auto result = store.update(seen);

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().reason, Reason::Conflict);
    EXPECT_EQ(result.error().message,
              "Operation cannot be fulfilled on pods \"a\": the object has been modified; please "
              "apply your changes to the latest version and try again");
}

TEST(Store, SpendsNoVersionOnAnUpdateThatChangesNothing) {
    Store store;
    const auto created = store.create(pod("a")).value();
    int events = 0;
    const auto watch = store.watch<Pod>([&](const WatchEvent<Pod>&) { ++events; });

    const auto updated = store.update(pod("a")).value();

    EXPECT_EQ(updated, created);
    EXPECT_EQ(store.version(), 1U);
    EXPECT_EQ(events, 0);
}

TEST(Store, NamesWhatItDoesNotHaveOrAlreadyHas) {
    Store store;
    api::appsv1::Deployment web{.metadata = {.name = "web", .namespace_ = "default"}};

    const auto missing = store.update(web);
    static_cast<void>(store.create(web));
    const auto twice = store.create(web);

    EXPECT_EQ(missing.error().reason, Reason::NotFound);
    EXPECT_EQ(missing.error().message, "deployments.apps \"web\" not found");
    EXPECT_EQ(twice.error().reason, Reason::AlreadyExists);
    EXPECT_EQ(twice.error().message, "deployments.apps \"web\" already exists");
}

TEST(Store, ListsInOrderOfKeysAndByNamespace) {
    Store store;
    for (const auto* name : {"c", "a", "b"}) {
        static_cast<void>(store.create(pod(name, "y")));
        static_cast<void>(store.create(pod(name, "x")));
    }

    EXPECT_THAT(names(store.list<Pod>()), ElementsAre("x/a", "x/b", "x/c", "y/a", "y/b", "y/c"));
    EXPECT_THAT(names(store.list<Pod>("y")), ElementsAre("y/a", "y/b", "y/c"));
    EXPECT_EQ(store.size<Pod>(), 6U);
}

TEST(Store, TellsWatchersInOrderOfSubscriptionUntilTheyLeave) {
    Store store;
    std::vector<std::string> heard;
    const auto first = store.watch<Pod>([&](const WatchEvent<Pod>&) { heard.push_back("first"); });
    {
        const auto second =
            store.watch<Pod>([&](const WatchEvent<Pod>&) { heard.push_back("second"); });
        static_cast<void>(store.create(pod("a")));
    }
    static_cast<void>(store.create(pod("b")));

    EXPECT_THAT(heard, ElementsAre("first", "second", "first"));
}

TEST(Store, LetsAWatcherLeaveWhileItIsCalled) {
    Store store;
    int calls = 0;
    Subscription watch;
    watch = store.watch<Pod>([&](const WatchEvent<Pod>&) {
        ++calls;
        watch = Subscription{};
    });

    static_cast<void>(store.create(pod("a")));
    static_cast<void>(store.create(pod("b")));

    EXPECT_EQ(calls, 1);
}

TEST(Store, TellsTheStateBeforeAndAfterWithTheVersionOfTheDeletion) {
    Store store;
    std::vector<WatchEvent<Pod>> events;
    const auto watch =
        store.watch<Pod>([&](const WatchEvent<Pod>& event) { events.push_back(event); });
    Pod changed = *store.create(pod("a")).value();
    changed.spec.nodeName = "n1";
    static_cast<void>(store.update(changed));
    static_cast<void>(store.remove<Pod>({"default", "a"}));

    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0].previous, nullptr);
    EXPECT_EQ(events[1].previous, events[0].object);
    EXPECT_EQ(events[2].type, EventType::Deleted);
    EXPECT_EQ(events[2].previous, events[1].object);
    EXPECT_EQ(events[2].object->metadata.resourceVersion, "3");
    EXPECT_EQ(store.get<Pod>({"default", "a"}), nullptr);
}

TEST(Store, RemembersAsManyEventsAsItIsToldTo) {
    Store store{{.history_limit = 2}};
    for (const auto* name : {"a", "b", "c"}) {
        static_cast<void>(store.create(pod(name)));
    }

    EXPECT_EQ(store.events_after<Pod>(0).error().reason, Reason::Expired);
    EXPECT_EQ(store.events_after<Pod>(0).error().message, "too old resource version: 0 (1)");
    EXPECT_EQ(store.events_after<Pod>(1).value().size(), 2U);
    EXPECT_EQ(store.events_after<Pod>(3).value().size(), 0U);
}

TEST(Store, TellsUnmodelledKindsOfOneNameApart) {
    Store store;
    const api::GroupVersionKind map{"", "v1", "ConfigMap"};
    const api::GroupVersionKind secret{"", "v1", "Secret"};
    static_cast<void>(store.create(api::Unstructured{map, {.name = "x", .namespace_ = "d"}}));
    static_cast<void>(store.create(api::Unstructured{secret, {.name = "x", .namespace_ = "d"}}));

    EXPECT_EQ(store.get<api::Unstructured>(unstructured_key(secret, {"d", "x"}))->gvk, secret);
    EXPECT_TRUE(store.remove<api::Unstructured>(unstructured_key(map, {"d", "x"})).has_value());
    EXPECT_EQ(store.remove<api::Unstructured>(unstructured_key(map, {"d", "x"})).error().message,
              "configmaps \"x\" not found");
}

}  // namespace
}  // namespace wavetank::store
