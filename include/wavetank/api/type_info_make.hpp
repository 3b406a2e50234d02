#pragma once

/// \file
/// How does `type_info<T>()` read a Boost.Describe description? Included by type_info.hpp alone.

#include <wavetank/api/type_info.hpp>

namespace wavetank::api {

/// Drops the underscore with which a member avoids a C++ keyword.
[[nodiscard]] constexpr std::string_view json_name(std::string_view member) {
    return member.ends_with('_') ? member.substr(0, member.size() - 1) : member;
}

template <TypeKind Kind>
struct ScalarShape {
    template <class T>
    static void describe(TypeInfo& info) {
        info.kind = Kind;
        info.is_zero = [](const void* value) { return *static_cast<const T*>(value) == T{}; };
    }
};

/// Fills the rows of a table for a type of T's shape. The primary one is for described structs.
template <class T>
struct TypeShape {
    static_assert(boost::describe::has_describe_members<T>::value,
                  "describe the struct with BOOST_DESCRIBE_STRUCT");

    template <auto Member>
    static void* address(void* owner) {
        return &(static_cast<T*>(owner)->*Member);
    }

    static constexpr FieldFacts facts_of(std::string_view name) {
        for (const FieldFacts& facts : field_facts<T>) {
            if (facts.field == name) {
                return facts;
            }
        }
        return {.field = name};
    }

    template <class Described>
    using MemberOf = std::remove_cvref_t<decltype(std::declval<T&>().*Described::pointer)>;

    // A pack instead of a loop: half the time to compile.
    template <template <class...> class List, class... Described>
    static std::vector<FieldInfo> rows(List<Described...>) {
        return {FieldInfo{.name = json_name(Described::name),
                          .type = &type_info<MemberOf<Described>>,
                          .member = &address<Described::pointer>,
                          .facts = facts_of(json_name(Described::name))}...};
    }

    template <class>
    static void describe(TypeInfo& info) {
        info.kind = TypeKind::Object;
        info.name = type_name<T>;
        info.fields =
            rows(boost::describe::describe_members<T, boost::describe::mod_public |
                                                          boost::describe::mod_inherited>{});
        if constexpr (requires(T& value) { value.unmodelled; }) {
            info.unmodelled = [](void* value) -> Unmodelled& {
                return static_cast<T*>(value)->unmodelled;
            };
        }
    }
};

template <>
struct TypeShape<bool> : ScalarShape<TypeKind::Boolean> {};
template <>
struct TypeShape<std::int32_t> : ScalarShape<TypeKind::Int32> {};
template <>
struct TypeShape<std::int64_t> : ScalarShape<TypeKind::Int64> {};
template <>
struct TypeShape<std::string> : ScalarShape<TypeKind::String> {};
template <>
struct TypeShape<Text> : ScalarShape<TypeKind::Text> {};
template <>
struct TypeShape<Quantity> : ScalarShape<TypeKind::Quantity> {};
template <>
struct TypeShape<IntOrString> : ScalarShape<TypeKind::IntOrString> {};
template <>
struct TypeShape<Time> : ScalarShape<TypeKind::Time> {};
template <>
struct TypeShape<MicroTime> : ScalarShape<TypeKind::MicroTime> {};
template <>
struct TypeShape<boost::json::value> : ScalarShape<TypeKind::Json> {};

struct PrintedShape {
    template <class T>
    static void describe(TypeInfo& info) {
        info.kind = TypeKind::Printed;
        info.is_zero = [](const void* value) { return static_cast<const T*>(value)->empty(); };
        info.print = [](const void* value) { return static_cast<const T*>(value)->str(); };
        info.parse = [](void* value, std::string_view text) { *static_cast<T*>(value) = text; };
    }
};
template <>
struct TypeShape<Address> : PrintedShape {};
template <>
struct TypeShape<Uid> : PrintedShape {};

template <class E>
struct ListShape {
    template <class T>
    static void describe(TypeInfo& info) {
        info.kind = TypeKind::List;
        info.element = &type_info<E>;
        info.is_zero = [](const void* value) { return static_cast<const T*>(value)->empty(); };
        info.size = [](const void* list) { return static_cast<const T*>(list)->size(); };
        info.at = [](const void* list, std::size_t index) -> const void* {
            return &(*static_cast<const T*>(list))[index];
        };
        info.clear = [](void* list) { static_cast<T*>(list)->clear(); };
        info.append = [](void* list) -> void* { return &static_cast<T*>(list)->emplace_back(); };
    }
};
template <class E>
struct TypeShape<std::vector<E>> : ListShape<E> {};
template <class E>
struct TypeShape<ShortList<E>> : ListShape<E> {};

template <class E>
struct TypeShape<std::map<std::string, E>> {
    template <class T>
    static void describe(TypeInfo& info) {
        info.kind = TypeKind::Map;
        info.element = &type_info<E>;
        info.is_zero = [](const void* value) { return static_cast<const T*>(value)->empty(); };
        info.each = [](const void* map, const TypeInfo::Visitor& visit) {
            for (const auto& [key, value] : *static_cast<const T*>(map)) {
                visit(key, &value);
            }
        };
        info.clear = [](void* map) { static_cast<T*>(map)->clear(); };
        info.slot = [](void* map, const std::string& key) -> void* {
            return &(*static_cast<T*>(map))[key];
        };
    }
};

template <class E>
struct OptionalShape {
    template <class T>
    static void describe(TypeInfo& info) {
        info.kind = TypeKind::Optional;
        info.element = &type_info<E>;
        info.is_zero = [](const void* value) { return !static_cast<const T*>(value)->has_value(); };
        info.get = [](const void* value) -> const void* {
            const auto& held = *static_cast<const T*>(value);
            return held.has_value() ? &*held : nullptr;
        };
        info.edit = [](void* value) -> void* {
            auto& held = *static_cast<T*>(value);
            return held.has_value() ? &*held : &held.emplace();
        };
    }
};
template <class E>
struct TypeShape<std::optional<E>> : OptionalShape<E> {};
template <class E>
struct TypeShape<Boxed<E>> : OptionalShape<E> {};
template <class E>
struct TypeShape<CompactOptional<E>> : OptionalShape<E> {};
template <>
struct TypeShape<OptionalText> : OptionalShape<Text> {};

template <class E>
struct TypeShape<Shared<E>> {
    template <class T>
    static void describe(TypeInfo& info) {
        info.kind = TypeKind::Shared;
        info.element = &type_info<E>;
        info.is_zero = [](const void* value) {
            const TypeInfo& element = type_info<E>();
            return element.is_zero != nullptr && element.is_zero(&**static_cast<const T*>(value));
        };
        info.get = [](const void* value) -> const void* { return &**static_cast<const T*>(value); };
        info.edit = [](void* value) -> void* { return &static_cast<T*>(value)->edit(); };
    }
};

template <class T>
const TypeInfo& type_info() {
    static const TypeInfo info = [] {
        TypeInfo made{};
        TypeShape<T>::template describe<T>(made);
        return made;
    }();
    return info;
}

}  // namespace wavetank::api
