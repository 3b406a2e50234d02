#pragma once

/// \file
/// Deletes what has lost its owners, and owners after what they own (upstream's
/// `pkg/controller/garbagecollector`).
///
/// Departs from upstream in its detection of cycles of owners that wait for each other: there are
/// none among the kinds that own anything here.

#include "controllers/objects.hpp"

#include <wavetank/controllers/reconciler.hpp>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::controllers {

class GarbageCollector final : public Reconciler {
public:
    explicit GarbageCollector(const ControllerContext& context);

    /// Looks at one object; its key is made by `queue_key`.
    Outcome reconcile(const store::Key& key) override;

private:
    using ObjectMeta = api::metav1::ObjectMeta;
    using OwnerReference = api::metav1::OwnerReference;

    /// Dependents of one kind and namespace: a word each, for there is one of every pod.
    struct Siblings {
        std::uint8_t kind = 0;
        api::Text namespace_;
        boost::unordered_flat_set<api::Text, std::hash<api::Text>> names;
    };
    using Dependents = std::vector<Siblings>;  // none of them empty

    /// An object's owners, by what has become of them.
    struct Owners {
        std::vector<OwnerReference> solid;
        std::vector<OwnerReference> dangling;
        std::vector<OwnerReference> waiting;  // for their dependents to be deleted
        bool unknown = false;                 // one is of a kind that nobody knows
    };

    static store::Key queue_key(const ObjectId& id);
    static ObjectId id_of(const store::Key& queue_key);
    static Dependents::iterator siblings_of(Dependents& dependents, const ObjectId& id);
    void wake(const ObjectId& id);
    void on_event(const MetadataEvent& event);
    void link(const ObjectId& id, const ObjectMeta& metadata);
    void unlink(const ObjectId& id, const ObjectMeta& metadata);
    void wake_owners(const ObjectId& id, const ObjectMeta& metadata);
    /// Finds out who depends on whom. Cost: lists the objects of every kind, once.
    void begin();
    [[nodiscard]] bool has_dependents(const std::string& uid);
    [[nodiscard]] std::vector<ObjectId> dependents_of(const std::string& uid);
    [[nodiscard]] std::optional<ObjectMeta> find_owner(const OwnerReference& owner,
                                                       const ObjectMeta& of, bool& unknown) const;
    [[nodiscard]] Owners classify(const ObjectMeta& metadata) const;
    Result<> orphan_dependents(const ObjectId& id, const ObjectMeta& metadata);
    Result<> await_dependents(const ObjectId& id, const ObjectMeta& metadata);
    Result<> collect(const ObjectId& id, const ObjectMeta& metadata);
    Result<> remove_finalizer(const ObjectId& id, const std::string& finalizer);

    ControllerContext context_;
    // By the owner's UID. Who depends on whom is kept from when that is first asked of an owner
    // that seems to have dependents: until one is deleted, which may be never, it is enough how
    // many there are. That is a hint: with changes told of in the other order, it may be too high.
    bool begun_ = false;
    boost::unordered_flat_map<std::string, std::size_t> counts_;  // until then; none 0
    boost::unordered_flat_map<std::string, Dependents> dependents_;
    Objects objects_;  // last, as its handlers use all else
};

}  // namespace wavetank::controllers
