#include <wavetank/api/apiextensionsv1/json_schema_props.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace wavetank::api {
namespace {

using RenamedField = std::pair<std::string_view, std::string_view>;

constexpr std::array renamed_fields{
    RenamedField{"schema", "$schema"},
    RenamedField{"ref", "$ref"},
    RenamedField{"x_kubernetes_preserve_unknown_fields", "x-kubernetes-preserve-unknown-fields"},
    RenamedField{"x_kubernetes_embedded_resource", "x-kubernetes-embedded-resource"},
    RenamedField{"x_kubernetes_int_or_string", "x-kubernetes-int-or-string"},
    RenamedField{"x_kubernetes_list_map_keys", "x-kubernetes-list-map-keys"},
    RenamedField{"x_kubernetes_list_type", "x-kubernetes-list-type"},
    RenamedField{"x_kubernetes_map_type", "x-kubernetes-map-type"},
    RenamedField{"x_kubernetes_validations", "x-kubernetes-validations"},
};

}  // namespace

std::string_view schema_field_name(std::string_view member) {
    const auto* found = std::ranges::find(renamed_fields, member, &RenamedField::first);
    return found != renamed_fields.end() ? found->second : member;
}

}  // namespace wavetank::api
