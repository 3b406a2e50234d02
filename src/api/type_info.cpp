#include <wavetank/api/type_info.hpp>

namespace wavetank::api {

const FieldInfo* TypeInfo::find(std::string_view json_name) const {
    for (const FieldInfo& field : fields) {
        if (field.name == json_name && !field.facts.inlined) {
            return &field;
        }
    }
    return nullptr;
}

}  // namespace wavetank::api
