// The pod-template-hash. Upstream hashes a dump of Go's data, private fields included, which no
// other program can repeat and which changes with releases; this one hashes the template's set
// fields, by name and in the order of their description, and prints the sum as upstream does.
#include "controllers/replica_sets.hpp"

#include <wavetank/api/kinds.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wavetank::controllers {
namespace {

using api::TypeInfo;
using api::TypeKind;

/// FNV-1a, 32 bits, as upstream's hasher.
class Hasher {
public:
    void add(std::string_view text) {
        for (const char byte : text) {
            mix(static_cast<unsigned char>(byte));
        }
        mix(0);
    }

    void add_number(std::uint64_t number) {
        for (unsigned shift = 0; shift < 64; shift += 8) {
            mix(static_cast<unsigned char>(number >> shift));
        }
    }

    [[nodiscard]] std::uint32_t sum() const {
        return sum_;
    }

private:
    void mix(unsigned char byte) {
        sum_ = (sum_ ^ byte) * 16777619U;
    }

    std::uint32_t sum_ = 2166136261U;
};

template <class T>
const T& as(const void* value) {
    return *static_cast<const T*>(value);
}

void add(Hasher& hasher, const TypeInfo& type, const void* value);

// What stands behind one word of an object counts as its own fields.
void add_fields(Hasher& hasher, const TypeInfo& type, const void* value) {
    for (const api::FieldInfo& field : type.fields) {
        const TypeInfo& field_type = field.type();
        const void* member = field.get(value);
        if (field.facts.inlined && field_type.kind == TypeKind::Object) {
            add_fields(hasher, field_type, member);
        } else if (field.facts.inlined) {
            if (const void* element = field_type.get(member)) {
                add_fields(hasher, field_type.element(), element);
            }
        } else if (field_type.is_zero == nullptr || !field_type.is_zero(member)) {
            hasher.add(field.name);
            add(hasher, field_type, member);
        }
    }
    if (type.unmodelled != nullptr) {
        const api::Unmodelled& rest = type.unmodelled(const_cast<void*>(value));
        if (rest) {
            hasher.add(boost::json::serialize(*rest));
        }
    }
}

void add_object(Hasher& hasher, const TypeInfo& type, const void* value) {
    add_fields(hasher, type, value);
    hasher.add({});
}

void add_scalar(Hasher& hasher, TypeKind kind, const void* value) {
    switch (kind) {
        case TypeKind::Boolean:
            return hasher.add_number(as<bool>(value) ? 1 : 0);
        case TypeKind::Int32:
            return hasher.add_number(static_cast<std::uint64_t>(as<std::int32_t>(value)));
        case TypeKind::Int64:
            return hasher.add_number(static_cast<std::uint64_t>(as<std::int64_t>(value)));
        case TypeKind::Text:
            return hasher.add(as<api::Text>(value));
        case TypeKind::Quantity:
            return hasher.add(as<api::Quantity>(value).to_string());
        case TypeKind::IntOrString:
            return hasher.add(as<api::IntOrString>(value).to_string());
        case TypeKind::Time:
            return hasher.add(to_rfc3339(as<api::Time>(value).value));
        case TypeKind::MicroTime:
            return hasher.add(to_rfc3339_micro(as<api::MicroTime>(value).value));
        case TypeKind::Json:
            return hasher.add(boost::json::serialize(as<boost::json::value>(value)));
        default:
            return hasher.add(as<std::string>(value));
    }
}

void add(Hasher& hasher, const TypeInfo& type, const void* value) {
    switch (type.kind) {
        case TypeKind::Object:
            return add_object(hasher, type, value);
        case TypeKind::List:
            hasher.add_number(type.size(value));
            for (std::size_t i = 0; i < type.size(value); ++i) {
                add(hasher, type.element(), type.at(value, i));
            }
            return;
        case TypeKind::Map:
            return type.each(value, [&](const std::string& key, const void* element) {
                hasher.add(key);
                add(hasher, type.element(), element);
            });
        case TypeKind::Optional:
        case TypeKind::Shared:
            if (const void* element = type.get(value)) {
                add(hasher, type.element(), element);
            }
            return;
        case TypeKind::Printed:
            return hasher.add(type.print(value));
        default:
            return add_scalar(hasher, type.kind, value);
    }
}

/// Finds the description of a pod template in that of the kind that holds one.
const TypeInfo& template_type() {
    const TypeInfo& spec = api::type_info<api::appsv1::ReplicaSet>().find("spec")->type();
    return spec.find("template")->type();
}

}  // namespace

std::string template_hash(const api::corev1::PodTemplateSpec& pod_template,
                          std::optional<std::int32_t> collision_count) {
    Hasher hasher;
    add(hasher, template_type(), &pod_template);
    if (collision_count) {
        hasher.add_number(static_cast<std::uint64_t>(*collision_count));
    }
    // The alphabet without vowels and without look-alikes, so that no bad words come about.
    constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";
    std::string text = std::to_string(hasher.sum());
    for (char& letter : text) {
        letter = alphabet[static_cast<unsigned char>(letter) % alphabet.size()];
    }
    return text;
}

}  // namespace wavetank::controllers
