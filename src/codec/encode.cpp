#include <wavetank/codec/json.hpp>

namespace wavetank::codec {
namespace {

void encode_fields(const api::TypeInfo& type, const void* object, boost::json::object& out);

boost::json::value encode_list(const api::TypeInfo& type, const void* list) {
    boost::json::array array;
    const std::size_t size = type.size(list);
    array.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
        array.push_back(encode(type.element(), type.at(list, i)));
    }
    return array;
}

boost::json::value encode_map(const api::TypeInfo& type, const void* map) {
    boost::json::object object;
    type.each(map, [&](const std::string& key, const void* value) {
        object.emplace(key, encode(type.element(), value));
    });
    return object;
}

boost::json::value encode_int_or_string(const api::IntOrString& value) {
    if (value.is_string()) {
        return boost::json::string{value.string_value()};
    }
    return value.int_value();
}

// Go writes the zero of a list, a map, a pointer and a time as null where it may not leave it out.
bool is_null(const api::TypeInfo& type, const void* value) {
    switch (type.kind) {
        case api::TypeKind::List:
        case api::TypeKind::Map:
        case api::TypeKind::Optional:
        case api::TypeKind::Time:
        case api::TypeKind::MicroTime:
            return type.is_zero(value);
        case api::TypeKind::Shared:
            return is_null(type.element(), type.get(value));
        default:
            return false;
    }
}

void encode_field(const api::FieldInfo& field, const void* owner, boost::json::object& out) {
    const api::TypeInfo& type = field.type();
    const void* value = field.get(owner);
    if (field.facts.inlined) {
        if (type.kind == api::TypeKind::Object) {
            encode_fields(type, value, out);
        } else if (const void* inner = type.get(value)) {
            encode_fields(type.element(), inner, out);
        }
        return;
    }
    const bool may_omit = field.facts.presence == api::Presence::OmitEmpty;
    if (may_omit && type.is_zero != nullptr && type.is_zero(value)) {
        return;
    }
    out.emplace(field.name, is_null(type, value) ? boost::json::value{} : encode(type, value));
}

void encode_fields(const api::TypeInfo& type, const void* object, boost::json::object& out) {
    for (const api::FieldInfo& field : type.fields) {
        encode_field(field, object, out);
    }
    if (type.unmodelled != nullptr) {
        const api::Unmodelled& rest = type.unmodelled(const_cast<void*>(object));
        if (rest.has_value()) {
            for (const auto& [key, value] : *rest) {
                out.emplace(key, value);
            }
        }
    }
}

}  // namespace

boost::json::value encode(const api::TypeInfo& type, const void* object) {
    using api::TypeKind;
    switch (type.kind) {
        case TypeKind::Boolean:
            return *static_cast<const bool*>(object);
        case TypeKind::Int32:
            return *static_cast<const std::int32_t*>(object);
        case TypeKind::Int64:
            return *static_cast<const std::int64_t*>(object);
        case TypeKind::String:
            return boost::json::string{*static_cast<const std::string*>(object)};
        case TypeKind::Text:
            return boost::json::string{static_cast<const api::Text*>(object)->view()};
        case TypeKind::Printed:
            return boost::json::string{type.print(object)};
        case TypeKind::Quantity:
            return boost::json::string{static_cast<const api::Quantity*>(object)->to_string()};
        case TypeKind::IntOrString:
            return encode_int_or_string(*static_cast<const api::IntOrString*>(object));
        case TypeKind::Time:
            return boost::json::string{to_rfc3339(static_cast<const api::Time*>(object)->value)};
        case TypeKind::MicroTime:
            return boost::json::string{
                to_rfc3339_micro(static_cast<const api::MicroTime*>(object)->value)};
        case TypeKind::Json:
            return *static_cast<const boost::json::value*>(object);
        case TypeKind::Object: {
            boost::json::object out;
            encode_fields(type, object, out);
            return out;
        }
        case TypeKind::List:
            return encode_list(type, object);
        case TypeKind::Map:
            return encode_map(type, object);
        case TypeKind::Optional:
        case TypeKind::Shared: {
            const void* held = type.get(object);
            return held != nullptr ? encode(type.element(), held) : boost::json::value{};
        }
    }
    return nullptr;
}

}  // namespace wavetank::codec
