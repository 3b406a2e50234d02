#include "istio/validation_rules.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

namespace wavetank::istio {
namespace {

Validation outlier_problems(const json::object* outliers) {
    Validation found;
    if (outliers == nullptr) {
        return found;
    }
    found.append(duration_problems(outliers, "baseEjectionTime"));
    if (integer_in(outliers, "consecutiveErrors") != 0) {
        found.warn(
            "outlier detection consecutive errors is deprecated, use consecutiveGatewayErrors or "
            "consecutive5xxErrors instead");
    }
    if (!flag_in(outliers, "splitExternalLocalOriginErrors") &&
        integer_in(outliers, "consecutiveLocalOriginFailures") > 0) {
        found.append(
            "outlier detection consecutive local origin failures is specified, but split "
            "external local origin errors is set to false");
    }
    found.append(duration_problems(outliers, "interval"));
    for (const std::string_view name : {"maxEjectionPercent", "minHealthPercent"}) {
        const std::int64_t value = integer_in(outliers, name);
        if (value < 0 || value > 100) {
            found.append("percentage " + std::to_string(value) + " is not in range 0..100");
        }
    }
    return found;
}

void append_negative(const json::object* settings, std::string_view name, std::string_view words,
                     ErrorList& errors) {
    if (integer_in(settings, name) < 0) {
        errors.append(std::string{words} + " must be non-negative");
    }
}

ErrorList http_pool_problems(const json::object* http) {
    ErrorList errors;
    append_negative(http, "http1MaxPendingRequests", "http1 max pending requests", errors);
    append_negative(http, "http2MaxRequests", "http2 max requests", errors);
    append_negative(http, "maxRequestsPerConnection", "max requests per connection", errors);
    append_negative(http, "maxRetries", "max retries", errors);
    errors.append(duration_problems(http, "idleTimeout"));
    if (text_in(http, "h2UpgradePolicy") == "UPGRADE" && flag_in(http, "useClientProtocol")) {
        errors.append("use client protocol must not be true when H2UpgradePolicy is UPGRADE");
    }
    append_negative(http, "maxConcurrentStreams", "max concurrent streams", errors);
    if (const json::object* keepalive = message_in(http, "http2KeepAlive")) {
        for (const std::string_view name : {"interval", "timeout"}) {
            errors.append(field(keepalive, name) == nullptr
                              ? ErrorList{"http2 keepalive " + std::string{name} + " is required"}
                              : duration_problems(keepalive, name));
        }
    }
    return errors;
}

ErrorList tcp_pool_problems(const json::object* tcp) {
    ErrorList errors;
    append_negative(tcp, "maxConnections", "max connections", errors);
    errors.append(duration_problems(tcp, "connectTimeout"));
    errors.append(duration_problems(tcp, "maxConnectionDuration"));
    const auto idle = duration_in(tcp, "idleTimeout");
    if (idle && *idle / std::chrono::milliseconds{1} != 0) {  // 0s switches it off
        errors.append(duration_problems(tcp, "idleTimeout"));
    }
    const json::object* keepalive = message_in(tcp, "tcpKeepalive");
    errors.append(duration_problems(keepalive, "time"));
    errors.append(duration_problems(keepalive, "interval"));
    return errors;
}

ErrorList pool_problems(const json::object* pool) {
    if (pool == nullptr) {
        return {};
    }
    const json::object* http = message_in(pool, "http");
    const json::object* tcp = message_in(pool, "tcp");
    if (http == nullptr && tcp == nullptr) {
        return "connection pool must have at least one field";
    }
    ErrorList errors = http_pool_problems(http);
    errors.append(tcp_pool_problems(tcp));
    return errors;
}

// As Envoy counts them: 1, 2 and 3 are.
bool is_prime(std::uint64_t number) {
    if (number != 0 && number < 4) {
        return true;
    }
    if (number % 2 == 0) {
        return false;
    }
    const auto limit = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(number)));
    for (std::uint64_t factor = 3; factor <= limit; factor += 2) {
        if (number % factor == 0) {
            return false;
        }
    }
    return true;
}

