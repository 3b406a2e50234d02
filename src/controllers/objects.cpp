#include "controllers/objects.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace wavetank::controllers {

using api::metav1::ObjectMeta;
using api::metav1::OwnerReference;

/// One kind's table.
class Objects::Table {
public:
    using Handler = std::function<void(const MetadataEvent&)>;

    virtual ~Table() = default;
    virtual void watch(std::uint8_t kind, std::shared_ptr<Handler> handler) = 0;
    virtual void tell_present(std::uint8_t kind, const Handler& handler) const = 0;
    [[nodiscard]] virtual std::optional<ObjectMeta> find(const store::Key& key) const = 0;
    /// Returns whether the kind is in this table, and if so, what it says of its objects.
    [[nodiscard]] virtual const api::KindInfo* kind(const api::GroupVersionKind& gvk) const = 0;
    [[nodiscard]] virtual store::Key owner_key(const api::KindInfo& info, store::Key key) const = 0;
    [[nodiscard]] virtual Result<> edit(const store::Key& key,
                                        const std::function<void(ObjectMeta&)>& change) const = 0;
    [[nodiscard]] virtual Result<> remove(const store::Key& key,
                                          const registry::DeleteOptions& options) const = 0;
    [[nodiscard]] virtual std::vector<store::Key> list(const std::string& in_namespace) const = 0;
};

template <class T>
class Objects::TableOf final : public Table {
public:
    explicit TableOf(registry::Registry& registry) : registry_(registry) {}

    void tell_present(std::uint8_t kind, const Handler& handler) const override {
        for (const auto& object : registry_.store().list<T>()) {
            handler({{kind, key_of_stored(*object)}, nullptr, metadata_of(object)});
        }
    }

    void watch(std::uint8_t kind, std::shared_ptr<Handler> handler) override {
        watch_ = registry_.store().watch<T>(
            [kind, handler = std::move(handler)](const store::WatchEvent<T>& event) {
                if (event.type == store::EventType::Modified && unchanged(event)) {
                    return;
                }
                const bool deleted = event.type == store::EventType::Deleted;
                (*handler)({{kind, key_of_stored(*event.object)},
                            metadata_of(event.previous),
                            deleted ? nullptr : metadata_of(event.object)});
            });
    }

    [[nodiscard]] std::optional<ObjectMeta> find(const store::Key& key) const override {
        const auto object = registry_.store().get<T>(key);
        return object == nullptr ? std::nullopt : std::optional{object->metadata};
    }

    [[nodiscard]] const api::KindInfo* kind(const api::GroupVersionKind& gvk) const override {
        if constexpr (std::is_same_v<T, api::Unstructured>) {
            const api::KindInfo* info = api::find_kind(gvk);
            return info != nullptr && info->type == nullptr ? info : nullptr;
        } else {
            const api::KindInfo& info = api::kind_info<T>;
            return gvk.kind == info.kind && gvk.group == info.group ? &info : nullptr;
        }
    }

    [[nodiscard]] store::Key owner_key(const api::KindInfo& info, store::Key key) const override {
        if (!info.namespaced) {
            key.namespace_.clear();
        }
        if constexpr (std::is_same_v<T, api::Unstructured>) {
            return store::unstructured_key(info.gvk(), key);
        } else {
            return key;
        }
    }

    [[nodiscard]] Result<> edit(const store::Key& key,
                                const std::function<void(ObjectMeta&)>& change) const override {
        const auto stored = registry_.store().get<T>(key);
        if (stored == nullptr) {
            return {};
        }
        T changed = *stored;
        change(changed.metadata);
        const auto written = registry_.update(std::move(changed));
        return written ? Result<>{} : Result<>{written.error()};
    }

    [[nodiscard]] Result<> remove(const store::Key& key,
                                  const registry::DeleteOptions& options) const override {
        const auto removed = registry_.remove<T>(key, options);
        return removed ? Result<>{} : Result<>{removed.error()};
    }

    [[nodiscard]] std::vector<store::Key> list(const std::string& in_namespace) const override {
        std::vector<store::Key> keys;
        if (in_namespace.empty()) {
            return keys;
        }
        for (const auto& object : registry_.store().list<T>(in_namespace)) {
            keys.push_back(key_of_stored(*object));
        }
        return keys;
    }

private:
    static store::Key key_of_stored(const T& object) {
        if constexpr (std::is_same_v<T, api::Unstructured>) {
            return store::unstructured_key(object.gvk, store::key_of(object));
        } else {
            return store::key_of(object);
        }
    }

    static const ObjectMeta* metadata_of(const api::Pointer<const T>& object) {
        return object == nullptr ? nullptr : &object->metadata;
    }

