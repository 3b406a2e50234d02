#pragma once

/// \file
/// What a Kubernetes type looks like, as data: its fields, their names, kinds and facts.
///
/// Every struct of `api/` is described once with Boost.Describe. `type_info<T>()` turns that
/// description into a table that ordinary, non-template code can walk, so the codecs, the strict
/// field check, merging, diffing and the schema are each written once and compiled once.

#include <wavetank/api/address.hpp>
#include <wavetank/api/boxed.hpp>
#include <wavetank/api/compact_optional.hpp>
#include <wavetank/api/int_or_string.hpp>
#include <wavetank/api/quantity.hpp>
#include <wavetank/api/shared.hpp>
#include <wavetank/api/short_list.hpp>
#include <wavetank/api/text.hpp>
#include <wavetank/api/time.hpp>
#include <wavetank/api/uid.hpp>

#include <boost/json.hpp>

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace wavetank::api {

using StringMap = std::map<std::string, std::string>;
using ResourceList = std::map<std::string, Quantity>;

/// Fields of an object that its struct does not have; kept, and written back.
using Unmodelled = Boxed<boost::json::object>;

enum class TypeKind : std::uint8_t {
    Boolean,
    Int32,
    Int64,
    String,
    Text,     ///< a `Text`: a String to all but the member itself
    Printed,  ///< an `Address` or a `Uid`: the same
    Quantity,
    IntOrString,
    Time,
    MicroTime,
    Json,      ///< `boost::json::value`: anything, kept as it is
    Object,    ///< a described struct
    List,      ///< `std::vector<E>` or `ShortList<E>`
    Map,       ///< `std::map<std::string, E>`
    Optional,  ///< `std::optional<E>`, `Boxed<E>`, `CompactOptional<E>` or `OptionalText`
    Shared,    ///< `Shared<E>`: in JSON, just an E
};

/// When a field is written.
enum class Presence : std::uint8_t {
    OmitEmpty,  ///< left out when false, 0, "", an empty list or map, or absent
    Always,
};

/// What the API says of a field beyond its type. The default fits most fields.
struct FieldFacts {
    std::string_view field;  ///< the JSON name
    Presence presence = Presence::OmitEmpty;
    bool inlined = false;          ///< its fields stand in the outer object
    std::string_view patch_key{};  ///< strategic merge: the key of a list; "" replaces the list
    bool patch_set = false;        ///< strategic merge of a list of scalars
    std::string_view list_keys{};  ///< listType=map: its keys, separated by ","
    bool list_set = false;         ///< listType=set
    bool atomic = false;           ///< listType, mapType or structType=atomic
};

/// The facts of T's fields that differ from the default. Specialised beside T.
template <class T>
inline constexpr std::span<const FieldFacts> field_facts{};

/// T's name in Kubernetes. Specialised beside T.
template <class T>
inline constexpr std::string_view type_name{};

struct TypeInfo;

/// One field of a described struct.
struct FieldInfo {
    std::string_view name;         ///< as JSON has it
    const TypeInfo& (*type)();     ///< of the member
    void* (*member)(void* owner);  ///< the member's address in `owner`
    FieldFacts facts;

    [[nodiscard]] const void* get(const void* owner) const {
        return member(const_cast<void*>(owner));
    }
};

/// The shape of one type, and the operations its kind has; those of other kinds are null.
struct TypeInfo {
    using Visitor = std::function<void(const std::string& key, const void* value)>;

    TypeKind kind{};
    std::string_view name{};                 ///< Object: "Container"
    const TypeInfo& (*element)() = nullptr;  ///< List, Map, Optional, Shared

    std::vector<FieldInfo> fields{};             ///< Object
    Unmodelled& (*unmodelled)(void*) = nullptr;  ///< Object; null if it keeps no rest

    bool (*is_zero)(const void*) = nullptr;  ///< what OmitEmpty leaves out; null: never

    std::string (*print)(const void*) = nullptr;       ///< Printed
    void (*parse)(void*, std::string_view) = nullptr;  ///< Printed

    std::size_t (*size)(const void*) = nullptr;              ///< List
    const void* (*at)(const void*, std::size_t) = nullptr;   ///< List
    void* (*append)(void*) = nullptr;                        ///< List: a fresh element
    void (*clear)(void*) = nullptr;                          ///< List, Map
    void (*each)(const void*, const Visitor&) = nullptr;     ///< Map, in order of keys
    void* (*slot)(void*, const std::string& key) = nullptr;  ///< Map: made if missing
    const void* (*get)(const void*) = nullptr;               ///< Optional (null if absent), Shared
    void* (*edit)(void*) = nullptr;                          ///< Optional (made if absent), Shared

    /// Returns the field of that JSON name, not looking into inlined ones; null if there is none.
    /// Cost: linear in the number of fields.
    [[nodiscard]] const FieldInfo* find(std::string_view json_name) const;
};

/// Returns the table of T; made on first use, the same ever after.
template <class T>
[[nodiscard]] const TypeInfo& type_info();

}  // namespace wavetank::api

#include <wavetank/api/type_info_make.hpp>