Validation hash_problems(const json::object* hash) {
    Validation found;
    if (const json::object* cookie = message_in(hash, "httpCookie")) {
        if (text_in(cookie, "name").empty()) {
            found.append("name required for HttpCookie");
        }
        std::set<std::string> names;
        for (const json::object* attribute : messages_in(cookie, "attributes")) {
            const std::string name = text_in(attribute, "name");
            if (name.empty()) {
                found.append("cookie attribute name cannot be empty");
            } else if (!names.insert(name).second) {
                found.append("duplicate cookie attribute name: " + name);
            }
        }
    }
    const json::object* maglev = message_in(hash, "maglev");
    if (integer_in(hash, "minimumRingSize") != 0) {
        found.warn(
            "consistent hash MinimumRingSize is deprecated, use ConsistentHashLB's RingHash "
            "configuration instead");
        if (maglev != nullptr || message_in(hash, "ringHash") != nullptr) {
            found.append("only one of MinimumRingSize or Maglev/Ringhash can be specified");
        }
    }
    if (maglev != nullptr) {
        const auto size = static_cast<std::uint64_t>(integer_in(maglev, "tableSize"));
        if (size == 0) {
            found.append("tableSize must be set for maglev");
        }
        if (size >= 5000011) {
            found.append("tableSize must be less than 5000011 for maglev");
        }
        if (!is_prime(size)) {
            found.append("tableSize must be a prime number for maglev");
        }
    }
    return found;
}

// Localities of which one covers another.
class LocalityOverlaps {
public:
    [[nodiscard]] ErrorList add(const std::string& locality) {
        const auto stars = std::ranges::count(locality, '*');
        if (stars > 1 || (stars == 1 && !locality.ends_with('*'))) {
            return "locality " + locality +
                   " wildcard '*' number can not exceed 1 and must be in the end";
        }
        if (has_everything_) {
            return overlap(locality);
        }
        std::vector<std::string> parts = split(locality, '/');
        if (parts.size() > 3) {  // the third takes the rest
            for (std::size_t i = 3; i < parts.size(); ++i) {
                parts[2] += "/" + parts[i];
            }
            parts.resize(3);
        }
        if (std::ranges::find(parts, "") != parts.end()) {
            return "locality " + locality + " must not contain empty region/zone/subzone info";
        }
        // "r" and "r/*" stand for all of r, "r/z" for all of z.
        const bool region_is_known = regions_.contains(parts[0]);
        const std::string zone = parts.size() > 1 ? parts[1] : "*";
        const std::string sub_zone = parts.size() > 2 ? parts[2] : "*";
        if (region_is_known) {
            auto& zones = regions_[parts[0]];
            if (parts.size() == 1 || zones.contains("*")) {
                return overlap(locality);
            }
            if (zones.contains(zone) && (parts.size() == 2 || zones[zone].contains("*") ||
                                         zones[zone].contains(sub_zone))) {
                return overlap(locality);
            }
        }
        regions_[parts[0]][zone].insert(sub_zone);
        has_everything_ = has_everything_ || parts[0] == "*";
        return {};
    }

private:
    static ErrorList overlap(const std::string& locality) {
        return "locality " + locality + " overlap with previous specified ones";
    }

    std::map<std::string, std::map<std::string, std::set<std::string>>> regions_;
    bool has_everything_ = false;
};

ErrorList overlap_problems(const std::vector<std::string>& localities) {
    LocalityOverlaps overlaps;
    for (const std::string& locality : localities) {
        if (ErrorList problem = overlaps.add(locality); !problem.empty()) {
            return problem;
        }
    }
    return {};
}

bool is_topology_label(const std::string& label) {
    return label == "topology.kubernetes.io/region" || label == "topology.kubernetes.io/zone" ||
           label == "topology.istio.io/subzone";
}

void append_failover_problems(const json::object* setting, const std::string& start,
                              std::string_view only_region, Validation& found) {
    for (const json::object* failover : messages_in(setting, "failover")) {
        const std::string from = text_in(failover, "from");
        const std::string to = text_in(failover, "to");
        if (from == to) {
            found.append(start + " lb failover settings must specify different regions");
        }
        if ((from + to).find('/') != std::string::npos) {
            found.append(start + std::string{only_region});
        }
        if ((from + to).find('*') != std::string::npos) {
            found.append(start + " lb failover region should not contain '*' wildcard");
        }
    }
}

void warn_of_missing_outliers(const json::object* setting, const json::object* outliers,
                              Validation& found) {
    const bool fails_over =
        !messages_in(setting, "failover").empty() || !texts_in(setting, "failoverPriority").empty();
    if (fails_over && outliers == nullptr) {
        found.warn("outlier detection policy must be provided for failover");
    }
}

