#include "registry/event.hpp"

namespace wavetank::registry {
namespace {

using api::corev1::Event;

void check_length(FieldErrors& errors, std::string_view field, const std::string& text,
                  std::size_t length_max) {
    if (text.size() > length_max) {
        errors.push_back(api::invalid_value(
            field, "", "can have at most " + std::to_string(length_max) + " characters"));
    }
}

void check_required(FieldErrors& errors, std::string_view field, const std::string& text) {
    if (text.empty()) {
        errors.push_back(api::required_value(field, ""));
    }
}

FieldErrors validate_new_style(const Event& event) {
    FieldErrors errors;
    check_required(errors, "reportingComponent", event.reportingComponent);
    append_problems(errors, Path{"reportingComponent"}, event.reportingComponent,
                    api::check_qualified_name(event.reportingComponent));
    check_required(errors, "reportingInstance", event.reportingInstance);
    check_length(errors, "reportingInstance", event.reportingInstance, 128);
    check_required(errors, "action", event.action);
    check_length(errors, "action", event.action, 128);
    check_required(errors, "reason", event.reason);
    check_length(errors, "reason", event.reason, 128);
    check_length(errors, "message", event.message, 1024);
    return errors;
}

}  // namespace

void Rules<Event>::prepare_create(Event& /*object*/) {}

void Rules<Event>::prepare_update(Event& /*next*/, const Event& /*old*/) {}

void Rules<Event>::prepare_status(Event& /*next*/, const Event& /*old*/) {}

FieldErrors Rules<Event>::validate(Cluster& /*cluster*/, const Event& object,
                                   const Event* /*old*/) {
    const std::string& about = object.involvedObject.namespace_;
    const std::string& home = object.metadata.namespace_;
    const bool matches = object.eventTime
                             ? !about.empty() || home == "default" || home == "kube-system"
                             : home == (about.empty() ? "default" : about);
    FieldErrors errors;
    if (!matches) {
        errors.push_back(api::invalid_value("involvedObject.namespace", about,
                                            "does not match event.namespace"));
    }
    if (object.eventTime) {
        append(errors, validate_new_style(object));
    }
    return errors;
}

}  // namespace wavetank::registry
