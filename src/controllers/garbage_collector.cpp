#include "controllers/garbage_collector.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace wavetank::controllers {
namespace {

using api::metav1::ObjectMeta;
using api::metav1::OwnerReference;

constexpr const char* orphan_finalizer = "orphan";
constexpr const char* foreground_finalizer = "foregroundDeletion";

bool has_finalizer(const ObjectMeta& metadata, const char* finalizer) {
    return std::ranges::count(metadata.rare->finalizers, finalizer) > 0;
}

bool awaits_dependents(const ObjectMeta& metadata) {
    return metadata.deletionTimestamp && has_finalizer(metadata, foreground_finalizer);
}

bool is_orphaning(const ObjectMeta& metadata) {
    return metadata.deletionTimestamp && has_finalizer(metadata, orphan_finalizer);
}

bool blocks(const ObjectMeta& dependent, const std::string& owner_uid) {
    return std::ranges::any_of(*dependent.ownerReferences, [&](const OwnerReference& owner) {
        return owner.uid == owner_uid && owner.blockOwnerDeletion.value_or(false);
    });
}

/// An object that went meanwhile needs no more work.
Result<> unless_gone(Result<> result) {
    return !result && result.error().reason == Reason::NotFound ? Result<>{} : std::move(result);
}

}  // namespace

GarbageCollector::GarbageCollector(const ControllerContext& context)
    : context_(context), objects_(context.registry) {
    objects_.watch([this](const MetadataEvent& event) { on_event(event); }, Objects::Present::Tell);
}

store::Key GarbageCollector::queue_key(const ObjectId& id) {
    return {static_cast<char>('a' + id.kind) + id.key.namespace_, id.key.name};
}

ObjectId GarbageCollector::id_of(const store::Key& queue_key) {
    return {static_cast<std::uint8_t>(queue_key.namespace_.front() - 'a'),
            {queue_key.namespace_.substr(1), queue_key.name}};
}

GarbageCollector::Dependents::iterator GarbageCollector::siblings_of(Dependents& dependents,
                                                                     const ObjectId& id) {
    return std::ranges::find_if(dependents, [&](const Siblings& siblings) {
        return siblings.kind == id.kind && siblings.namespace_ == id.key.namespace_;
    });
}

void GarbageCollector::wake(const ObjectId& id) {
    context_.queue.add(queue_key(id));
}

void GarbageCollector::on_event(const MetadataEvent& event) {
    if (event.before != nullptr) {
        unlink(event.id, *event.before);
    }
    if (event.after == nullptr) {
        for (const ObjectId& dependent : dependents_of(event.before->uid)) {
            wake(dependent);
        }
        counts_.erase(event.before->uid);
        dependents_.erase(event.before->uid);
        wake_owners(event.id, *event.before);
        return;
    }
    link(event.id, *event.after);
    if (event.before != nullptr && event.before->ownerReferences != event.after->ownerReferences) {
        wake_owners(event.id, *event.before);
    }
    bool unknown = false;
    const bool ownerless = std::ranges::any_of(*event.after->ownerReferences, [&](const auto& it) {
        return !find_owner(it, *event.after, unknown);
    });
    if (ownerless || is_orphaning(*event.after) || awaits_dependents(*event.after)) {
        wake(event.id);
    }
}

void GarbageCollector::link(const ObjectId& id, const ObjectMeta& metadata) {
    for (const OwnerReference& owner : *metadata.ownerReferences) {
        if (!begun_) {
            ++counts_[owner.uid];
            continue;
        }
        Dependents& dependents = dependents_[owner.uid];
        auto siblings = siblings_of(dependents, id);
        if (siblings == dependents.end()) {
            siblings = dependents.insert(siblings, {id.kind, id.key.namespace_, {}});
        }
        siblings->names.insert(id.key.name);
    }
}

void GarbageCollector::unlink(const ObjectId& id, const ObjectMeta& metadata) {
    for (const OwnerReference& owner : *metadata.ownerReferences) {
        if (!begun_) {
            const auto count = counts_.find(owner.uid);
            if (count != counts_.end() && --count->second == 0) {
                counts_.erase(count);
            }
            continue;
        }
        const auto entry = dependents_.find(owner.uid);
        if (entry == dependents_.end()) {
            continue;
        }
        const auto siblings = siblings_of(entry->second, id);
        if (siblings != entry->second.end() && siblings->names.erase(id.key.name) > 0 &&
            siblings->names.empty()) {
            entry->second.erase(siblings);
        }
        if (entry->second.empty()) {
            dependents_.erase(entry);
        }
    }
}

/// Wakes the owners that may have waited for this dependent.
void GarbageCollector::wake_owners(const ObjectId& /*id*/, const ObjectMeta& metadata) {
    for (const OwnerReference& owner : *metadata.ownerReferences) {
        const auto id = objects_.owner_id(owner, metadata.namespace_);
        const auto found = id ? objects_.find(*id) : std::nullopt;
        if (found && found->uid == owner.uid && awaits_dependents(*found)) {
            wake(*id);
        }
    }
}

