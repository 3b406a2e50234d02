#include "registry/crd/definition_check.hpp"

#include "registry/crd/common_parts.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace wavetank::registry {
namespace {

using api::apiextensionsv1::CustomResourceColumnDefinition;
using api::apiextensionsv1::CustomResourceConversion;
using api::apiextensionsv1::CustomResourceDefinition;
using api::apiextensionsv1::CustomResourceDefinitionNames;
using api::apiextensionsv1::CustomResourceDefinitionSpec;
using api::apiextensionsv1::CustomResourceDefinitionVersion;
using api::apiextensionsv1::CustomResourceSubresources;
using api::apiextensionsv1::SelectableField;
using api::apiextensionsv1::WebhookConversion;

std::string comma_joined(const std::vector<std::string>& texts) {
    std::string joined;
    for (const std::string& text : texts) {
        joined += (joined.empty() ? "" : ",") + text;
    }
    return joined;
}

bool has_status_resource(const std::optional<CustomResourceSubresources>& subresources) {
    return subresources && subresources->status;
}

/// Checks one definition.
class DefinitionCheck {
public:
    DefinitionCheck(const CustomResourceDefinition& object, const SchemaTolerance& tolerance)
        : object_{object},
          spec_{object.spec},
          parts_{common_parts_of(object.spec)},
          tolerance_{tolerance} {}

    [[nodiscard]] FieldErrors errors() && {
        check_name();
        check_group_and_scope();
        check_versions();
        check_names(spec_.names, path_ / "names", true);
        check_common();
        check_conversion();
        return std::move(errors_);
    }

    void check_names(const CustomResourceDefinitionNames& names, const Path& path, bool required) {
        if (required) {
            require_text(path / "plural", names.plural);
            require_text(path / "singular", names.singular);
            require_text(path / "kind", names.kind);
            require_text(path / "listKind", names.listKind);
        }
        check_label(path / "plural", names.plural, names.plural, "");
        check_label(path / "singular", names.singular, names.singular, "");
        constexpr std::string_view mixed = "may have mixed case, but should otherwise match: ";
        check_label(path / "kind", names.kind, lower_case(names.kind), mixed);
        check_label(path / "listKind", names.listKind, lower_case(names.listKind), mixed);
        check_labels(path / "shortNames", names.shortNames);
        if (!names.kind.empty() && names.kind == names.listKind) {
            errors_.push_back(api::invalid_value(path / "listKind", names.listKind,
                                                 "kind and listKind may not be the same"));
        }
        check_labels(path / "categories", names.categories);
    }

    [[nodiscard]] FieldErrors taken() && {
        return std::move(errors_);
    }

private:
    void require_text(const Path& path, const std::string& text) {
        if (text.empty()) {
            errors_.push_back(api::required_value(path, ""));
        }
    }

    void check_label(const Path& path, const std::string& shown, const std::string& label,
                     std::string_view before) {
        const auto problems = api::check_dns1035_label(label);
        if (!label.empty() && !problems.empty()) {
            errors_.push_back(
                api::invalid_value(path, shown, std::string{before} + comma_joined(problems)));
        }
    }

    void check_labels(const Path& path, const std::vector<std::string>& labels) {
        for (std::size_t i = 0; i < labels.size(); ++i) {
            if (const auto problems = api::check_dns1035_label(labels[i]); !problems.empty()) {
                errors_.push_back(api::invalid_value(path[i], labels[i], comma_joined(problems)));
            }
        }
    }

    void check_name() {
        const std::string required = spec_.names.plural + "." + spec_.group;
        constexpr std::string_view detail = "must be spec.names.plural+\".\"+spec.group";
        const auto& metadata = object_.metadata;
        if (!metadata.generateName->empty() && *metadata.generateName != required) {
            errors_.push_back(
                api::invalid_value("metadata.generateName", *metadata.generateName, detail));
        }
        if (!metadata.name.empty() && metadata.name != required) {
            errors_.push_back(api::invalid_value("metadata.name", metadata.name, detail));
        }
    }