    /// Most changes are none of owners, finalizers or deletion, and concern nobody here.
    static bool unchanged(const store::WatchEvent<T>& event) {
        const ObjectMeta& before = event.previous->metadata;
        const ObjectMeta& after = event.object->metadata;
        return before.ownerReferences == after.ownerReferences &&
               before.deletionTimestamp == after.deletionTimestamp &&
               before.rare->finalizers == after.rare->finalizers;
    }

    registry::Registry& registry_;
    store::Subscription watch_;
};

Objects::Objects(registry::Registry& registry) {
    using namespace api;
    tables_.push_back(std::make_unique<TableOf<corev1::Pod>>(registry));
    tables_.push_back(std::make_unique<TableOf<corev1::Namespace>>(registry));
    tables_.push_back(std::make_unique<TableOf<corev1::Node>>(registry));
    tables_.push_back(std::make_unique<TableOf<corev1::Service>>(registry));
    tables_.push_back(std::make_unique<TableOf<appsv1::Deployment>>(registry));
    tables_.push_back(std::make_unique<TableOf<appsv1::ReplicaSet>>(registry));
    tables_.push_back(std::make_unique<TableOf<autoscalingv2::HorizontalPodAutoscaler>>(registry));
    tables_.push_back(std::make_unique<TableOf<discoveryv1::EndpointSlice>>(registry));
    tables_.push_back(std::make_unique<TableOf<appsv1::StatefulSet>>(registry));
    tables_.push_back(std::make_unique<TableOf<appsv1::DaemonSet>>(registry));
    tables_.push_back(std::make_unique<TableOf<appsv1::ControllerRevision>>(registry));
    tables_.push_back(std::make_unique<TableOf<batchv1::CronJob>>(registry));
    tables_.push_back(std::make_unique<TableOf<batchv1::Job>>(registry));
    tables_.push_back(std::make_unique<TableOf<policyv1::PodDisruptionBudget>>(registry));
    tables_.push_back(std::make_unique<TableOf<schedulingv1::PriorityClass>>(registry));
    tables_.push_back(std::make_unique<TableOf<coordinationv1::Lease>>(registry));
    tables_.push_back(std::make_unique<TableOf<Unstructured>>(registry));
}

Objects::~Objects() = default;

void Objects::watch(std::function<void(const MetadataEvent&)> handler, Present present) {
    const auto shared = std::make_shared<Table::Handler>(std::move(handler));
    for (std::size_t kind = 0; kind < tables_.size(); ++kind) {
        if (present == Present::Tell) {
            tables_[kind]->tell_present(static_cast<std::uint8_t>(kind), *shared);
        }
        tables_[kind]->watch(static_cast<std::uint8_t>(kind), shared);
    }
}

void Objects::tell_present(const std::function<void(const MetadataEvent&)>& handler) const {
    for (std::size_t kind = 0; kind < tables_.size(); ++kind) {
        tables_[kind]->tell_present(static_cast<std::uint8_t>(kind), handler);
    }
}

std::optional<ObjectMeta> Objects::find(const ObjectId& id) const {
    return tables_[id.kind]->find(id.key);
}

std::optional<ObjectId> Objects::owner_id(const OwnerReference& owner,
                                          const std::string& in_namespace) const {
    const auto [entry, fresh] = kinds_.try_emplace({owner.apiVersion, owner.kind});
    if (fresh) {
        const auto gvk = api::GroupVersionKind::from(owner.apiVersion, owner.kind);
        for (std::size_t kind = 0; kind < tables_.size() && !entry->second.info; ++kind) {
            entry->second = {static_cast<std::uint8_t>(kind), tables_[kind]->kind(gvk)};
        }
    }
    const Known& known = entry->second;
    if (known.info == nullptr) {
        return std::nullopt;
    }
    return ObjectId{known.kind,
                    tables_[known.kind]->owner_key(*known.info, {in_namespace, owner.name})};
}

Result<> Objects::edit(const ObjectId& id, const std::function<void(ObjectMeta&)>& change) const {
    return tables_[id.kind]->edit(id.key, change);
}

Result<> Objects::remove(const ObjectId& id, const registry::DeleteOptions& options) const {
    return tables_[id.kind]->remove(id.key, options);
}

std::vector<ObjectId> Objects::list(const std::string& in_namespace) const {
    std::vector<ObjectId> result;
    for (std::size_t kind = 0; kind < tables_.size(); ++kind) {
        for (store::Key& key : tables_[kind]->list(in_namespace)) {
            result.push_back({static_cast<std::uint8_t>(kind), std::move(key)});
        }
    }
    return result;
}

}  // namespace wavetank::controllers
