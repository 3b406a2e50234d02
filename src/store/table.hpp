#pragma once

/// \file
/// One kind's objects, its recent history and its watchers.

#include "store/naming.hpp"

#include <wavetank/api/kinds.hpp>
#include <wavetank/store/store.hpp>

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace wavetank::store {

/// The functions called for each change of one kind.
template <class T>
class Watchers {
public:
    using Handler = std::function<void(const WatchEvent<T>&)>;

    std::uint64_t add(Handler handler) {
        entries_.push_back({++last_id_, std::make_unique<Handler>(std::move(handler))});
        return last_id_;
    }

    /// Forgets a handler; one that is being called right now stays alive until it returns.
    void remove(std::uint64_t id) {
        const auto entry = std::ranges::find(entries_, id, &Entry::id);
        if (entry == entries_.end()) {
            return;
        }
        entry->id = 0;
        if (depth_ == 0) {
            sweep();
        }
    }

    void tell(const WatchEvent<T>& event) {
        ++depth_;
        const std::size_t count = entries_.size();
        for (std::size_t i = 0; i < count; ++i) {
            if (entries_[i].id != 0) {
                (*entries_[i].handler)(event);
            }
        }
        if (--depth_ == 0 && std::ranges::find(entries_, 0U, &Entry::id) != entries_.end()) {
            sweep();
        }
    }

private:
    struct Entry {
        std::uint64_t id;
        std::unique_ptr<Handler> handler;  // stays where it is when the vector grows
    };

    void sweep() {
        std::erase_if(entries_, [](const Entry& entry) { return entry.id == 0; });
    }

    std::vector<Entry> entries_;
    std::uint64_t last_id_ = 0;
    int depth_ = 0;
};

/// Lets an object be fetched into the cache, with the count of its references before it.
template <class T>
void prefetch_object(const api::Pointer<const T>& object) {
    if (object == nullptr) {
        return;
    }
    constexpr std::size_t count = 8;
    constexpr std::size_t size = std::min<std::size_t>(sizeof(T), 512);
    const auto* const first = reinterpret_cast<const char*>(object.get());
    __builtin_prefetch(first - count, 1);
    for (std::size_t at = 64 - count; at < size; at += 64) {
        __builtin_prefetch(first + at, 1);
    }
}

/// The table of one kind. Objects are found by the names they carry, so no key is stored twice.
template <class T>
struct Table {
    using Object = api::Pointer<const T>;

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const Object& object) const {
            return (*this)(ObjectName<T>{*object}.view());
        }
        std::size_t operator()(const KeyView& key) const {
            std::size_t seed = std::hash<std::string_view>{}(key.name);
            seed ^= std::hash<std::string_view>{}(key.namespace_) + 0x9e3779b97f4a7c15U +
                    (seed << 6U) + (seed >> 2U);
            return seed;
        }
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(const Object& left, const Object& right) const {
            return ObjectName<T>{*left}.view() == ObjectName<T>{*right}.view();
        }
        bool operator()(const KeyView& left, const Object& right) const {
            return left == ObjectName<T>{*right}.view();
        }
        bool operator()(const Object& left, const KeyView& right) const {
            return ObjectName<T>{*left}.view() == right;
        }
    };

    boost::unordered_flat_set<Object, Hash, Equal> objects;
    std::deque<WatchEvent<T>> history;
    std::uint64_t dropped = 0;  ///< the version of the latest event that history has lost
    Watchers<T> watchers;

    /// Asks ahead for the objects that history loses next, which are in no cache by then: to free
    /// them cold would take longer than all else in a small write.
    void prefetch_leaving() const {
        constexpr std::size_t objects_ahead = 8;
        constexpr std::size_t names_ahead = 4;
        if (history.size() <= objects_ahead) {
            return;
        }
        __builtin_prefetch(history[objects_ahead].object.get(), 1);
        prefetch_object(history[objects_ahead].previous);
        if (const T* const object = history[names_ahead].previous.get()) {
            __builtin_prefetch(object->metadata.name.data(), 1);
        }
    }
};

template <class Kinds>
struct TablesOf;
template <class... Ts>
struct TablesOf<boost::mp11::mp_list<Ts...>> {
    using type = std::tuple<Table<Ts>...>;
};

struct Store::Tables {
    explicit Tables(const StoreOptions& from)
        : options(from), version(std::max<std::uint64_t>(from.first_version, 1) - 1) {}

    template <class T>
    Table<T>& of() {
        return std::get<Table<T>>(tables);
    }

    /// Notes an event in the history and tells the watchers.
    template <class T>
    void publish(WatchEvent<T> event) {
        Table<T>& table = of<T>();
        if (options.history_limit == 0) {
            table.dropped = event.version;
        } else {
            if (table.history.size() == options.history_limit) {
                table.prefetch_leaving();
                table.dropped = table.history.front().version;
                table.history.pop_front();
            }
            table.history.push_back(event);
        }
        table.watchers.tell(event);
    }

    StoreOptions options;
    std::uint64_t version;
    TablesOf<boost::mp11::mp_push_back<api::ModelledKinds, api::Unstructured>>::type tables;
};

