#include "registry/controller_revision.hpp"

namespace wavetank::registry {

using api::appsv1::ControllerRevision;

FieldErrors Rules<ControllerRevision>::validate(Cluster& /*cluster*/,
                                                const ControllerRevision& object,
                                                const ControllerRevision* old) {
    FieldErrors errors;
    check_not_negative(errors, Path{"revision"}, object.revision);
    if (old != nullptr) {
        if (object.data != old->data) {
            errors.push_back(api::invalid_literal("data", "{}", "field is immutable"));
        }
        return errors;
    }
    if (object.data.is_null()) {
        errors.push_back(api::required_value("data", "data is mandatory"));
    } else if (!object.data.is_object()) {
        errors.push_back(api::required_value("data", "data must be a valid JSON object"));
    }
    return errors;
}

}  // namespace wavetank::registry
