#pragma once

/// \file
/// How does the registry treat a kind that the store keeps as JSON, but that has a struct?
///
/// Its rules are a specialisation of `Rules<T>` over that struct, as those of other kinds, with
/// `JsonRules<T>` as what it has nothing to say about. `JsonKind` lets the rules of all
/// unstructured objects call them.

#include "registry/rules.hpp"

#include <wavetank/api/unstructured.hpp>
#include <wavetank/codec/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace wavetank::registry {

/// The rules that a kind kept as JSON has nothing to say about.
template <class T>
struct JsonRules : PlainRules<T> {
    static constexpr bool has_status = false;      ///< whether there is a subresource "status"
    static constexpr bool created_by_put = false;  ///< whether a PUT creates what does not exist
    static constexpr bool returned_whole = false;  ///< whether a deletion answers with the object
    static constexpr bool warns_of_age = false;    ///< whether every answer says it is deprecated
    /// Brings what was read into the form that is stored.
    /// Errors: `BadRequest`, for what a described struct cannot say of its fields.
    static Result<> normalize(T& /*object*/) {
        return {};
    }
    static void prepare_create(T& /*object*/) {}
    static void prepare_update(T& /*next*/, const T& /*old*/) {}
    static void prepare_status(T& /*next*/, const T& /*old*/) {}
};

/// The rules of one such kind, by virtual call.
class JsonKind {
public:
    using Unstructured = api::Unstructured;
    /// Decodes into an object of the given type.
    using Fill = std::function<void(const api::TypeInfo& type, void* out)>;

    /// What a kind is like, whatever the object.
    struct Facts {
        bool has_status = false;
        bool created_by_put = false;
        bool returned_whole = false;
        bool warns_of_age = false;
        bool updates_need_version = false;
        bool checks_whole_update = false;
    };

    JsonKind() = default;
    JsonKind(const JsonKind&) = delete;
    JsonKind& operator=(const JsonKind&) = delete;
    virtual ~JsonKind() = default;

    [[nodiscard]] virtual const api::KindInfo& info() const = 0;
    [[nodiscard]] virtual const api::TypeInfo& type() const = 0;
    [[nodiscard]] virtual const Facts& facts() const = 0;

    /// Reads an object. Errors: as `JsonRules::normalize`.
    [[nodiscard]] virtual Result<Unstructured> read(const Fill& fill) const = 0;
    virtual void set_defaults(Cluster& cluster, Unstructured& object) const = 0;
    [[nodiscard]] virtual Result<> admit(Cluster& cluster, Unstructured& object,
                                         DryRun dry_run) const = 0;
    /// Lets the cluster refuse a valid new object.
    [[nodiscard]] virtual Result<> review(Cluster& cluster, const Unstructured& object) const = 0;
    [[nodiscard]] virtual Result<> admit_update(Cluster& cluster, Unstructured& next,
                                                const Unstructured& old, DryRun dry_run) const = 0;
    virtual void release(Cluster& cluster, const Unstructured& object) const = 0;
    virtual void prepare_create(Unstructured& object) const = 0;
    virtual void prepare_update(Unstructured& next, const Unstructured& old) const = 0;
    virtual void prepare_status(Unstructured& next, const Unstructured& old) const = 0;
    [[nodiscard]] virtual FieldErrors validate(Cluster& cluster, const Unstructured& object,
                                               const Unstructured* old) const = 0;
    [[nodiscard]] virtual FieldErrors validate_status(const Unstructured& next,
                                                      const Unstructured& old) const = 0;
    [[nodiscard]] virtual std::vector<std::string> warnings(const Unstructured& object) const = 0;
    [[nodiscard]] virtual std::vector<std::string> update_warnings(
        const Unstructured& next, const Unstructured& old) const = 0;
};

/// Returns the kind of that name; null, if it has no struct.
[[nodiscard]] const JsonKind* find_json_kind(const api::GroupVersionKind& gvk);
[[nodiscard]] const JsonKind* find_json_kind(const api::KindInfo& info);

/// Says that a kind is an old one.
[[nodiscard]] std::string age_warning(const api::KindInfo& info);

/// Returns the struct of a stored object of the kind T.
template <class T>
[[nodiscard]] T typed_from(const api::Unstructured& object) {
    T typed{};
    codec::Diagnostics ignored;
    codec::decode(api::type_info<T>(), &typed, boost::json::value(object.content),
                  {.mode = codec::Mode::Lenient, .unknown_fields = codec::UnknownFields::Drop},
                  ignored);
    typed.metadata = object.metadata;
    return typed;
}