Validation locality_problems(const json::object* setting, const json::object* outliers) {
    Validation found;
    const auto distribute = messages_in(setting, "distribute");
    const bool has_failover = !messages_in(setting, "failover").empty();
    if (!distribute.empty() && has_failover) {
        found.append("can not simultaneously specify 'distribute' and 'failover'");
        return found;
    }
    for (const std::string& label : texts_in(setting, "failoverPriority")) {
        if (has_failover && is_topology_label(label)) {
            found.append("can not simultaneously set 'failover' and topology label '" + label +
                         "' in 'failover_priority'");
            return found;
        }
    }
    std::vector<std::string> sources;
    for (const json::object* rule : distribute) {
        sources.push_back(text_in(rule, "from"));
        std::int64_t total = 0;
        std::vector<std::string> targets;
        if (const json::object* to = message_in(rule, "to")) {
            for (const auto& entry : *to) {
                targets.emplace_back(entry.key());
                const std::int64_t weight = integer_in(to, entry.key());
                if (weight <= 0 || weight > 100) {
                    found.append("locality weight must be in range [1, 100]");
                    return found;
                }
                total += weight;
            }
        }
        if (total != 100) {
            found.append("total locality weight " + std::to_string(total) + " != 100");
            return found;
        }
        found.append(overlap_problems(targets));
    }
    found.append(overlap_problems(sources));
    warn_of_missing_outliers(setting, outliers, found);
    append_failover_problems(setting, "locality", " lb failover only specify region", found);
    return found;
}

Validation zone_aware_problems(const json::object* setting, const json::object* outliers) {
    Validation found;
    for (const std::string& label : texts_in(setting, "failoverPriority")) {
        if (is_topology_label(label)) {
            found.append("'failover_priority' for zone aware lb must not use topology label '" +
                         label + "'; region- and zone-level routing are handled automatically");
        }
    }
    warn_of_missing_outliers(setting, outliers, found);
    append_failover_problems(
        setting, "zone aware",
        " lb failover only specifies region; zone and subzone failover are handled automatically",
        found);
    return found;
}

Validation balancer_problems(const json::object* balancer, const json::object* outliers) {
    Validation found = hash_problems(message_in(balancer, "consistentHash"));
    const json::object* locality = message_in(balancer, "localityLbSetting");
    const json::object* zone_aware = message_in(balancer, "zoneAwareLbSetting");
    if (locality != nullptr && zone_aware != nullptr) {
        found.append("only one of localityLbSetting and zoneAwareLbSetting can be set");
    }
    found.append(locality_problems(locality, outliers));
    found.append(zone_aware_problems(zone_aware, outliers));
    if (const json::object* warmup = message_in(balancer, "warmup")) {
        found.append(field(warmup, "duration") == nullptr ? ErrorList{"duration is required"}
                                                          : duration_problems(warmup, "duration"));
        if (number_in(warmup, "minimumPercent") > 100) {
            found.append("minimumPercent value should be less than or equal to 100");
        }
        if (field(warmup, "aggression") != nullptr && number_in(warmup, "aggression") <= 0) {
            found.append("aggression should be greater than 0");
        }
    }
    return found;
}

ErrorList tls_problems_of(const json::object* settings) {
    ErrorList errors;
    const std::string mode = text_in(settings, "mode");
    const bool has_authorities = !text_in(settings, "caCertificates").empty();
    const bool has_credential = !text_in(settings, "credentialName").empty();
    const bool has_names = list_in(settings, "subjectAltNames") != nullptr;
    const bool has_certificate = !text_in(settings, "clientCertificate").empty();
    const bool has_key = !text_in(settings, "privateKey").empty();
    if (flag_in(settings, "insecureSkipVerify")) {
        if (mode == "SIMPLE" && (has_authorities || has_credential || has_names)) {
            errors.append(
                "cannot specify CaCertificates or CredentialName or SubjectAltNames when "
                "InsecureSkipVerify is set true");
        }
        if (mode == "MUTUAL" && (has_authorities || has_names)) {
            errors.append(
                "cannot specify CaCertificates or SubjectAltNames when InsecureSkipVerify is set "
                "true");
        }
    }
    if ((mode == "SIMPLE" || mode == "MUTUAL") && has_credential) {
        if (has_certificate || has_authorities || has_key || !text_in(settings, "caCrl").empty()) {
            errors.append(
                "cannot specify client certificates or CA certificate or CA CRL If "
                "credentialName is set");
        }
        return errors;
    }
    if (mode == "MUTUAL") {
        errors.append(has_certificate ? ErrorList{}
                                      : ErrorList{"client certificate required for mutual tls"});
        errors.append(has_key ? ErrorList{} : ErrorList{"private key required for mutual tls"});
    }
    return errors;
}

