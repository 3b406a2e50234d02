#include "codec/field_path.hpp"

namespace wavetank::codec {

std::string FieldPath::text() const {
    std::string result;
    for (const Step& step : steps_) {
        if (step.kind == Step::Kind::Index) {
            result += '[' + std::to_string(step.index) + ']';
        } else {
            result += result.empty() ? "" : ".";
            result += step.name;
        }
    }
    return result;
}

std::string FieldPath::text_with(std::string_view member) const {
    std::string result = text();
    result += result.empty() ? "" : ".";
    return result += member;
}

std::string FieldPath::go_target(std::string_view go_type) const {
    std::string path;
    std::string_view owner;
    for (const Step& step : steps_) {
        if (step.kind == Step::Kind::Field) {
            path += '.';
            path += step.name;
            owner = step.owner;
        }
    }
    if (path.empty()) {
        return " into Go value of type " + std::string{go_type};
    }
    return " into Go struct field " + std::string{owner} + path + " of type " +
           std::string{go_type};
}

std::string go_type_name(const api::TypeInfo& type) {
    using api::TypeKind;
    switch (type.kind) {
        case TypeKind::Boolean:
            return "bool";
        case TypeKind::Int32:
            return "int32";
        case TypeKind::Int64:
            return "int64";
        case TypeKind::String:
        case TypeKind::Text:
        case TypeKind::Printed:
            return "string";
        case TypeKind::Quantity:
            return "resource.Quantity";
        case TypeKind::IntOrString:
            return "intstr.IntOrString";
        case TypeKind::Time:
            return "v1.Time";
        case TypeKind::MicroTime:
            return "v1.MicroTime";
        case TypeKind::Json:
            return "interface {}";
        case TypeKind::Object:
            return "v1." + std::string{type.name};
        case TypeKind::List:
            return "[]" + go_type_name(type.element());
        case TypeKind::Map:
            return type.element().kind == TypeKind::Quantity
                       ? "v1.ResourceList"
                       : "map[string]" + go_type_name(type.element());
        case TypeKind::Optional:
        case TypeKind::Shared:
            return go_type_name(type.element());
    }
    return {};
}

}  // namespace wavetank::codec
