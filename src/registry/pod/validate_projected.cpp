#include "registry/pod/paths.hpp"
#include "registry/pod/resources.hpp"
#include "registry/pod/volumes.hpp"

#include <wavetank/api/selector.hpp>

#include <algorithm>
#include <set>

namespace wavetank::registry {
namespace {

using namespace api::corev1;

constexpr std::int64_t expiration_min = 10 * 60;
constexpr std::int64_t expiration_max = std::int64_t{1} << 32;
constexpr std::int64_t certificate_seconds_min = 3600;
constexpr std::int64_t certificate_seconds_max = 91 * 24 * 60 * 60;
constexpr std::int64_t kubernetes_certificate_seconds_max = 24 * 60 * 60;
constexpr std::int64_t subdomain_length_max = 253;
constexpr std::int64_t dns_label_length_max = 63;

// The paths that the sources write to; none may do so twice.
class Targets {
public:
    explicit Targets(const Path& path) : path_{path} {}

    /// Reports `file` if it is there already; upstream then quotes `value`.
    FieldErrors add(const std::string& file, const std::string& value) {
        if (!file.empty() && !files_.insert(file).second) {
            return {api::invalid_value(path_, value, "conflicting duplicate paths")};
        }
        return {};
    }

private:
    Path path_;
    std::set<std::string> files_;
};

// For the projections of Secrets and ConfigMaps.
template <class P>
FieldErrors validate_keys(const P& source, Targets& targets, const Path& path) {
    FieldErrors errors = require(source.name, path / "name");
    for (std::size_t i = 0; i < source.items.size(); ++i) {
        append(errors, validate_key_to_path(source.items[i], (path / "items")[i]));
        append(errors, targets.add(source.items[i].path, source.name));
    }
    return errors;
}

FieldErrors validate_token(const ServiceAccountTokenProjection& token, const Path& path,
                           const Path& volume) {
    FieldErrors errors;
    const auto& seconds = token.expirationSeconds;
    if (!seconds) {
        errors.push_back(api::required_value(path / "expirationSeconds", ""));
    } else if (*seconds < expiration_min) {
        errors.push_back(api::invalid_value(path / "expirationSeconds", *seconds,
                                            "may not specify a duration less than 10 minutes"));
    } else if (*seconds > expiration_max) {
        errors.push_back(api::invalid_value(path / "expirationSeconds", *seconds,
                                            "may not specify a duration larger than 2^32 seconds"));
    }
    append(errors, token.path.empty() ? require(token.path, volume / "path")
                                      : validate_unreserved_path(token.path, volume / "path"));
    return errors;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t end = text.find(separator); end != std::string_view::npos;
         end = text.find(separator)) {
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    parts.emplace_back(text);
    return parts;
}

// Reports the first label of a part that is wrong.
FieldErrors validate_signer_labels(const std::string& part, const Path& path,
                                   api::NameProblems (*check)(std::string_view)) {
    FieldErrors errors;
    for (const std::string& label : split(part, '.')) {
        const api::NameProblems problems = check(label);
        for (const std::string& problem : problems) {
            errors.push_back(api::invalid_value(
                path, part, "validating label " + api::quoted(label) + ": " + problem));
        }
        if (!problems.empty()) {
            break;
        }
    }
    return errors;
}

FieldErrors validate_signer(const std::string& name, const Path& path) {
    if (name.empty()) {
        return {api::required_value(path, "")};
    }
    const std::vector<std::string> parts = split(name, '/');
    if (parts.size() != 2) {
        return {api::invalid_value(
            path, name,
            "must be a fully qualified domain and path of the form 'example.com/signer-name'")};
    }
    FieldErrors errors;
    if (std::ssize(parts[0]) > subdomain_length_max) {
        errors.push_back(api::too_long_value(path, subdomain_length_max));
    }
    append(errors, validate_signer_labels(parts[0], path, api::check_dns1123_label));
    if (parts[0].find('.') == std::string::npos) {
        errors.push_back(api::invalid_value(
            path, parts[0], "should be a domain with at least two segments separated by dots"));
    }
    append(errors, validate_signer_labels(parts[1], path, api::check_dns1123_subdomain));
    constexpr std::int64_t length_max = 2 * (subdomain_length_max + 1) + dns_label_length_max;
    if (std::ssize(name) > length_max) {
        errors.push_back(api::too_long_value(path, length_max));
    }
    return errors;
}

FieldErrors validate_bundle_name(const std::string& name, const Path& path) {
    FieldErrors errors;
    if (name.empty()) {
        errors.push_back(api::required_value(path, "must be a valid object name"));
    }
    // What stands before the last colon names the signer.
    const std::size_t colon = name.rfind(':');
    const std::string own = colon == std::string::npos ? name : name.substr(colon + 1);
    for (const std::string& problem : api::check_name_as_dns_subdomain(own, api::NameForm::Whole)) {
        errors.push_back(
            api::invalid_value(path, name, "not a valid clustertrustbundlename: " + problem));
    }
    return errors;
}

FieldErrors validate_bundle(const ClusterTrustBundleProjection& bundle, Targets& targets,
                            const Path& path) {
    FieldErrors errors;
    if (bundle.name && bundle.signerName) {
        errors.push_back(
            api::invalid_literal(path, "{}", "only one of name and signerName may be used"));
    } else if (bundle.name) {
        append(errors, validate_bundle_name(*bundle.name, path / "name"));
        if (bundle.labelSelector) {
            errors.push_back(api::invalid_literal(
                path / "labelSelector", "{}", "labelSelector must be unset if name is specified"));
        }
    } else if (bundle.signerName) {
        if (bundle.signerName->empty()) {
            errors.push_back(
                api::required_value(path / "signerName", "must be a valid signer name"));
        }
        append(errors, validate_signer(*bundle.signerName, path / "signerName"));
        if (bundle.labelSelector) {
            append(errors,
                   api::validate_selector(*bundle.labelSelector, (path / "labelSelector").text()));
        }
    } else {
        errors.push_back(api::required_value(path, "either name or signerName must be specified"));
    }
    append(errors, require(bundle.path, path / "path"));
    append(errors, validate_unreserved_path(bundle.path, path / "path"));
    append(errors, targets.add(bundle.path, bundle.path));
    return errors;
}

bool is_kubernetes_signer(const std::string& name) {
    const std::string host = name.substr(0, name.find('/'));
    return host == "kubernetes.io" || host.ends_with(".kubernetes.io");
}

FieldErrors validate_certificate_lifetime(const PodCertificateProjection& certificate,
                                          const Path& path) {
    FieldErrors errors;
    if (const auto& seconds = certificate.maxExpirationSeconds) {
        if (*seconds < certificate_seconds_min) {
            errors.push_back(api::invalid_value(
                path, std::int64_t{*seconds}, "if provided, maxExpirationSeconds must be >= 3600"));
        }
        const std::int64_t most = is_kubernetes_signer(certificate.signerName)
                                      ? kubernetes_certificate_seconds_max
                                      : certificate_seconds_max;
        if (*seconds > most) {
            errors.push_back(api::invalid_value(
                path, std::int64_t{*seconds},
                "if provided, maxExpirationSeconds must be <= " + std::to_string(most)));
        }
    }
    return errors;
}

FieldErrors validate_certificate(const PodCertificateProjection& certificate, Targets& targets,
                                 const Path& path) {
    static const std::vector<std::string> key_types{"RSA3072",   "RSA4096",   "ECDSAP256",
                                                    "ECDSAP384", "ECDSAP521", "ED25519"};
    FieldErrors errors = validate_signer(certificate.signerName, path / "signerName");
    for (const auto& [key, value] : certificate.userAnnotations) {
        append(errors, api::validate_domain_prefixed_key(key, (path / "userAnnotations").text()));
    }
    if (std::find(key_types.begin(), key_types.end(), certificate.keyType) == key_types.end()) {
        errors.push_back(api::unsupported_value(path / "keyType", certificate.keyType, key_types));
    }
    append(errors, validate_certificate_lifetime(certificate, path / "maxExpirationSeconds"));
    const auto file = [&](std::string_view name, const std::string& target) {
        if (!target.empty()) {
            append(errors, validate_unreserved_path(target, path / name));
            append(errors, targets.add(target, target));
        }
    };
    file("credentialBundlePath", certificate.credentialBundlePath);
    file("keyPath", certificate.keyPath);
    file("certificateChainPath", certificate.certificateChainPath);
    if (certificate.credentialBundlePath.empty() && certificate.keyPath.empty() &&
        certificate.certificateChainPath.empty()) {
        errors.push_back(api::required_value(
            path,
            "specify at least one of credentialBundlePath, keyPath, and certificateChainPath"));
    }
    return errors;
}

FieldErrors validate_projection(const VolumeProjection& source, Targets& targets, const Path& path,
                                const Path& volume) {
    FieldErrors errors;
    if (source.secret) {
        append(errors, validate_keys(*source.secret, targets, path / "secret"));
    }
    if (source.configMap) {
        append(errors, validate_keys(*source.configMap, targets, path / "configMap"));
    }
    if (source.downwardAPI) {
        for (const DownwardAPIVolumeFile& file : source.downwardAPI->items) {
            append(errors, validate_downward_file(file, path / "downwardAPI"));
            append(errors, targets.add(file.path, file.path));
        }
    }
    if (source.serviceAccountToken) {
        append(errors,
               validate_token(*source.serviceAccountToken, path / "serviceAccountToken", volume));
    }
    if (source.clusterTrustBundle) {
        append(errors,
               validate_bundle(*source.clusterTrustBundle, targets, path / "clusterTrustBundle"));
    }
    if (source.podCertificate) {
        append(errors,
               validate_certificate(*source.podCertificate, targets, path / "podCertificate"));
    }
    const int count =
        int{source.secret.has_value()} + int{source.configMap.has_value()} +
        int{source.downwardAPI.has_value()} + int{source.serviceAccountToken.has_value()} +
        int{source.clusterTrustBundle.has_value()} + int{source.podCertificate.has_value()};
    if (count > 1) {
        errors.push_back(
            api::forbidden_value(path, "may not specify more than 1 volume type per source"));
    }
    return errors;
}

FieldErrors validate_access_modes(const std::vector<std::string>& modes, const Path& path) {
    static const std::vector<std::string> known{"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce",
                                                "ReadWriteOncePod"};
    FieldErrors errors;
    bool single = false;
    bool other = false;
    for (const std::string& mode : modes) {
        const bool is_known = std::find(known.begin(), known.end(), mode) != known.end();
        if (!is_known) {
            errors.push_back(api::unsupported_value(path, mode, known));
        }
        single = single || mode == "ReadWriteOncePod";
        other = other || (is_known && mode != "ReadWriteOncePod");
    }
    if (single && other) {
        errors.push_back(
            api::forbidden_value(path, "may not use ReadWriteOncePod with other access modes"));
    }
    return errors;
}

FieldErrors validate_storage_request(const api::ResourceList& requests, const Path& path) {
    const auto request = requests.find("storage");
    if (request == requests.end()) {
        return {api::required_value(path, "")};
    }
    if (request->second.sign() <= 0) {
        return {api::invalid_value(path, request->second.to_string(), "must be greater than zero")};
    }
    return {};
}

FieldErrors validate_class_name(const std::optional<std::string>& name, const Path& path) {
    FieldErrors errors;
    if (name && !name->empty()) {
        append_problems(errors, path, *name,
                        api::check_name_as_dns_subdomain(*name, api::NameForm::Whole));
    }
    return errors;
}

// For both ways to name the source of a volume's data.
template <class S>
FieldErrors validate_data_source(const S& source, const Path& path) {
    FieldErrors errors = require(source.name, path / "name");
    append(errors, require(source.kind, path / "kind"));
    const std::string group = source.apiGroup.value_or("");
    if (group.empty() && source.kind != "PersistentVolumeClaim") {
        errors.push_back(api::invalid_value(
            path, source.kind,
            "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
    }
    if (!group.empty()) {
        append_problems(errors, path / "apiGroup", group, api::check_dns1123_subdomain(group));
    }
    return errors;
}

FieldErrors validate_data_sources(const PersistentVolumeClaimSpec& spec, const Path& path) {
    FieldErrors errors;
    const auto& source = spec.dataSource;
    const auto& ref = spec.dataSourceRef;
    if (source) {
        append(errors, validate_data_source(*source, path / "dataSource"));
    }
    if (!ref) {
        return errors;
    }
    append(errors, validate_data_source(*ref, path / "dataSourceRef"));
    const std::string in_namespace = ref->namespace_.value_or("");
    if (!in_namespace.empty()) {
        append_problems(errors, path / "dataSourceRef" / "namespace", in_namespace,
                        api::check_name_as_dns_label(in_namespace, api::NameForm::Whole));
    }
    if (!source) {
        return errors;
    }
    if (!in_namespace.empty()) {
        errors.push_back(api::invalid_literal(
            path, "{}", "may not be specified when dataSourceRef.namespace is specified"));
    } else if (source->apiGroup != ref->apiGroup || source->kind != ref->kind ||
               source->name != ref->name) {
        errors.push_back(api::invalid_literal(path, "{}", "must match dataSourceRef"));
    }
    return errors;
}

// A template of a claim may have labels and annotations, nothing else.
FieldErrors validate_claim_metadata(const api::metav1::ObjectMeta& metadata, const Path& path) {
    FieldErrors errors =
        api::validate_annotations(*metadata.annotations, (path / "annotations").text());
    append(errors, api::validate_labels(*metadata.labels, (path / "labels").text()));
    const auto forbid = [&](std::string_view name, bool is_set) {
        if (is_set) {
            errors.push_back(api::forbidden_value(path / name, "cannot be set"));
        }
    };
    forbid("name", !metadata.name.empty());
    forbid("generateName", !metadata.generateName->empty());
    forbid("namespace", !metadata.namespace_.empty());
    forbid("selfLink", !metadata.rare->selfLink.empty());
    forbid("uID", !metadata.uid.empty());
    forbid("resourceVersion", !metadata.resourceVersion.empty());
    forbid("generation", metadata.generation != 0);
    forbid("creationTimestamp", metadata.creationTimestamp.has_value());
    forbid("deletionTimestamp", metadata.deletionTimestamp.has_value());
    forbid("deletionGracePeriodSeconds", metadata.rare->deletionGracePeriodSeconds.has_value());
    forbid("ownerReferences", !metadata.ownerReferences->empty());
    forbid("finalizers", !metadata.rare->finalizers.empty());
    forbid("managedFields", !metadata.rare->managedFields.empty());
    return errors;
}

}  // namespace

FieldErrors validate_projected(const ProjectedVolumeSource& projected, const Path& path) {
    FieldErrors errors = validate_file_mode(projected.defaultMode, path / "defaultMode");
    Targets targets{path};
    for (std::size_t i = 0; i < projected.sources.size(); ++i) {
        append(errors,
               validate_projection(projected.sources[i], targets, (path / "sources")[i], path));
    }
    return errors;
}

FieldErrors validate_claim_spec(const PersistentVolumeClaimSpec& spec, const Path& path) {
    FieldErrors errors;
    if (spec.accessModes.empty()) {
        errors.push_back(
            api::required_value(path / "accessModes", "at least 1 access mode is required"));
    }
    if (spec.selector) {
        append(errors, api::validate_selector(*spec.selector, (path / "selector").text()));
    }
    append(errors, validate_access_modes(spec.accessModes, path / "accessModes"));
    append(errors,
           validate_storage_request(spec.resources.requests, (path / "resources").key("storage")));
    append(errors, validate_class_name(spec.storageClassName, path / "storageClassName"));
    if (spec.volumeMode && spec.volumeMode != "Block" && spec.volumeMode != "Filesystem") {
        errors.push_back(
            api::unsupported_value(path / "volumeMode", *spec.volumeMode, {"Block", "Filesystem"}));
    }
    append(errors, validate_data_sources(spec, path));
    append(errors,
           validate_class_name(spec.volumeAttributesClassName, path / "volumeAttributesClassName"));
    return errors;
}

FieldErrors validate_claim_template(const PersistentVolumeClaimTemplate& claim, const Path& path) {
    FieldErrors errors = validate_claim_metadata(claim.metadata, path / "metadata");
    append(errors, validate_claim_spec(claim.spec, path / "spec"));
    return errors;
}

}  // namespace wavetank::registry