    void check_group_and_scope() {
        const Path group = path_ / "group";
        if (spec_.group.empty()) {
            errors_.push_back(api::required_value(group, ""));
        } else if (const auto problems = api::check_dns1123_subdomain(spec_.group);
                   !problems.empty()) {
            errors_.push_back(api::invalid_value(group, spec_.group, comma_joined(problems)));
        } else if (spec_.group.find('.') == std::string::npos) {
            errors_.push_back(
                api::invalid_value(group, spec_.group, "should be a domain with at least one dot"));
        }
        if (spec_.scope.empty()) {
            errors_.push_back(api::required_value(path_ / "scope", ""));
        } else if (spec_.scope != "Cluster" && spec_.scope != "Namespaced") {
            errors_.push_back(
                api::unsupported_value(path_ / "scope", spec_.scope, {"Cluster", "Namespaced"}));
        }
    }

    void check_versions() {
        const Path list = path_ / "versions";
        if (!parts_.schema || !parts_.schema->openAPIV3Schema) {
            for (std::size_t i = 0; i < parts_.versions.size(); ++i) {
                const auto& schema = parts_.versions[i].schema;
                if (!schema || !schema->openAPIV3Schema) {
                    errors_.push_back(api::required_value(list[i] / "schema.openAPIV3Schema", ""));
                }
            }
        }
        if (spec_.preserveUnknownFields && has_defaults()) {
            errors_.push_back(
                api::invalid_literal(path_ / "preserveUnknownFields", "true",
                                     "must be false in order to use defaults in the schema"));
        }
        std::set<std::string> names;
        int stored = 0;
        for (std::size_t i = 0; i < parts_.versions.size(); ++i) {
            const CustomResourceDefinitionVersion& version = parts_.versions[i];
            stored += version.storage ? 1 : 0;
            names.insert(version.name);
            const auto problems = api::check_dns1035_label(version.name);
            if (!problems.empty()) {
                errors_.push_back(
                    api::invalid_value(list[i] / "name", version.name, comma_joined(problems)));
            }
            check_version(version, list[i]);
        }
        if (names.size() != parts_.versions.size()) {
            errors_.push_back(api::invalid_literal(list, versions_json(parts_.versions),
                                                   "must contain unique version names"));
        }
        if (stored != 1) {
            errors_.push_back(
                api::invalid_literal(list, versions_json(parts_.versions),
                                     "must have exactly one version marked as storage version"));
        }
        if (!spec_.versions.empty()) {
            check_label(path_ / "version", spec_.versions[0].name, spec_.versions[0].name, "");
        }
    }

    [[nodiscard]] bool has_defaults() const {
        return std::ranges::any_of(spec_.versions, [](const auto& version) {
            return version.schema && version.schema->openAPIV3Schema &&
                   any_schema(*version.schema->openAPIV3Schema,
                              [](const auto& schema) { return !schema.default_.is_null(); });
        });
    }

    void check_version(const CustomResourceDefinitionVersion& version, const Path& path) {
        check_deprecation(version, path / "deprecationWarning");
        const bool per_version = std::ranges::any_of(
            parts_.versions, [](const auto& each) { return each.subresources.has_value(); });
        const auto& subresources = per_version ? version.subresources : parts_.subresources;
        if (version.schema) {
            append(errors_,
                   validate_resource_schema(*version.schema, has_status_resource(subresources),
                                            tolerance_, path / "schema"));
        }
        check_subresources(version.subresources, path / "subresources");
        check_columns(version.additionalPrinterColumns, path / "additionalPrinterColumns");
        check_selectable(version.selectableFields, path / "selectableFields");
    }

    void check_deprecation(const CustomResourceDefinitionVersion& version, const Path& path) {
        const auto& warning = version.deprecationWarning;
        if (!warning) {
            return;
        }
        const auto refuse = [&](std::string_view detail) {
            errors_.push_back(api::invalid_value(path, *warning, detail));
        };
        if (!version.deprecated) {
            refuse("can only be set for deprecated versions");
            return;
        }
        if (warning->size() > 256) {
            refuse("must be <= 256 characters long");
        }
        if (warning->empty()) {
            refuse("must not be an empty string");
        }
        const auto unprintable = std::ranges::find_if(*warning, [](char each) {
            return static_cast<unsigned char>(each) < 0x20 || each == 0x7F;
        });
        if (unprintable != warning->end()) {
            refuse(
                "must only contain printable UTF-8 characters; non-printable character found "
                "at index " +
                std::to_string(unprintable - warning->begin()));
        }
    }

