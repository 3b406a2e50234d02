#pragma once

/// \file
/// The cluster's one meeting place: every object, its version, and who wants to hear of changes.
///
/// The store knows nothing of what objects mean. Defaults, validation, status, finalizers and
/// graceful deletion are rules of the `registry`, which is the store's only writer.

#include <wavetank/api/kinds.hpp>
#include <wavetank/api/pointer.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/store/key.hpp>
#include <wavetank/store/watch.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace wavetank::store {

struct StoreOptions {
    std::uint64_t first_version = 1;   ///< resourceVersion of the first write
    std::size_t history_limit = 1000;  ///< watch events kept a kind, for `events_after`
};

/// Typed tables under one resourceVersion, with optimistic concurrency and ordered watches.
/// Stored are the modelled kinds (`api::ModelledKinds`) and `api::Unstructured`, whose key within
/// the table is preceded by its kind (see `unstructured_key`).
///
/// Threads: confined to its simulation's strand.
class Store {
public:
    explicit Store(StoreOptions options = {});
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// Returns the object, or null. Cost: one hash look-up.
    template <class T>
    [[nodiscard]] api::Pointer<const T> get(const Key& key) const;

    /// Stores a new object under the next version and tells the watchers.
    /// Errors: `AlreadyExists`.
    template <class T>
    [[nodiscard]] Result<api::Pointer<const T>> create(T object);

    /// Replaces an object. An update that changes nothing is no write: the stored one comes back
    /// and no version is used.
    /// Errors: `NotFound`; `Conflict` if `object` has a resourceVersion other than the stored one.
    template <class T>
    [[nodiscard]] Result<api::Pointer<const T>> update(T object);

    /// Removes an object. The event carries its last state under the version of the deletion.
    /// Errors: `NotFound`.
    template <class T>
    [[nodiscard]] Result<api::Pointer<const T>> remove(const Key& key);

    /// Returns all objects, or those of one namespace, in order of their keys.
    template <class T>
    [[nodiscard]] std::vector<api::Pointer<const T>> list(std::string_view in_namespace = {}) const;

    /// Returns the objects that `wanted` picks, in order of their keys.
    /// Cost: a call for each object of the kind; only what is picked is sorted.
    template <class T>
    [[nodiscard]] std::vector<api::Pointer<const T>> select(
        const std::function<bool(const T&)>& wanted) const;

    template <class T>
    [[nodiscard]] std::size_t size() const;

    /// Calls `handler` for every later change, within the write itself, in order of subscription.
    /// A handler must not write to the store: it notes what is to be done (see `WorkQueue`).
    /// Lifetime: until the returned subscription is destroyed, which must not outlive the store.
    template <class T>
    [[nodiscard]] Subscription watch(std::function<void(const WatchEvent<T>&)> handler);

    /// Returns the events after `version`, oldest first.
    /// Errors: `Expired` if history no longer reaches back that far.
    template <class T>
    [[nodiscard]] Result<std::vector<WatchEvent<T>>> events_after(std::uint64_t version) const;

    /// Returns the version of the latest write.
    [[nodiscard]] std::uint64_t version() const;

private:
    struct Tables;
    std::unique_ptr<Tables> tables_;
};

/// Returns the key of an unstructured object: namespace, and "group/version/Kind/name".
[[nodiscard]] Key unstructured_key(const api::GroupVersionKind& gvk, const Key& key);

}  // namespace wavetank::store