ErrorList tunnel_problems(const json::object* tunnel) {
    ErrorList errors;
    if (tunnel == nullptr) {
        return errors;
    }
    const std::string protocol = text_in(tunnel, "protocol");
    if (!protocol.empty() && protocol != "CONNECT" && protocol != "POST") {
        errors.append("tunnel protocol must be \"CONNECT\" or \"POST\"");
    }
    const std::string host = text_in(tunnel, "targetHost");
    const ErrorList name = fqdn_problems(host);
    if (!name.empty() && !is_ip_address_text(host)) {
        errors.append("tunnel target host must be valid FQDN or IP address: " + name.text() + "; " +
                      host + " is not a valid IP");
    }
    if (const ErrorList port = port_problems(integer_in(tunnel, "targetPort")); !port.empty()) {
        errors.append("tunnel target port is invalid: " + port.text());
    }
    return errors;
}

bool has_block(const json::object& policy, std::initializer_list<std::string_view> names) {
    return std::ranges::any_of(
        names, [&](std::string_view name) { return field(&policy, name) != nullptr; });
}

// Warnings of ports are lost on the way, as upstream.
ErrorList port_policy_problems(const json::object* policy) {
    ErrorList errors;
    for (const json::object* settings : messages_in(policy, "portLevelSettings")) {
        if (message_in(settings, "port") == nullptr) {
            errors.append("portTrafficPolicy must have valid port");
        }
        if (!has_block(*settings, {"outlierDetection", "connectionPool", "loadBalancer", "tls"})) {
            errors.append("port traffic policy must have at least one field");
            continue;
        }
        const json::object* outliers = message_in(settings, "outlierDetection");
        errors.append(outlier_problems(outliers).errors);
        errors.append(pool_problems(message_in(settings, "connectionPool")));
        errors.append(balancer_problems(message_in(settings, "loadBalancer"), outliers).errors);
        errors.append(tls_problems_of(message_in(settings, "tls")));
    }
    return errors;
}

Validation policy_problems(const json::object* policy) {
    Validation found;
    if (policy == nullptr) {
        return found;
    }
    if (!has_block(*policy, {"outlierDetection", "connectionPool", "loadBalancer", "tls",
                             "portLevelSettings", "tunnel", "proxyProtocol", "retryBudget"})) {
        found.append("traffic policy must have at least one field");
        return found;
    }
    if (has_block(*policy, {"tunnel"}) && has_block(*policy, {"proxyProtocol"})) {
        found.append("tunnel and proxyProtocol must not be set together");
        return found;
    }
    const json::object* outliers = message_in(policy, "outlierDetection");
    found.append(outlier_problems(outliers));
    found.append(pool_problems(message_in(policy, "connectionPool")));
    found.append(balancer_problems(message_in(policy, "loadBalancer"), outliers));
    found.append(tls_problems_of(message_in(policy, "tls")));
    found.append(port_policy_problems(policy));
    found.append(tunnel_problems(message_in(policy, "tunnel")));
    return found;
}

ErrorList subset_problems(const json::object& subset) {
    const std::string name = text_in(&subset, "name");
    ErrorList errors;
    if (name.empty()) {
        errors.append("subset name cannot be empty");
    } else if (!is_dns_1123_label(name)) {
        errors.append("subset name is invalid: " + name);
    }
    errors.append(label_problems(labels_in(&subset, "labels")));
    errors.append(policy_problems(message_in(&subset, "trafficPolicy")).errors);
    return errors;
}

Validation selector_problems(const json::object* selector) {
    Validation found;
    if (selector == nullptr) {
        return found;
    }
    const Labels labels = labels_in(selector, "matchLabels");
    for (const auto& [key, value] : labels) {
        const std::string quoted = go_quoted(key + "=" + value);
        if (key.empty()) {
            found.append("empty key is not supported in selector: " + quoted);
        }
        if ((key + value).find('*') != std::string::npos) {
            found.append("wildcard is not supported in selector: " + quoted);
        }
    }
    if (labels.empty()) {
        found.warn("workload selector specified without labels");
    }
    return found;
}

}  // namespace

Validation validate_destination_rule(const json::object& spec, const std::string& namespace_) {
    Validation found;
    found.append(wildcard_domain_problems(text_in(&spec, "host")));
    found.append(policy_problems(message_in(&spec, "trafficPolicy")));
    std::set<std::string> names;
    for (const json::object* subset : messages_in(&spec, "subsets")) {
        const std::string name = text_in(subset, "name");
        if (!names.insert(name).second) {
            found.append("duplicate subset names: " + name);
        }
        found.append(subset_problems(*subset));
    }
    const json::object* selector = message_in(&spec, "workloadSelector");
    found.append(export_to_problems(spec, namespace_, selector != nullptr));
    found.append(selector_problems(selector));
    return found;
}

}  // namespace wavetank::istio