void GarbageCollector::begin() {
    begun_ = true;
    counts_.clear();
    objects_.tell_present([this](const MetadataEvent& event) { link(event.id, *event.after); });
}

bool GarbageCollector::has_dependents(const std::string& uid) {
    if (!begun_ && counts_.contains(uid)) {
        begin();
    }
    return dependents_.contains(uid);
}

std::vector<ObjectId> GarbageCollector::dependents_of(const std::string& uid) {
    std::vector<ObjectId> result;
    if (!has_dependents(uid)) {
        return result;
    }
    for (const Siblings& siblings : dependents_.find(uid)->second) {
        for (const api::Text& name : siblings.names) {
            result.push_back({siblings.kind, {siblings.namespace_, name}});
        }
    }
    std::ranges::sort(result);
    return result;
}

std::optional<ObjectMeta> GarbageCollector::find_owner(const OwnerReference& owner,
                                                       const ObjectMeta& of, bool& unknown) const {
    const auto id = objects_.owner_id(owner, of.namespace_);
    if (!id || (of.namespace_.empty() && !id->key.namespace_.empty())) {
        unknown = true;
        return std::nullopt;
    }
    auto found = objects_.find(*id);
    return found && found->uid == owner.uid ? std::move(found) : std::nullopt;
}

GarbageCollector::Owners GarbageCollector::classify(const ObjectMeta& metadata) const {
    Owners owners;
    for (const OwnerReference& reference : *metadata.ownerReferences) {
        const auto owner = find_owner(reference, metadata, owners.unknown);
        if (!owner) {
            owners.dangling.push_back(reference);
        } else if (awaits_dependents(*owner)) {
            owners.waiting.push_back(reference);
        } else {
            owners.solid.push_back(reference);
        }
    }
    return owners;
}

Reconciler::Outcome GarbageCollector::reconcile(const store::Key& key) {
    const ObjectId id = id_of(key);
    const auto metadata = objects_.find(id);
    if (!metadata) {
        return Outcome::Done;
    }
    Result<> result;
    if (is_orphaning(*metadata)) {
        result = orphan_dependents(id, *metadata);
    } else if (awaits_dependents(*metadata)) {
        result = await_dependents(id, *metadata);
    } else if (!metadata->deletionTimestamp && !metadata->ownerReferences->empty()) {
        result = collect(id, *metadata);
    }
    return unless_gone(std::move(result)) ? Outcome::Done : Outcome::Retry;
}

/// Makes the dependents forget their owner, and then lets it go.
Result<> GarbageCollector::orphan_dependents(const ObjectId& id, const ObjectMeta& metadata) {
    for (const ObjectId& dependent : dependents_of(metadata.uid)) {
        auto freed = unless_gone(objects_.edit(dependent, [&](ObjectMeta& it) {
            std::erase_if(it.ownerReferences.edit(),
                          [&](const OwnerReference& owner) { return owner.uid == metadata.uid; });
        }));
        if (!freed) {
            return freed;
        }
    }
    return remove_finalizer(id, orphan_finalizer);
}

/// Lets the owner go once no dependent blocks it; until then, has them deleted.
Result<> GarbageCollector::await_dependents(const ObjectId& id, const ObjectMeta& metadata) {
    bool blocked = false;
    for (const ObjectId& dependent : dependents_of(metadata.uid)) {
        const auto found = objects_.find(dependent);
        if (!found) {
            continue;
        }
        blocked |= blocks(*found, metadata.uid);
        if (!found->deletionTimestamp) {
            wake(dependent);
        }
    }
    return blocked ? Result<>{} : remove_finalizer(id, foreground_finalizer);
}

/// Deletes an object without owners, or takes away the references to owners that are going.
Result<> GarbageCollector::collect(const ObjectId& id, const ObjectMeta& metadata) {
    const Owners owners = classify(metadata);
    if (owners.unknown) {
        return {};
    }
    if (!owners.solid.empty()) {
        if (owners.dangling.empty() && owners.waiting.empty()) {
            return {};
        }
        return objects_.edit(id, [&](ObjectMeta& it) { it.ownerReferences = owners.solid; });
    }
    registry::DeleteOptions options{.uid = metadata.uid};
    const bool is_waited_for = !owners.waiting.empty() && has_dependents(metadata.uid);
    if (!is_waited_for && has_finalizer(metadata, orphan_finalizer)) {
        options.propagation = registry::Propagation::Orphan;
    } else if (is_waited_for || has_finalizer(metadata, foreground_finalizer)) {
        options.propagation = registry::Propagation::Foreground;
    } else {
        options.propagation = registry::Propagation::Background;
    }
    return objects_.remove(id, options);
}

Result<> GarbageCollector::remove_finalizer(const ObjectId& id, const std::string& finalizer) {
    return objects_.edit(id,
                         [&](ObjectMeta& it) { std::erase(it.rare.edit().finalizers, finalizer); });
}

}  // namespace wavetank::controllers
