#include "registry/custom_resource_definition.hpp"

#include "registry/base64.hpp"
#include "registry/crd/common_parts.hpp"
#include "registry/crd/definition_check.hpp"

#include <algorithm>
#include <set>

namespace wavetank::registry {
namespace {

using api::apiextensionsv1::CustomResourceDefinition;
using api::apiextensionsv1::CustomResourceDefinitionNames;
using api::apiextensionsv1::CustomResourceDefinitionSpec;
using api::apiextensionsv1::CustomResourceValidation;

void check_stored_versions(FieldErrors& errors, const CustomResourceDefinition& object) {
    const auto& stored = object.status.storedVersions;
    const Path path{"status.storedVersions"};
    if (stored.empty()) {
        errors.push_back(
            api::invalid_literal(path, "null", "must have at least one stored version"));
        return;
    }
    std::set<std::string> awaited(stored.begin(), stored.end());
    for (const auto& version : object.spec.versions) {
        if (awaited.erase(version.name) == 0 && version.storage) {
            errors.push_back(api::invalid_literal(path, json_list(stored),
                                                  "must have the storage version " + version.name));
        }
    }
    for (std::size_t i = 0; i < stored.size(); ++i) {
        const bool kept = std::ranges::any_of(
            object.spec.versions, [&](const auto& version) { return version.name == stored[i]; });
        if (!kept) {
            errors.push_back(api::invalid_value(
                path[i], stored[i],
                "missing from spec.versions; " + stored[i] +
                    " was previously a storage version, and must remain in spec.versions until a "
                    "storage migration ensures no data remains persisted in " +
                    stored[i] + " and removes " + stored[i] + " from status.storedVersions"));
        }
    }
}

const std::string approval_annotation = "api-approved.kubernetes.io";

/// What the annotation says of a group that belongs to Kubernetes' community.
enum class Approval : std::uint8_t { Invalid, Approved, Bypassed, Missing };

Approval approval_of(const CustomResourceDefinition& object) {
    const auto found = object.metadata.annotations->find(approval_annotation);
    if (found == object.metadata.annotations->end() || found->second.empty()) {
        return Approval::Missing;
    }
    const std::string& text = found->second;
    if (text.starts_with("unapproved")) {
        return Approval::Bypassed;
    }
    const std::size_t scheme = text.find("://");
    const bool url = scheme != std::string::npos && scheme > 0 && text.size() > scheme + 3 &&
                     text[scheme + 3] != '/' && text.find_first_of(" \t\n") == std::string::npos;
    return url ? Approval::Approved : Approval::Invalid;
}

void check_approval(FieldErrors& errors, const CustomResourceDefinition& object,
                    const CustomResourceDefinition* old) {
    const std::string& group = object.spec.group;
    const bool guarded = group == "k8s.io" || group.ends_with(".k8s.io") ||
                         group == "kubernetes.io" || group.ends_with(".kubernetes.io");
    const Approval approval = approval_of(object);
    if (!guarded || (old != nullptr && approval_of(*old) == approval)) {
        return;
    }
    const Path path = Path{"metadata.annotations"}.key(approval_annotation);
    const std::string needed =
        "protected groups must have approval annotation " + api::quoted(approval_annotation);
    constexpr std::string_view reference =
        ", see https://github.com/kubernetes/enhancements/pull/1111";
    if (approval == Approval::Missing) {
        errors.push_back(api::required_value(path, needed + std::string{reference}));
    } else if (approval == Approval::Invalid) {
        errors.push_back(api::invalid_value(
            path, object.metadata.annotations->at(approval_annotation),
            needed + " with either a URL or a reason starting with \"unapproved\"" +
                std::string{reference}));
    }
}

bool is_established(const CustomResourceDefinition& object) {
    return std::ranges::any_of(object.status.conditions, [](const auto& condition) {
        return condition.type == "Established" && condition.status == "True";
    });
}

void check_immutable(FieldErrors& errors, std::string_view field, const std::string& next,
                     const std::string& old) {
    if (next != old) {
        errors.push_back(api::invalid_value(field, next, "field is immutable"));
    }
}

void note_storage_version(CustomResourceDefinition& object) {
    auto& stored = object.status.storedVersions;
    const auto found = std::ranges::find_if(object.spec.versions,
                                            [](const auto& version) { return version.storage; });
    if (found != object.spec.versions.end() &&
        std::ranges::find(stored, found->name) == stored.end()) {
        stored.push_back(found->name);
    }
}

std::vector<std::string> definition_warnings(const CustomResourceDefinition& object) {
    std::vector<std::string> result;
    const CommonParts parts = common_parts_of(object.spec);
    const auto add = [&](const std::optional<CustomResourceValidation>& schema) {
        if (schema && schema->openAPIV3Schema) {
            for (std::string& warning : schema_warnings(*schema->openAPIV3Schema)) {
                result.push_back(std::move(warning));
            }
        }
    };
    add(parts.schema);
    for (const auto& version : parts.versions) {
        add(version.schema);
    }
    return result;
}

}  // namespace

Result<> Rules<CustomResourceDefinition>::normalize(CustomResourceDefinition& object) {
    for (auto& version : object.spec.versions) {
        if (version.schema && version.schema->openAPIV3Schema) {
            if (auto normalized = normalize_schema(*version.schema->openAPIV3Schema); !normalized) {
                return normalized;
            }
        }
    }
    auto& conversion = object.spec.conversion;
    if (conversion && conversion->webhook && conversion->webhook->clientConfig) {
        std::string& bundle = conversion->webhook->clientConfig->caBundle;
        const auto bytes = base64_decoded(bundle);
        if (!bytes) {
            return bytes.error();
        }
        bundle = base64_encoded(*bytes);
    }
    return {};
}

void Rules<CustomResourceDefinition>::set_defaults(Cluster& /*cluster*/,
                                                   CustomResourceDefinition& object) {
    CustomResourceDefinitionNames& names = object.spec.names;
    if (names.singular.empty()) {
        names.singular = lower_case(names.kind);
    }
    if (names.listKind.empty() && !names.kind.empty()) {
        names.listKind = names.kind + "List";
    }
    auto& conversion = object.spec.conversion;
    if (!conversion) {
        conversion = {.strategy = "None"};
    }
    if (conversion->webhook && conversion->webhook->clientConfig &&
        conversion->webhook->clientConfig->service &&
        !conversion->webhook->clientConfig->service->port) {
        conversion->webhook->clientConfig->service->port = 443;
    }
    if (object.status.storedVersions.empty()) {
        note_storage_version(object);
    }
}

void Rules<CustomResourceDefinition>::prepare_create(CustomResourceDefinition& object) {
    object.status = {};
    object.metadata.generation = 1;
    note_storage_version(object);
}

void Rules<CustomResourceDefinition>::prepare_update(CustomResourceDefinition& next,
                                                     const CustomResourceDefinition& old) {
    next.status = old.status;
    if (codec::encode(api::type_info<CustomResourceDefinitionSpec>(), &next.spec) !=
        codec::encode(api::type_info<CustomResourceDefinitionSpec>(), &old.spec)) {
        next.metadata.generation = old.metadata.generation + 1;
    }
    note_storage_version(next);
}

void Rules<CustomResourceDefinition>::prepare_status(CustomResourceDefinition& next,
                                                     const CustomResourceDefinition& old) {
    next.spec = old.spec;
}

FieldErrors Rules<CustomResourceDefinition>::validate(Cluster& /*cluster*/,
                                                      const CustomResourceDefinition& object,
                                                      const CustomResourceDefinition* old) {
    const SchemaTolerance tolerance = old != nullptr ? tolerance_of(old->spec) : SchemaTolerance{};
    FieldErrors errors = validate_definition(object, tolerance);
    if (old != nullptr) {
        std::erase_if(errors, [](const Cause& cause) {
            return cause.field == "metadata.name" || cause.field == "metadata.generateName";
        });
        if (is_established(*old)) {
            check_immutable(errors, "spec.scope", object.spec.scope, old->spec.scope);
            check_immutable(errors, "spec.names.kind", object.spec.names.kind,
                            old->spec.names.kind);
        }
        check_immutable(errors, "spec.group", object.spec.group, old->spec.group);
        check_immutable(errors, "spec.names.plural", object.spec.names.plural,
                        old->spec.names.plural);
    }
    append(errors, validate_status(object, object));
    check_stored_versions(errors, object);
    check_approval(errors, object, old);
    const bool preserved = old != nullptr && old->spec.preserveUnknownFields;
    if (object.spec.preserveUnknownFields && !preserved) {
        errors.push_back(api::invalid_literal(
            "spec.preserveUnknownFields", "true",
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in "
            "spec.versions[*].schema instead"));
    }
    return errors;
}

FieldErrors Rules<CustomResourceDefinition>::validate_status(
    const CustomResourceDefinition& next, const CustomResourceDefinition& /*old*/) {
    return validate_accepted_names(next);
}

std::vector<std::string> Rules<CustomResourceDefinition>::warnings(
    const CustomResourceDefinition& object) {
    return definition_warnings(object);
}

std::vector<std::string> Rules<CustomResourceDefinition>::update_warnings(
    const CustomResourceDefinition& next, const CustomResourceDefinition& old) {
    const std::vector<std::string> before = definition_warnings(old);
    std::vector<std::string> result = definition_warnings(next);
    std::erase_if(result, [&](const std::string& warning) {
        return std::ranges::find(before, warning) != before.end();
    });
    return result;
}

void establish(CustomResourceDefinition& object, api::Time now) {
    object.status.acceptedNames = object.spec.names;
    object.status.conditions = {{.type = "NamesAccepted",
                                 .status = "True",
                                 .lastTransitionTime = now,
                                 .reason = "NoConflicts",
                                 .message = "no conflicts found"},
                                {.type = "Established",
                                 .status = "True",
                                 .lastTransitionTime = now,
                                 .reason = "InitialNamesAccepted",
                                 .message = "the initial names have been accepted"}};
}

}  // namespace wavetank::registry
