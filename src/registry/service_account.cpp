#include "registry/service_account.hpp"

namespace wavetank::registry {
namespace {

using api::corev1::ServiceAccount;

constexpr std::string_view mountable_secrets_annotation = "kubernetes.io/enforce-mountable-secrets";

/// Of a reference to a Secret only the name counts.
void clean_secret_references(ServiceAccount& object) {
    for (auto& secret : object.secrets) {
        secret = {.name = secret.name};
    }
}

bool has_mountable_secrets_annotation(const ServiceAccount& object) {
    return object.metadata.annotations->contains(std::string{mountable_secrets_annotation});
}

}  // namespace

void Rules<ServiceAccount>::prepare_create(ServiceAccount& object) {
    clean_secret_references(object);
}

void Rules<ServiceAccount>::prepare_update(ServiceAccount& next, const ServiceAccount& /*old*/) {
    clean_secret_references(next);
}

FieldErrors Rules<ServiceAccount>::validate(Cluster& /*cluster*/, const ServiceAccount& /*object*/,
                                            const ServiceAccount* /*old*/) {
    return {};
}

std::vector<std::string> Rules<ServiceAccount>::warnings(const ServiceAccount& object) {
    if (!has_mountable_secrets_annotation(object)) {
        return {};
    }
    return {"metadata.annotations[" + std::string{mountable_secrets_annotation} +
            "]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted "
            "secrets"};
}

std::vector<std::string> Rules<ServiceAccount>::update_warnings(const ServiceAccount& next,
                                                                const ServiceAccount& old) {
    return has_mountable_secrets_annotation(old) ? std::vector<std::string>{} : warnings(next);
}

}  // namespace wavetank::registry
