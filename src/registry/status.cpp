#include "registry/status.hpp"

#include <utility>

namespace wavetank::registry {
namespace {

void add_text(boost::json::object& object, std::string_view key, const std::string& text) {
    if (!text.empty()) {
        object[key] = text;
    }
}

boost::json::object details_of(const Error& error) {
    boost::json::object details;
    add_text(details, "name", error.subject.name);
    add_text(details, "group", error.subject.group);
    add_text(details, "kind", error.subject.kind);
    add_text(details, "uid", error.subject.uid);
    boost::json::array causes;
    // What the decoder complains of is in the message alone, as upstream has it.
    if (error.reason != Reason::BadRequest) {
        for (const Cause& cause : error.causes) {
            boost::json::object entry;
            add_text(entry, "reason", cause.reason);
            add_text(entry, "message", cause.message);
            add_text(entry, "field", cause.field);
            causes.push_back(std::move(entry));
        }
    }
    if (!causes.empty()) {
        details["causes"] = std::move(causes);
    }
    return details;
}

boost::json::object empty_status(std::string_view result) {
    return {{"kind", "Status"},
            {"apiVersion", "v1"},
            {"metadata", boost::json::object{}},
            {"status", result}};
}

int code_of(const Error& error) {
    return error.code != 0 ? error.code : http_status(error.reason);
}

}  // namespace

boost::json::object status_of(const Error& error) {
    boost::json::object status = empty_status("Failure");
    status["message"] = error.message;
    if (const auto reason = to_string(error.reason); !reason.empty()) {
        status["reason"] = reason;
    }
    if (auto details = details_of(error); !details.empty()) {
        status["details"] = std::move(details);
    }
    status["code"] = code_of(error);
    return status;
}

ApiResponse failure(const Error& error) {
    return {.code = code_of(error), .body = status_of(error)};
}

boost::json::object success_status(const Resource& resource, const std::string& name,
                                   const std::string& uid) {
    boost::json::object details;
    add_text(details, "name", name);
    add_text(details, "group", resource.group);
    add_text(details, "kind", resource.plural);
    add_text(details, "uid", uid);
    boost::json::object status = empty_status("Success");
    status["details"] = std::move(details);
    return status;
}

}  // namespace wavetank::registry