/// Puts what the struct says into the stored form.
template <class T>
void store_typed(T typed, api::Unstructured& object) {
    object.metadata = std::move(typed.metadata);
    typed.metadata = {};
    object.content = codec::encode(api::type_info<T>(), &typed).as_object();
    object.content.stable_erase(object.content.find("metadata"));
}

/// The rules of T, called through the stored form.
template <class T>
class JsonKindOf final : public JsonKind {
public:
    [[nodiscard]] const api::KindInfo& info() const override {
        return api::kind_info<T>;
    }
    [[nodiscard]] const api::TypeInfo& type() const override {
        return api::type_info<T>();
    }
    [[nodiscard]] const Facts& facts() const override {
        static constexpr Facts facts{.has_status = Rules<T>::has_status,
                                     .created_by_put = Rules<T>::created_by_put,
                                     .returned_whole = Rules<T>::returned_whole,
                                     .warns_of_age = Rules<T>::warns_of_age,
                                     .updates_need_version = Rules<T>::updates_need_version,
                                     .checks_whole_update = Rules<T>::checks_whole_update};
        return facts;
    }
    [[nodiscard]] Result<Unstructured> read(const Fill& fill) const override {
        T typed{};
        fill(type(), &typed);
        if (auto normalized = Rules<T>::normalize(typed); !normalized) {
            return normalized.error();
        }
        Unstructured object{.gvk = info().gvk()};
        store_typed(std::move(typed), object);
        return object;
    }
    void set_defaults(Cluster& cluster, Unstructured& object) const override {
        change(object, [&](T& typed) { Rules<T>::set_defaults(cluster, typed); });
    }
    [[nodiscard]] Result<> admit(Cluster& cluster, Unstructured& object,
                                 DryRun dry_run) const override {
        Result<> result;
        change(object, [&](T& typed) { result = Rules<T>::admit(cluster, typed, dry_run); });
        return result;
    }
    [[nodiscard]] Result<> review(Cluster& cluster, const Unstructured& object) const override {
        return Rules<T>::review(cluster, typed_from<T>(object));
    }
    [[nodiscard]] Result<> admit_update(Cluster& cluster, Unstructured& next,
                                        const Unstructured& old, DryRun dry_run) const override {
        Result<> result;
        change(next, [&](T& typed) {
            result = Rules<T>::admit_update(cluster, typed, typed_from<T>(old), dry_run);
        });
        return result;
    }
    void release(Cluster& cluster, const Unstructured& object) const override {
        Rules<T>::release(cluster, typed_from<T>(object));
    }
    void prepare_create(Unstructured& object) const override {
        change(object, [](T& typed) { Rules<T>::prepare_create(typed); });
    }
    void prepare_update(Unstructured& next, const Unstructured& old) const override {
        change(next, [&](T& typed) { Rules<T>::prepare_update(typed, typed_from<T>(old)); });
    }
    void prepare_status(Unstructured& next, const Unstructured& old) const override {
        change(next, [&](T& typed) { Rules<T>::prepare_status(typed, typed_from<T>(old)); });
    }
    [[nodiscard]] FieldErrors validate(Cluster& cluster, const Unstructured& object,
                                       const Unstructured* old) const override {
        const T typed = typed_from<T>(object);
        if (old == nullptr) {
            return Rules<T>::validate(cluster, typed, nullptr);
        }
        const T before = typed_from<T>(*old);
        return Rules<T>::validate(cluster, typed, &before);
    }
    [[nodiscard]] FieldErrors validate_status(const Unstructured& next,
                                              const Unstructured& old) const override {
        return Rules<T>::validate_status(typed_from<T>(next), typed_from<T>(old));
    }
    [[nodiscard]] std::vector<std::string> warnings(const Unstructured& object) const override {
        return Rules<T>::warnings(typed_from<T>(object));
    }
    [[nodiscard]] std::vector<std::string> update_warnings(const Unstructured& next,
                                                           const Unstructured& old) const override {
        return Rules<T>::update_warnings(typed_from<T>(next), typed_from<T>(old));
    }

private:
    template <class Change>
    static void change(Unstructured& object, Change apply) {
        T typed = typed_from<T>(object);
        apply(typed);
        store_typed(std::move(typed), object);
    }
};

}  // namespace wavetank::registry
