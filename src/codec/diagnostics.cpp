#include <wavetank/codec/diagnostics.hpp>

#include <algorithm>

namespace wavetank::codec {
namespace {

std::string_view cause_reason(Complaint complaint) {
    switch (complaint) {
        case Complaint::WrongType:
            return "FieldValueTypeInvalid";
        case Complaint::DuplicateKey:
        case Complaint::Duplicate:
            return "FieldValueDuplicate";
        case Complaint::UnknownField:
            break;
    }
    return "FieldValueForbidden";
}

// kube-apiserver decodes YAML into JSON first, so its complaints precede those about fields.
std::string strict_message(const std::vector<Diagnostic>& items) {
    std::string yaml;
    std::string fields;
    for (const Diagnostic& item : items) {
        if (item.severity != Severity::Error) {
            continue;
        }
        if (item.complaint == Complaint::DuplicateKey) {
            yaml += "\n  line " + std::to_string(item.where.line) + ": " + item.message;
        } else {
            fields += (fields.empty() ? "" : ", ") + item.message;
        }
    }
    std::string message = "strict decoding error: ";
    if (!yaml.empty()) {
        message += "yaml: unmarshal errors:" + yaml + (fields.empty() ? "" : ", ");
    }
    return message + fields;
}

}  // namespace

bool Diagnostics::has_errors() const {
    return std::ranges::any_of(
        items, [](const Diagnostic& item) { return item.severity == Severity::Error; });
}

Error Diagnostics::to_error() const {
    const auto wrong_type = std::ranges::find_if(items, [](const Diagnostic& item) {
        return item.severity == Severity::Error && item.complaint == Complaint::WrongType;
    });
    Error error{.reason = Reason::BadRequest};
    error.message = wrong_type != items.end() ? wrong_type->message : strict_message(items);
    if (wrong_type != items.end()) {
        error.where = wrong_type->where;
    }
    for (const Diagnostic& item : items) {
        if (item.severity != Severity::Error) {
            continue;
        }
        if (error.causes.empty() && wrong_type == items.end()) {
            error.where = item.where;
        }
        error.causes.push_back(
            {std::string{cause_reason(item.complaint)}, item.message, item.field});
    }
    return error;
}

std::vector<std::string> Diagnostics::warnings() const {
    std::vector<std::string> texts;
    for (const Diagnostic& item : items) {
        if (item.severity == Severity::Warning) {
            texts.push_back(item.complaint == Complaint::DuplicateKey
                                ? "line " + std::to_string(item.where.line) + ": " + item.message
                                : item.message);
        }
    }
    return texts;
}

std::string to_string(const Diagnostic& diagnostic) {
    return to_string(Error{.message = diagnostic.message, .where = diagnostic.where});
}

}  // namespace wavetank::codec
