#include "registry/config_map.hpp"

#include "registry/base64.hpp"

#include <wavetank/codec/document.hpp>

namespace wavetank::registry {
namespace {

using api::corev1::BytesMap;
using api::corev1::ConfigMap;
using api::corev1::Secret;

constexpr std::int64_t data_size_max = 1024 * 1024;
constexpr std::string_view immutable_detail = "field is immutable when `immutable` is set";

/// Brings each value into the one form that its bytes have.
Result<> normalize_bytes(BytesMap& data) {
    for (auto& [key, value] : data) {
        if (!value) {
            continue;
        }
        const auto bytes = base64_decoded(*value);
        if (!bytes) {
            return bytes.error();
        }
        value = base64_encoded(*bytes);
    }
    return {};
}

std::string bytes_of(const BytesMap& data, const std::string& key) {
    const auto found = data.find(key);
    return found != data.end() && found->second ? base64_decoded(*found->second).value()
                                                : std::string{};
}

std::int64_t size_of(const BytesMap& data) {
    std::size_t size = 0;
    for (const auto& [key, value] : data) {
        size += bytes_of(data, key).size();
    }
    return static_cast<std::int64_t>(size);
}

void check_keys(FieldErrors& errors, const BytesMap& data, const Path& path) {
    for (const auto& [key, value] : data) {
        append_problems(errors, path.key(key), key, api::check_config_map_key(key));
    }
}

void check_unchanged(FieldErrors& errors, std::string_view field, bool same) {
    if (!same) {
        errors.push_back(api::forbidden_value(field, immutable_detail));
    }
}

void require_key(FieldErrors& errors, const Secret& secret, const std::string& key) {
    if (!secret.data.contains(key)) {
        errors.push_back(api::required_value(Path{"data"}.key(key), ""));
    }
}

/// Checks that the value under `key` is a JSON object.
void check_docker_config(FieldErrors& errors, const Secret& secret, const std::string& key) {
    if (!secret.data.contains(key)) {
        require_key(errors, secret, key);
        return;
    }
    const auto document = codec::parse_json(bytes_of(secret.data, key));
    if (!document) {
        errors.push_back(api::invalid_value(Path{"data"}.key(key), "<secret contents redacted>",
                                            document.error().message));
    } else if (document->root.kind != codec::NodeKind::Mapping &&
               document->root.kind != codec::NodeKind::Null) {
        constexpr std::string_view words[] = {"null", "bool", "number", "string", "array"};
        errors.push_back(api::invalid_value(
            Path{"data"}.key(key), "<secret contents redacted>",
            "json: cannot unmarshal " +
                std::string{words[static_cast<std::size_t>(document->root.kind)]} +
                " into Go value of type map[string]interface {}"));
    }
}

/// Checks that the data has what the type promises.
void check_secret_type(FieldErrors& errors, const Secret& secret) {
    const std::string& type = secret.type;
    if (type == "kubernetes.io/service-account-token") {
        const std::string name = "kubernetes.io/service-account.name";
        const auto found = secret.metadata.annotations->find(name);
        if (found == secret.metadata.annotations->end() || found->second.empty()) {
            errors.push_back(api::required_value(Path{"metadata.annotations"}.key(name), ""));
        }
    } else if (type == "kubernetes.io/dockercfg") {
        check_docker_config(errors, secret, ".dockercfg");
    } else if (type == "kubernetes.io/dockerconfigjson") {
        check_docker_config(errors, secret, ".dockerconfigjson");
    } else if (type == "kubernetes.io/basic-auth") {
        if (!secret.data.contains("username") && !secret.data.contains("password")) {
            require_key(errors, secret, "username");
            require_key(errors, secret, "password");
        }
    } else if (type == "kubernetes.io/ssh-auth") {
        if (bytes_of(secret.data, "ssh-privatekey").empty()) {
            errors.push_back(api::required_value(Path{"data"}.key("ssh-privatekey"), ""));
        }
    } else if (type == "kubernetes.io/tls") {
        require_key(errors, secret, "tls.crt");
        require_key(errors, secret, "tls.key");
    }
}

bool has_pem_block(std::string_view text, std::string_view type_end) {
    const std::string end = std::string{type_end} + "-----";
    std::size_t at = 0;
    while ((at = text.find("-----BEGIN ", at)) != std::string_view::npos) {
        const std::size_t line_end = std::min(text.find('\n', at), text.size());
        std::string_view line = text.substr(at, line_end - at);
        while (line.ends_with('\r') || line.ends_with(' ')) {
            line.remove_suffix(1);
        }
        if (line.ends_with(end)) {
            return true;
        }
        at = line_end;
    }
    return false;
}

/// What Go's `tls.X509KeyPair` minds before it looks into certificate and key.
std::vector<std::string> key_pair_warnings(const Secret& secret) {
    if (secret.type != "kubernetes.io/tls") {
        return {};
    }
    const std::string certificate = bytes_of(secret.data, "tls.crt");
    if (!has_pem_block(certificate, "CERTIFICATE")) {
        return {has_pem_block(certificate, "PRIVATE KEY")
                    ? "tls: failed to find certificate PEM data in certificate input, but did "
                      "find a private key; PEM inputs may have been switched"
                    : "tls: failed to find any PEM data in certificate input"};
    }
    const std::string key = bytes_of(secret.data, "tls.key");
    if (!has_pem_block(key, "PRIVATE KEY")) {
        return {has_pem_block(key, "CERTIFICATE")
                    ? "tls: found a certificate rather than a key in the PEM for the private key"
                    : "tls: failed to find any PEM data in key input"};
    }
    return {};
}

}  // namespace

Result<> Rules<ConfigMap>::normalize(ConfigMap& object) {
    return normalize_bytes(object.binaryData);
}

FieldErrors Rules<ConfigMap>::validate(Cluster& /*cluster*/, const ConfigMap& object,
                                       const ConfigMap* old) {
    FieldErrors errors;
    if (old != nullptr && old->immutable.value_or(false)) {
        check_unchanged(errors, "immutable", object.immutable.value_or(false));
        check_unchanged(errors, "data", object.data == old->data);
        check_unchanged(errors, "binaryData", object.binaryData == old->binaryData);
    }
    std::int64_t size = size_of(object.binaryData);
    for (const auto& [key, value] : object.data) {
        const Path path = Path{"data"}.key(key);
        append_problems(errors, path, key, api::check_config_map_key(key));
        if (object.binaryData.contains(key)) {
            errors.push_back(
                api::invalid_value(path, key, "duplicate of key present in binaryData"));
        }
        size += static_cast<std::int64_t>(value.size());
    }
    check_keys(errors, object.binaryData, Path{"binaryData"});
    if (size > data_size_max) {
        errors.push_back(api::too_long_value("", data_size_max));
    }
    return errors;
}

Result<> Rules<Secret>::normalize(Secret& object) {
    if (auto normalized = normalize_bytes(object.data); !normalized) {
        return normalized;
    }
    for (const auto& [key, value] : object.stringData) {
        object.data[key] = base64_encoded(value);
    }
    object.stringData.clear();
    return {};
}

void Rules<Secret>::set_defaults(Cluster& /*cluster*/, Secret& object) {
    if (object.type.empty()) {
        object.type = "Opaque";
    }
}

FieldErrors Rules<Secret>::validate(Cluster& /*cluster*/, const Secret& object, const Secret* old) {
    FieldErrors errors;
    if (old != nullptr) {
        if (object.type != old->type) {
            errors.push_back(api::invalid_value("type", object.type, "field is immutable"));
        }
        if (old->immutable.value_or(false)) {
            check_unchanged(errors, "immutable", object.immutable.value_or(false));
            check_unchanged(errors, "data", object.data == old->data);
        }
    }
    check_keys(errors, object.data, Path{"data"});
    if (size_of(object.data) > data_size_max) {
        errors.push_back(api::too_long_value("data", data_size_max));
    }
    check_secret_type(errors, object);
    return errors;
}

std::vector<std::string> Rules<Secret>::warnings(const Secret& object) {
    return key_pair_warnings(object);
}

std::vector<std::string> Rules<Secret>::update_warnings(const Secret& next, const Secret& /*old*/) {
    return key_pair_warnings(next);
}

}  // namespace wavetank::registry
