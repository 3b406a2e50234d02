#include "registry/ingress.hpp"

#include "registry/ip.hpp"

#include <algorithm>

namespace wavetank::registry {
namespace {

using api::NameForm;
using api::corev1::TypedLocalObjectReference;
using api::networkingv1::HTTPIngressPath;
using api::networkingv1::Ingress;
using api::networkingv1::IngressBackend;
using api::networkingv1::IngressRule;
using api::networkingv1::IngressServiceBackend;
using api::networkingv1::IngressSpec;
using api::networkingv1::IngressTLS;

const std::string ingress_class_annotation = "kubernetes.io/ingress.class";

/// Whether updates keep what an older version accepted.
struct IngressTolerance {
    bool secret_names = false;
    bool wildcard_rules = false;
};

/// Reports a path segment that is missing or malformed.
void check_segment(FieldErrors& errors, const std::string& value, const Path& path) {
    if (value.empty()) {
        errors.push_back(api::required_value(path, ""));
    } else {
        append_problems(errors, path, value, api::check_path_segment_name(value));
    }
}

void check_resource_backend(FieldErrors& errors, const TypedLocalObjectReference& resource,
                            const Path& path) {
    if (resource.apiGroup) {
        append_problems(errors, path / "apiGroup", *resource.apiGroup,
                        api::check_dns1123_subdomain(*resource.apiGroup));
    }
    check_segment(errors, resource.kind, path / "kind");
    check_segment(errors, resource.name, path / "name");
}

void check_service_backend(FieldErrors& errors, const IngressServiceBackend& service,
                           const Path& path) {
    const Path name = path / "service.name";
    if (service.name.empty()) {
        errors.push_back(api::required_value(name, ""));
    } else {
        append_problems(errors, name, service.name,
                        api::check_name_as_dns_label(service.name, NameForm::Whole));
    }
    if (!service.port.name.empty() && service.port.number != 0) {
        errors.push_back(api::invalid_value(path, "", "cannot set both port name & port number"));
    } else if (!service.port.name.empty()) {
        append_problems(errors, path / "service.port.name", service.port.name,
                        api::check_port_name(service.port.name));
    } else if (service.port.number != 0) {
        for (const std::string& problem : api::check_port_number(service.port.number)) {
            errors.push_back(
                api::invalid_value(path / "service.port.number", service.port.number, problem));
        }
    } else {
        errors.push_back(api::required_value(path, "port name or number is required"));
    }
}

void check_backend(FieldErrors& errors, const IngressBackend& backend, const Path& path) {
    if (backend.resource && backend.service) {
        errors.push_back(
            api::invalid_value(path, "", "cannot set both resource and service backends"));
    } else if (backend.resource) {
        check_resource_backend(errors, *backend.resource, path / "resource");
    } else if (backend.service) {
        check_service_backend(errors, *backend.service, path);
    } else {
        errors.push_back(api::invalid_value(path, "", "resource or service backend is required"));
    }
}

void check_exact_path(FieldErrors& errors, const std::string& text, const Path& path) {
    for (const std::string_view part : {"//", "/./", "/../", "%2f", "%2F"}) {
        if (text.find(part) != std::string::npos) {
            errors.push_back(
                api::invalid_value(path, text, "must not contain '" + std::string{part} + "'"));
        }
    }
    for (const std::string_view end : {"/..", "/."}) {
        if (text.ends_with(end)) {
            errors.push_back(
                api::invalid_value(path, text, "cannot end with '" + std::string{end} + "'"));
        }
    }
}

void check_http_path(FieldErrors& errors, const HTTPIngressPath& rule, const Path& path) {
    if (!rule.pathType) {
        errors.push_back(api::required_value(path / "pathType", "pathType must be specified"));
        return;
    }
    const bool exact = *rule.pathType == "Exact" || *rule.pathType == "Prefix";
    const bool loose = *rule.pathType == "ImplementationSpecific";
    if (!exact && !loose) {
        errors.push_back(api::unsupported_value(path / "pathType", *rule.pathType,
                                                {"Exact", "ImplementationSpecific", "Prefix"}));
    } else if (!rule.path.starts_with('/') && (exact || !rule.path.empty())) {
        errors.push_back(api::invalid_value(path / "path", rule.path, "must be an absolute path"));
    }
    if (exact) {
        check_exact_path(errors, rule.path, path / "path");
    }
    check_backend(errors, rule.backend, path / "backend");
}

void check_host(FieldErrors& errors, const std::string& host, const Path& path) {
    append_problems(errors, path, host,
                    host.find('*') != std::string::npos
                        ? api::check_wildcard_dns1123_subdomain(host)
                        : api::check_dns1123_subdomain(host));
}

void check_ingress_rule(FieldErrors& errors, const IngressRule& rule,
                        const IngressTolerance& tolerance, const Path& path) {
    if (!rule.host.empty()) {
        if (parse_ip(rule.host)) {
            errors.push_back(api::invalid_value(path / "host", rule.host,
                                                "must be a DNS name, not an IP address"));
        }
        check_host(errors, rule.host, path / "host");
    }
    const bool wildcard = rule.host.find('*') != std::string::npos;
    if (!rule.http || (wildcard && tolerance.wildcard_rules)) {
        return;
    }
    const Path list = path / "http.paths";
    if (rule.http->paths.empty()) {
        errors.push_back(api::required_value(list, ""));
    }
    for (std::size_t i = 0; i < rule.http->paths.size(); ++i) {
        check_http_path(errors, rule.http->paths[i], list[i]);
    }
}

void check_tls(FieldErrors& errors, const IngressTLS& tls, const IngressTolerance& tolerance,
               const Path& path) {
    for (std::size_t i = 0; i < tls.hosts.size(); ++i) {
        check_host(errors, tls.hosts[i], (path / "hosts")[i]);
    }
    if (!tolerance.secret_names && !tls.secretName.empty()) {
        append_problems(errors, path / "secretName", tls.secretName,
                        api::check_name_as_dns_subdomain(tls.secretName, NameForm::Whole));
    }
}

FieldErrors validate_ingress_spec(const IngressSpec& spec, const IngressTolerance& tolerance) {
    FieldErrors errors;
    const Path path{"spec"};
    if (spec.rules.empty() && !spec.defaultBackend) {
        errors.push_back(
            api::invalid_literal(path, spec.rules.given ? "[]" : "null",
                                 "either `defaultBackend` or `rules` must be specified"));
    }
    if (spec.defaultBackend) {
        check_backend(errors, *spec.defaultBackend, path / "defaultBackend");
    }
    for (std::size_t i = 0; i < spec.rules.size(); ++i) {
        check_ingress_rule(errors, spec.rules[i], tolerance, (path / "rules")[i]);
    }
    for (std::size_t i = 0; i < spec.tls.size(); ++i) {
        check_tls(errors, spec.tls[i], tolerance, (path / "tls")[i]);
    }
    if (spec.ingressClassName) {
        append_problems(errors, path / "ingressClassName", *spec.ingressClassName,
                        api::check_name_as_dns_subdomain(*spec.ingressClassName, NameForm::Whole));
    }
    return errors;
}

/// No rules are kept as none, unless that is to be complained of.
void drop_empty_rules(Ingress& object) {
    object.spec.rules.given = object.spec.rules.given && !object.spec.defaultBackend;
}

IngressTolerance tolerance_of(const Ingress* old) {
    IngressTolerance tolerance;
    if (old == nullptr) {
        return tolerance;
    }
    for (const IngressTLS& tls : old->spec.tls) {
        tolerance.secret_names |=
            !tls.secretName.empty() &&
            !api::check_name_as_dns_subdomain(tls.secretName, NameForm::Whole).empty();
    }
    for (const IngressRule& rule : old->spec.rules) {
        FieldErrors errors;
        if (rule.host.find('*') != std::string::npos) {
            check_ingress_rule(errors, {.http = rule.http}, {}, Path{""});
        }
        tolerance.wildcard_rules |= !errors.empty();
    }
    return tolerance;
}

}  // namespace

void Rules<Ingress>::prepare_create(Ingress& object) {
    drop_empty_rules(object);
    object.status = {};
    object.metadata.generation = 1;
}

void Rules<Ingress>::prepare_update(Ingress& next, const Ingress& old) {
    drop_empty_rules(next);
    next.status = old.status;
    if (codec::encode(api::type_info<IngressSpec>(), &next.spec) !=
        codec::encode(api::type_info<IngressSpec>(), &old.spec)) {
        next.metadata.generation = old.metadata.generation + 1;
    }
}

void Rules<Ingress>::prepare_status(Ingress& next, const Ingress& old) {
    next.spec = old.spec;
}

FieldErrors Rules<Ingress>::validate(Cluster& /*cluster*/, const Ingress& object,
                                     const Ingress* old) {
    FieldErrors errors = validate_ingress_spec(object.spec, tolerance_of(old));
    const auto& annotations = *object.metadata.annotations;
    const auto found = annotations.find(ingress_class_annotation);
    if (old == nullptr && found != annotations.end() && object.spec.ingressClassName &&
        found->second != *object.spec.ingressClassName) {
        errors.push_back(
            api::invalid_value("annotations." + ingress_class_annotation, found->second,
                               "must match `ingressClassName` when both are specified"));
    }
    return errors;
}

FieldErrors Rules<Ingress>::validate_status(const Ingress& next, const Ingress& old) {
    FieldErrors errors;
    const auto& points = next.status.loadBalancer.ingress;
    const auto& before = old.status.loadBalancer.ingress;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const Path path = Path{"status.loadBalancer.ingress"}[i];
        const bool known =
            std::ranges::any_of(before, [&](const auto& each) { return each.ip == points[i].ip; });
        if (!points[i].ip.empty() && !known) {
            append(errors, validate_ip(points[i].ip, path / "ip"));
        }
        const std::string& hostname = points[i].hostname;
        if (!hostname.empty()) {
            append_problems(errors, path / "hostname", hostname,
                            api::check_dns1123_subdomain(hostname));
            if (parse_ip(hostname)) {
                errors.push_back(api::invalid_value(path / "hostname", hostname,
                                                    "must be a DNS name, not an IP address"));
            }
        }
    }
    return errors;
}

std::vector<std::string> Rules<Ingress>::warnings(const Ingress& object) {
    if (object.spec.ingressClassName ||
        !object.metadata.annotations->contains(ingress_class_annotation)) {
        return {};
    }
    return {"annotation " + api::quoted(ingress_class_annotation) +
            " is deprecated, please use 'spec.ingressClassName' instead"};
}

}  // namespace wavetank::registry