/// Gives an object the version of a write.
template <class T>
Result<api::Pointer<const T>> stored(T object, std::uint64_t version) {
    char digits[20];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), version).ptr;
    object.metadata.resourceVersion = std::string_view{digits, end};
    return api::make_object<const T>(std::move(object));
}

template <class T>
api::Pointer<const T> Store::get(const Key& key) const {
    const auto& objects = tables_->of<T>().objects;
    const auto found = objects.find(KeyView{key.namespace_, key.name});
    return found == objects.end() ? nullptr : *found;
}

template <class T>
Result<api::Pointer<const T>> Store::create(T object) {
    auto& objects = tables_->of<T>().objects;
    if (objects.contains(ObjectName<T>{object}.view())) {
        return already_exists(words_of(object), object.metadata.name);
    }
    const std::uint64_t version = ++tables_->version;
    auto result = stored(std::move(object), version);
    objects.insert(*result);
    tables_->publish<T>({EventType::Added, *result, nullptr, version});
    return result;
}

template <class T>
Result<api::Pointer<const T>> Store::update(T object) {
    auto& objects = tables_->of<T>().objects;
    const auto found = objects.find(ObjectName<T>{object}.view());
    if (found == objects.end()) {
        return not_found(words_of(object), object.metadata.name);
    }
    const api::Text& seen = object.metadata.resourceVersion;
    const api::Text& current = (*found)->metadata.resourceVersion;
    if (!seen.empty() && seen != current) {
        return conflict(words_of(object), object.metadata.name);
    }
    object.metadata.resourceVersion = current;
    if (object == **found) {
        return *found;
    }
    const std::uint64_t version = ++tables_->version;
    auto result = stored(std::move(object), version);
    // The new object has the same name, so it may take the place of the old one in the set.
    auto previous = std::exchange(const_cast<api::Pointer<const T>&>(*found), *result);
    tables_->publish<T>({EventType::Modified, *result, std::move(previous), version});
    return result;
}

template <class T>
Result<api::Pointer<const T>> Store::remove(const Key& key) {
    auto& objects = tables_->of<T>().objects;
    const auto found = objects.find(KeyView{key.namespace_, key.name});
    if (found == objects.end()) {
        const auto [words, name] = words_of<T>(key);
        return not_found(words, name);
    }
    // A copy, because the entry goes. NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
    const api::Pointer<const T> previous = *found;
    objects.erase(found);
    const std::uint64_t version = ++tables_->version;
    auto result = stored(T{*previous}, version);
    tables_->publish<T>({EventType::Deleted, *result, previous, version});
    return result;
}

template <class T>
std::vector<api::Pointer<const T>> Store::list(std::string_view in_namespace) const {
    return select<T>([&](const T& object) {
        return in_namespace.empty() || object.metadata.namespace_ == in_namespace;
    });
}

template <class T>
std::vector<api::Pointer<const T>> Store::select(
    const std::function<bool(const T&)>& wanted) const {
    std::vector<api::Pointer<const T>> result;
    for (const auto& object : tables_->of<T>().objects) {
        if (wanted(*object)) {
            result.push_back(object);
        }
    }
    std::ranges::sort(result, {}, [](const auto& object) { return sort_name(*object); });
    return result;
}

template <class T>
std::size_t Store::size() const {
    return tables_->of<T>().objects.size();
}

template <class T>
Subscription Store::watch(std::function<void(const WatchEvent<T>&)> handler) {
    Watchers<T>& watchers = tables_->of<T>().watchers;
    const std::uint64_t id = watchers.add(std::move(handler));
    return Subscription{[&watchers, id] { watchers.remove(id); }};
}

template <class T>
Result<std::vector<WatchEvent<T>>> Store::events_after(std::uint64_t version) const {
    const Table<T>& table = tables_->of<T>();
    if (version < table.dropped) {
        return expired(version, table.dropped);
    }
    const auto first =
        std::ranges::upper_bound(table.history, version, {}, &WatchEvent<T>::version);
    return std::vector<WatchEvent<T>>(first, table.history.end());
}

}  // namespace wavetank::store

/// Compiles the store's members for one kind. (T is a type: there is nothing to put in
/// parentheses.)
// NOLINTBEGIN(bugprone-macro-parentheses)
#define WAVETANK_STORE_INSTANTIATE(T)                                                   \
    template api::Pointer<const T> Store::get<T>(const Key&) const;                     \
    template Result<api::Pointer<const T>> Store::create<T>(T);                         \
    template Result<api::Pointer<const T>> Store::update<T>(T);                         \
    template Result<api::Pointer<const T>> Store::remove<T>(const Key&);                \
    template std::vector<api::Pointer<const T>> Store::list<T>(std::string_view) const; \
    template std::vector<api::Pointer<const T>> Store::select<T>(                       \
        const std::function<bool(const T&)>&) const;                                    \
    template std::size_t Store::size<T>() const;                                        \
    template Subscription Store::watch<T>(std::function<void(const WatchEvent<T>&)>);   \
    template Result<std::vector<WatchEvent<T>>> Store::events_after<T>(std::uint64_t) const
// NOLINTEND(bugprone-macro-parentheses)
