#include "registry/body.hpp"

#include "registry/errors.hpp"
#include "registry/json_kind.hpp"

#include <wavetank/codec/patch.hpp>

#include <algorithm>
#include <charconv>

namespace wavetank::registry {
namespace {

using boost::json::value;

/// Returns the media type without its parameters.
std::string_view media_type(std::string_view content_type) {
    content_type = content_type.substr(0, content_type.find(';'));
    while (content_type.ends_with(' ')) {
        content_type.remove_suffix(1);
    }
    return content_type;
}

/// Shows the beginning of a body as apimachinery does: JSON as it is, the rest in hexadecimal.
std::string summary_of(std::string_view text) {
    constexpr std::size_t length_max = 30;
    if (text.empty()) {
        return "<empty>";
    }
    const std::string_view shown = text.substr(0, length_max);
    std::string result;
    if (text[0] == '{') {
        result = shown;
    } else {
        constexpr std::string_view digits = "0123456789abcdef";
        for (const char each : shown) {
            const auto byte = static_cast<unsigned char>(each);
            result += digits[byte >> 4U];
            result += digits[byte & 0xFU];
        }
    }
    return text.size() > length_max ? result + " ..." : result;
}

Error unrecognized(const api::KindInfo& expected, const std::string& why, std::string_view body) {
    return bad_request_error("the object provided is unrecognized (must be of type " +
                             std::string{expected.kind} + "): " + why + " (" + summary_of(body) +
                             ")");
}

Error unsupported_media_type(std::string_view type, std::string_view accepted) {
    return {.reason = Reason::UnsupportedMediaType,
            .message =
                "the body of the request was in an unknown format - accepted media types "
                "include: " +
                std::string{accepted} + (type.empty() ? "" : ", got " + std::string{type})};
}

std::string text_of(const value& object, std::string_view key) {
    const auto* fields = object.if_object();
    const auto* member = fields != nullptr ? fields->if_contains(key) : nullptr;
    return member != nullptr && member->is_string() ? std::string{member->get_string()}
                                                    : std::string{};
}

/// Names the kind as upstream's conversion error does: "v1.Pod", and inside "core.Pod".
std::string internal_name(const api::KindInfo& kind) {
    const std::string_view group = kind.group.substr(0, kind.group.find('.'));
    return std::string{group.empty() ? "core" : group} + "." + std::string{kind.kind};
}

Result<std::optional<Propagation>> parse_propagation(const std::string& text) {
    if (text.empty()) {
        return std::optional<Propagation>{};
    }
    if (text == "Background") {
        return std::optional{Propagation::Background};
    }
    if (text == "Foreground") {
        return std::optional{Propagation::Foreground};
    }
    if (text == "Orphan") {
        return std::optional{Propagation::Orphan};
    }
    const Resource resource{"meta.k8s.io", "DeleteOptions", {}};
    return invalid_error(resource, "",
                         {api::unsupported_value("propagationPolicy", text,
                                                 {"Foreground", "Background", "Orphan", "nil"})});
}

Result<value> body_value(const ApiRequest& request) {
    if (request.body.empty()) {
        return value{boost::json::object{}};
    }
    auto document = media_type(request.content_type) == "application/yaml"
                        ? codec::parse_yaml(request.body)
                        : codec::parse_json(request.body);
    if (!document) {
        return bad_request_error(document.error().message);
    }
    return codec::to_value(document->root);
}

}  // namespace

Result<codec::Document> parse_body(const ApiRequest& request, const api::KindInfo& expected) {
    const std::string_view type = media_type(request.content_type);
    if (type == "application/yaml") {
        auto document = codec::parse_yaml(request.body);
        return document ? document : unrecognized(expected, document.error().message, request.body);
    }
    if (!type.empty() && type != "application/json") {
        return unsupported_media_type({}, "application/json, application/yaml");
    }
    auto document = codec::parse_json(request.body);
    const std::string prefix = "couldn't get version/kind; json parse error: ";
    if (!document) {
        return unrecognized(expected, prefix + document.error().message, request.body);
    }
    const codec::NodeKind kind = document->root.kind;
    if (kind != codec::NodeKind::Mapping && kind != codec::NodeKind::Null) {
        return unrecognized(expected, prefix + "json: cannot unmarshal into an object",
                            request.body);
    }
    return document;
}

Result<> check_kind(const value& object, const api::KindInfo& expected, std::string_view body) {
    const std::string kind = text_of(object, "kind");
    const std::string version = text_of(object, "apiVersion");
    const api::GroupVersionKind wanted = expected.gvk();
    const std::string shown_kind = kind.empty() ? wanted.kind : kind;
    const std::string shown_version = version.empty() ? wanted.api_version() : version;
    if (shown_kind == wanted.kind && shown_version == wanted.api_version()) {
        return {};
    }
    if (std::count(shown_version.begin(), shown_version.end(), '/') > 1) {
        return unrecognized(expected, "unexpected GroupVersion string: " + shown_version, body);
    }
    const auto said = api::GroupVersionKind::from(shown_version, shown_kind);
    const std::string prefix = shown_kind + " in version " + api::quoted(said.version) +
                               " cannot be handled as a " + wanted.kind + ": ";
    if (api::find_kind(said) != nullptr) {
        return bad_request_error(prefix + "converting (" + said.version + "." + said.kind +
                                 ") to (" + internal_name(expected) + "): unknown conversion");
    }
    return bad_request_error(prefix + "no kind " + api::quoted(shown_kind) +
                             " is registered for version " + api::quoted(shown_version) +
                             " in scheme \"pkg/runtime/scheme.go:111\"");
}

Result<codec::Mode> field_validation_of(const Route& route) {
    const std::string& text = route.parameter("fieldValidation");
    if (text.empty() || text == "Warn") {
        return codec::Mode::Warn;
    }
    if (text == "Strict") {
        return codec::Mode::Strict;
    }
    if (text == "Ignore") {
        return codec::Mode::Lenient;
    }
    const Resource resource{"meta.k8s.io", "CreateOptions", {}};
    return invalid_error(
        resource, "",
        {api::unsupported_value("fieldValidation", text, {"", "Ignore", "Strict", "Warn"})});
}

Error decoding_error(const codec::Diagnostics& diagnostics, const api::KindInfo& expected) {
    return decoding_error(diagnostics.to_error(), expected);
}

Error decoding_error(Error error, const api::KindInfo& expected) {
    const std::string kind{expected.kind};
    error.message = kind + " in version " + api::quoted(expected.version) +
                    " cannot be handled as a " + kind + ": " + error.message;
    return error;
}

namespace {

template <class Source>
Result<api::Unstructured> read_json_kind(const Source& source, const api::KindInfo& kind,
                                         codec::Mode mode, codec::Diagnostics& diagnostics) {
    const JsonKind* known = find_json_kind(kind);
    if (known == nullptr) {
        api::Unstructured object = codec::unstructured_from(source, mode, diagnostics);
        object.gvk = kind.gvk();
        return object;
    }
    auto object = known->read([&](const api::TypeInfo& type, void* out) {
        codec::decode(
            type, out, source,
            {.mode = mode, .unknown_fields = codec::UnknownFields::Drop, .kind = &known->info()},
            diagnostics);
    });
    if (!object && !diagnostics.has_errors()) {
        return decoding_error(object.error(), kind);
    }
    return object ? std::move(object) : api::Unstructured{};
}

}  // namespace

Result<api::Unstructured> read_unstructured(const codec::Document& source,
                                            const api::KindInfo& kind, codec::Mode mode,
                                            codec::Diagnostics& diagnostics) {
    return read_json_kind(source, kind, mode, diagnostics);
}

Result<api::Unstructured> read_unstructured(const value& source, const api::KindInfo& kind,
                                            codec::Mode mode, codec::Diagnostics& diagnostics) {
    return read_json_kind(source, kind, mode, diagnostics);
}

Result<> check_version(const std::string& version) {
    std::uint64_t number = 0;
    const auto read = std::from_chars(version.data(), version.data() + version.size(), number);
    if (version.empty() ||
        (read.ec == std::errc{} && read.ptr == version.data() + version.size())) {
        return {};
    }
    return Error{
        .message = "strconv.ParseUint: parsing " + api::quoted(version) + ": invalid syntax",
        .code = 500};
}

Result<DeleteOptions> delete_options_of(const ApiRequest& request, const Route& route) {
    const auto body = body_value(request);
    if (!body) {
        return body.error();
    }
    DeleteOptions options;
    std::string propagation = route.parameter("propagationPolicy");
    const std::string& grace = route.parameter("gracePeriodSeconds");
    if (std::int64_t seconds = 0;
        !grace.empty() &&
        std::from_chars(grace.data(), grace.data() + grace.size(), seconds).ec == std::errc{}) {
        options.grace_period_seconds = seconds;
    }
    if (const auto* fields = body->if_object()) {
        if (const auto* seconds = fields->if_contains("gracePeriodSeconds");
            seconds != nullptr && seconds->is_int64()) {
            options.grace_period_seconds = seconds->get_int64();
        }
        if (const auto* orphan = fields->if_contains("orphanDependents");
            orphan != nullptr && orphan->is_bool()) {
            propagation = orphan->get_bool() ? "Orphan" : "Background";
        }
        if (std::string given = text_of(*body, "propagationPolicy"); !given.empty()) {
            propagation = std::move(given);
        }
        if (const auto* preconditions = fields->if_contains("preconditions")) {
            options.uid = text_of(*preconditions, "uid");
            options.resource_version = text_of(*preconditions, "resourceVersion");
        }
    }
    const auto parsed = parse_propagation(propagation);
    if (!parsed) {
        return parsed.error();
    }
    options.propagation = *parsed;
    return options;
}

Result<bool> wants_dry_run(const ApiRequest& request, const Route& route) {
    const std::string& text = route.parameter("dryRun");
    if (!text.empty() && text != "All") {
        const Resource resource{"meta.k8s.io", "CreateOptions", {}};
        return invalid_error(resource, "", {api::unsupported_value("dryRun", text, {"All"})});
    }
    if (!text.empty()) {
        return true;
    }
    if (request.method != "DELETE" || request.body.empty()) {
        return false;
    }
    const auto body = body_value(request);
    const auto* fields = body ? body->if_object() : nullptr;
    const auto* list = fields != nullptr ? fields->if_contains("dryRun") : nullptr;
    return list != nullptr && list->is_array() && !list->get_array().empty();
}

Result<value> apply_patch(const ApiRequest& request, const api::TypeInfo* type_info,
                          const value& object) {
    const std::string_view type = media_type(request.content_type);
    const bool strategic = type == "application/strategic-merge-patch+json";
    const bool json_patch = type == "application/json-patch+json";
    const bool merge = type == "application/merge-patch+json";
    if ((!strategic && !json_patch && !merge) || (strategic && type_info == nullptr)) {
        return unsupported_media_type(
            type, type_info == nullptr
                      ? "application/json-patch+json, application/merge-patch+json"
                      : "application/json-patch+json, application/merge-patch+json, "
                        "application/strategic-merge-patch+json");
    }
    const auto patch = codec::parse_json(request.body);
    if (!patch) {
        return bad_request_error("error decoding patch: " + patch.error().message);
    }
    const value change = codec::to_value(patch->root);
    if (merge) {
        return codec::apply_merge_patch(object, change);
    }
    return json_patch ? codec::apply_json_patch(object, change)
                      : codec::apply_strategic_patch(object, change, *type_info);
}

}  // namespace wavetank::registry
