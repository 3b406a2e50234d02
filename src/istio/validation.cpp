#include <wavetank/istio/validation.hpp>

#include "istio/message_schema.hpp"
#include "istio/validation_rules.hpp"

#include <utility>

namespace wavetank::istio {
namespace {

// What holds for the metadata of all kinds.
std::string metadata_problem(const json::object* metadata) {
    const Labels notes = labels_in(metadata, "annotations");
    constexpr std::string_view dry_run = "istio.io/dry-run";
    if (notes.contains(dry_run)) {
        return text_in(metadata, "namespace") + "/" + text_in(metadata, "name") +
               " has unsupported annotation istio.io/dry-run, please remove the annotation";
    }
    if (notes.contains("internal.istio.io/webhook-always-reject")) {
        return "\"internal.istio.io/webhook-always-reject\" annotation found, rejecting";
    }
    for (const std::string_view name :
         {"internal.istio.io/parent-namespace", "internal.istio.io/parents"}) {
        if (notes.contains(name)) {
            return go_quoted(name) + " annotation found, this may not be set by users";
        }
    }
    return {};
}

}  // namespace

std::optional<Finding> validate(const json::object& object) {
    const std::string kind = text_in(&object, "kind");
    const bool is_virtual_service = kind == "VirtualService";
    if ((!is_virtual_service && kind != "DestinationRule") ||
        !text_in(&object, "apiVersion").starts_with("networking.istio.io/")) {
        return std::nullopt;
    }
    const json::object* metadata = message_in(&object, "metadata");
    const std::string name = text_in(metadata, "name");
    const json::value* given = field(&object, "spec");
    const json::value spec = given == nullptr ? json::value(json::object()) : *given;
    if (auto problem = schema_problem(spec, kind)) {
        return Finding{.error = "cannot parse proto message for " + name + ": " + *problem};
    }
    Finding finding{.kind = kind, .name = name, .namespace_ = text_in(metadata, "namespace")};
    finding.error = metadata_problem(metadata);
    if (finding.error.empty()) {
        const Validation found =
            is_virtual_service ? validate_virtual_service(spec.as_object(), finding.namespace_)
                               : validate_destination_rule(spec.as_object(), finding.namespace_);
        finding.error = found.errors.text();
        finding.warning = found.warnings.text();
    }
    return finding.error.empty() && finding.warning.empty() ? std::nullopt
                                                            : std::optional{std::move(finding)};
}

}  // namespace wavetank::istio
