#include "registry/errors.hpp"

#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace wavetank::registry {
namespace {

using api::quoted;

/// Keeps the first of equal causes: kube-apiserver says the same about the same field once.
api::FieldErrors without_repetitions(const api::FieldErrors& causes) {
    std::set<std::tuple<std::string_view, std::string_view, std::string_view>> seen;
    api::FieldErrors kept;
    for (const Cause& cause : causes) {
        if (seen.emplace(cause.field, cause.reason, cause.message).second) {
            kept.push_back(cause);
        }
    }
    return kept;
}

std::string qualified(const std::string& name, const std::string& group) {
    return group.empty() ? name : name + "." + group;
}

/// Guesses the plural of a kind that nobody declared, as apimachinery's
/// `UnsafeGuessKindToResource`.
std::string guess_plural(std::string kind) {
    for (char& letter : kind) {
        if (letter >= 'A' && letter <= 'Z') {
            letter = static_cast<char>(letter - 'A' + 'a');
        }
    }
    if (kind.ends_with("endpoints")) {
        return kind;
    }
    if (kind.ends_with('s') || kind.ends_with('x')) {
        return kind + "es";
    }
    if (kind.ends_with('y')) {
        kind.pop_back();
        return kind + "ies";
    }
    return kind + "s";
}

Error about(Reason reason, std::string message, const Resource& resource, std::string_view name) {
    Error error{.reason = reason, .message = std::move(message)};
    error.subject = {
        .group = resource.group, .kind = resource.plural, .name = std::string{name}, .uid = {}};
    return error;
}

}  // namespace

std::string Resource::qualified_plural() const {
    return qualified(plural, group);
}

std::string Resource::qualified_kind() const {
    return qualified(kind, group);
}

Resource resource_of(const api::KindInfo& info) {
    return {std::string{info.group}, std::string{info.kind}, std::string{info.plural}};
}

Resource resource_of(const api::GroupVersionKind& gvk) {
    if (const api::KindInfo* info = api::find_kind(gvk)) {
        return resource_of(*info);
    }
    return {gvk.group, gvk.kind, guess_plural(gvk.kind)};
}

Error invalid_error(const Resource& resource, std::string_view name, api::FieldErrors causes) {
    causes = without_repetitions(causes);
    Error error = about(Reason::Invalid,
                        resource.qualified_kind() + " " + quoted(name) +
                            " is invalid: " + api::aggregate_text(causes),
                        resource, name);
    error.subject.kind = resource.kind;
    error.causes = std::move(causes);
    return error;
}

// Upstream puts the name of the resource where other such errors have the kind.
Error versionless_error(const Resource& resource, std::string_view name) {
    Resource named = resource;
    named.kind = resource.plural;
    return invalid_error(named, name,
                         {api::invalid_value("metadata.resourceVersion", std::int64_t{0},
                                             "must be specified for an update")});
}

Error not_found_error(const Resource& resource, std::string_view name) {
    return about(Reason::NotFound, resource.qualified_plural() + " " + quoted(name) + " not found",
                 resource, name);
}

Error already_exists_error(const Resource& resource, std::string_view name) {
    return about(Reason::AlreadyExists,
                 resource.qualified_plural() + " " + quoted(name) + " already exists", resource,
                 name);
}

Error bad_request_error(std::string message) {
    return {.reason = Reason::BadRequest, .message = std::move(message)};
}

Error internal_error(std::string message) {
    Error error{.reason = Reason::InternalError, .message = "Internal error occurred: " + message};
    error.causes.push_back({.reason = {}, .message = std::move(message), .field = {}});
    return error;
}

Error forbidden_error(const Resource& resource, std::string_view name, std::string_view why) {
    return about(
        Reason::Forbidden,
        resource.qualified_plural() + " " + quoted(name) + " is forbidden: " + std::string{why},
        resource, name);
}

Error conflict_error(const Resource& resource, std::string_view name, std::string_view why) {
    return about(Reason::Conflict,
                 "Operation cannot be fulfilled on " + resource.qualified_plural() + " " +
                     quoted(name) + ": " + std::string{why},
                 resource, name);
}

Error stale_error(const Resource& resource, std::string_view name) {
    return conflict_error(resource, name,
                          "the object has been modified; please apply your changes to the latest "
                          "version and try again");
}

Error wrong_uid_error(const Resource& resource, std::string_view name, std::string_view expected,
                      std::string_view actual) {
    return conflict_error(resource, name,
                          "Precondition failed: UID in precondition: " + std::string{expected} +
                              ", UID in object meta: " + std::string{actual});
}

}  // namespace wavetank::registry
