#pragma once

/// \file
/// Objects of any kind, for controllers that look at metadata alone.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/scheme.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/store/key.hpp>
#include <wavetank/store/watch.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::controllers {

/// Names any object: its kind's number, and its key in the store.
struct ObjectId {
    std::uint8_t kind = 0;
    store::Key key;

    auto operator<=>(const ObjectId&) const = default;
};

/// A change of any object. Null metadata: there was, or is, no object.
/// Lifetime: the metadata is borrowed for the call.
struct MetadataEvent {
    ObjectId id;
    const api::metav1::ObjectMeta* before;
    const api::metav1::ObjectMeta* after;
};

/// All tables of the store but that of Events, which nobody owns or collects.
///
/// Lifetime: the registry must outlive it.
class Objects {
public:
    // Where these kinds stand in the list of tables.
    static constexpr std::uint8_t pod_kind = 0;
    static constexpr std::uint8_t namespace_kind = 1;

    explicit Objects(registry::Registry& registry);
    ~Objects();
    Objects(const Objects&) = delete;
    Objects& operator=(const Objects&) = delete;

    /// Whether a watch begins with the objects that are there.
    enum class Present : std::uint8_t { Skip, Tell };

    /// Calls `handler` for each change from now on.
    void watch(std::function<void(const MetadataEvent&)> handler, Present present);

    /// Tells of each object that is there, as if it had just been made.
    void tell_present(const std::function<void(const MetadataEvent&)>& handler) const;

    /// Returns the metadata; nothing if there is no such object.
    [[nodiscard]] std::optional<api::metav1::ObjectMeta> find(const ObjectId& id) const;

    /// Names the owner that an object of `in_namespace` refers to; nothing if its kind is unknown.
    [[nodiscard]] std::optional<ObjectId> owner_id(const api::metav1::OwnerReference& owner,
                                                   const std::string& in_namespace) const;

    /// Changes the metadata. Errors: those of the update.
    [[nodiscard]] Result<> edit(const ObjectId& id,
                                const std::function<void(api::metav1::ObjectMeta&)>& change) const;

    /// Deletes the object. Errors: those of the deletion.
    [[nodiscard]] Result<> remove(const ObjectId& id, const registry::DeleteOptions& options) const;

    /// Returns the objects of a namespace, pods first.
    [[nodiscard]] std::vector<ObjectId> list(const std::string& in_namespace) const;

private:
    class Table;
    template <class T>
    class TableOf;

    /// Where the objects of a kind are; without `info` nowhere.
    struct Known {
        std::uint8_t kind = 0;
        const api::KindInfo* info = nullptr;
    };

    std::vector<std::unique_ptr<Table>> tables_;                          // by ObjectId::kind
    mutable std::map<std::pair<std::string, std::string>, Known> kinds_;  // apiVersion and kind
};

}  // namespace wavetank::controllers