    void check_replicas_path(const std::string& text, std::string_view root, const Path& path) {
        if (text.empty()) {
            errors_.push_back(api::required_value(path, ""));
        } else if (text[0] != '.') {
            errors_.push_back(
                api::invalid_value(path, text, "must be a simple json path starting with ."));
        } else if (!text.starts_with(std::string{root} + ".")) {
            errors_.push_back(
                api::invalid_value(path, text, "should be a json path under " + std::string{root}));
        }
    }

    void check_subresources(const std::optional<CustomResourceSubresources>& subresources,
                            const Path& path) {
        if (!subresources || !subresources->scale) {
            return;
        }
        const auto& scale = *subresources->scale;
        check_replicas_path(scale.specReplicasPath, ".spec", path / "scale.specReplicasPath");
        check_replicas_path(scale.statusReplicasPath, ".status", path / "scale.statusReplicasPath");
        const std::string& selector = scale.labelSelectorPath.value_or("");
        const Path at = path / "scale.labelSelectorPath";
        if (selector.empty()) {
            return;
        }
        if (selector[0] != '.') {
            errors_.push_back(
                api::invalid_value(at, selector, "must be a simple json path starting with ."));
        } else if (!selector.starts_with(".spec.") && !selector.starts_with(".status.")) {
            errors_.push_back(api::invalid_value(
                at, selector, "should be a json path under either .spec or .status"));
        }
    }

    void check_columns(const std::vector<CustomResourceColumnDefinition>& columns,
                       const Path& path) {
        constexpr std::string_view types = "must be one of boolean,date,integer,number,string";
        const std::set<std::string> formats{"int32", "int64", "float",     "double",
                                            "byte",  "date",  "date-time", "password"};
        const std::set<std::string> known{"boolean", "date", "integer", "number", "string"};
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const CustomResourceColumnDefinition& column = columns[i];
            require_text(path[i] / "name", column.name);
            if (column.type.empty()) {
                errors_.push_back(api::required_value(path[i] / "type", types));
            } else if (!known.contains(column.type)) {
                errors_.push_back(api::invalid_value(path[i] / "type", column.type, types));
            }
            if (!column.format.empty() && !formats.contains(column.format)) {
                errors_.push_back(api::invalid_value(
                    path[i] / "format", column.format,
                    "must be one of byte,date,date-time,double,float,int32,int64,password"));
            }
            if (column.jsonPath.empty()) {
                errors_.push_back(api::required_value(path[i] / "JSONPath", ""));
            } else if (column.jsonPath[0] != '.') {
                errors_.push_back(api::invalid_value(path[i] / "JSONPath", column.jsonPath,
                                                     "must be a simple json path starting with ."));
            }
        }
    }

    void check_selectable(const std::vector<SelectableField>& fields, const Path& path) {
        constexpr std::int64_t fields_max = 8;
        std::set<std::string> seen;
        for (std::size_t i = 0; i < fields.size(); ++i) {
            const std::string& text = fields[i].jsonPath;
            if (text.empty()) {
                errors_.push_back(api::required_value(path[i] / "jsonPath", ""));
            } else if (text.starts_with(".metadata")) {
                errors_.push_back(api::invalid_value(path[i] / "jsonPath", text,
                                                     "must not point to fields in metadata"));
            } else if (!seen.insert(text).second) {
                errors_.push_back(api::duplicate_value(path[i] / "jsonPath", text));
            }
        }
        if (static_cast<std::int64_t>(seen.size()) > fields_max) {
            errors_.push_back(
                api::too_many_values(path, static_cast<std::int64_t>(seen.size()), fields_max));
        }
    }

    /// Checks what stands above the versions.
    void check_common() {
        const bool any_status = has_status_resource(parts_.subresources) ||
                                std::ranges::any_of(parts_.versions, [](const auto& each) {
                                    return has_status_resource(each.subresources);
                                });
        if (parts_.schema) {
            append(errors_, validate_resource_schema(*parts_.schema, any_status, tolerance_,
                                                     path_ / "validation"));
        }
        check_subresources(parts_.subresources, path_ / "subresources");
        check_columns(parts_.columns, path_ / "additionalPrinterColumns");
        check_selectable(parts_.selectable, path_ / "selectableFields");
    }

    void check_conversion() {
        if (!spec_.conversion) {
            return;
        }
        const CustomResourceConversion& conversion = *spec_.conversion;
        const Path path = path_ / "conversion";
        if (conversion.strategy != "None" && spec_.preserveUnknownFields) {
            errors_.push_back(
                api::invalid_value(path / "strategy", conversion.strategy,
                                   "must be None if spec.preserveUnknownFields is true"));
        }
        if (conversion.strategy.empty()) {
            errors_.push_back(api::required_value(path / "strategy", ""));
        } else if (conversion.strategy != "None" && conversion.strategy != "Webhook") {
            errors_.push_back(api::unsupported_value(path / "strategy", conversion.strategy,
                                                     {"None", "Webhook"}));
        }
        if (conversion.strategy == "Webhook") {
            check_webhook(conversion.webhook.value_or(WebhookConversion{}), path);
            return;
        }
        constexpr std::string_view detail = "should not be set when strategy is not set to Webhook";
        if (conversion.webhook && conversion.webhook->clientConfig) {
            errors_.push_back(api::forbidden_value(path / "webhookClientConfig", detail));
        }
        if (conversion.webhook && !conversion.webhook->conversionReviewVersions.empty()) {
            errors_.push_back(api::forbidden_value(path / "conversionReviewVersions", detail));
        }
    }

    void check_webhook(const WebhookConversion& webhook, const Path& path) {
        const Path config = path / "webhookClientConfig";
        if (!webhook.clientConfig) {
            errors_.push_back(
                api::required_value(config, "required when strategy is set to Webhook"));
        } else {
            const auto& client = *webhook.clientConfig;
            if (client.url.has_value() == client.service.has_value()) {
                errors_.push_back(
                    api::required_value(config, "exactly one of url or service is required"));
            } else if (client.service) {
                require_text(config / "service" / "name", client.service->name);
                require_text(config / "service" / "namespace", client.service->namespace_);
                for (const auto& problem :
                     api::check_port_number(client.service->port.value_or(443))) {
                    errors_.push_back(api::invalid_value(config / "service" / "port",
                                                         client.service->port.value_or(443),
                                                         "port is not valid: " + problem));
                }
            }
        }
        check_review_versions(webhook.conversionReviewVersions, path / "conversionReviewVersions");
    }

    void check_review_versions(const std::vector<std::string>& versions, const Path& path) {
        if (versions.empty()) {
            errors_.push_back(api::required_value(path, ""));
            return;
        }
        std::set<std::string> seen;
        bool accepted = false;
        for (std::size_t i = 0; i < versions.size(); ++i) {
            if (!seen.insert(versions[i]).second) {
                errors_.push_back(api::invalid_value(path[i], versions[i], "duplicate version"));
                continue;
            }
            append_problems(errors_, path[i], versions[i], api::check_dns1035_label(versions[i]));
            accepted |= versions[i] == "v1" || versions[i] == "v1beta1";
        }
        if (!accepted) {
            errors_.push_back(api::invalid_literal(path, json_list(versions),
                                                   "must include at least one of v1, v1beta1"));
        }
    }

    const CustomResourceDefinition& object_;
    const CustomResourceDefinitionSpec& spec_;
    CommonParts parts_;
    const SchemaTolerance& tolerance_;
    Path path_{"spec"};
    FieldErrors errors_;
};

}  // namespace

std::string lower_case(std::string text) {
    for (char& each : text) {
        each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
    }
    return text;
}

FieldErrors validate_definition(const CustomResourceDefinition& object,
                                const SchemaTolerance& tolerance) {
    return DefinitionCheck{object, tolerance}.errors();
}

FieldErrors validate_accepted_names(const CustomResourceDefinition& object) {
    const SchemaTolerance none;
    DefinitionCheck check{object, none};
    check.check_names(object.status.acceptedNames, Path{"status.acceptedNames"}, false);
    return std::move(check).taken();
}

}  // namespace wavetank::registry
