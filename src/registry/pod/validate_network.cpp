#include "registry/ip.hpp"
#include "registry/pod/whole_pod.hpp"

namespace wavetank::registry {
namespace {

using namespace api::corev1;

constexpr std::size_t nameservers_max = 3;
constexpr std::size_t searches_max = 32;
constexpr std::size_t search_list_length_max = 2048;

FieldErrors validate_searches(const std::vector<std::string>& searches, const Path& path) {
    FieldErrors errors;
    if (searches.size() > searches_max) {
        errors.push_back(api::invalid_literal(path, json_list(searches),
                                              "must not have more than 32 search paths"));
    }
    std::size_t length = searches.empty() ? 0 : searches.size() - 1;
    for (const std::string& search : searches) {
        length += search.size();
    }
    if (length > search_list_length_max) {
        errors.push_back(api::invalid_literal(
            path, json_list(searches),
            "must not have more than 2048 characters (including spaces) in the search list"));
    }
    for (std::size_t i = 0; i < searches.size(); ++i) {
        std::string search = searches[i];
        if (search == ".") {
            continue;
        }
        if (search.ends_with('.')) {
            search.pop_back();
        }
        append_problems(errors, path[i], search,
                        api::check_dns1123_subdomain_with_underscore(search));
    }
    return errors;
}

}  // namespace

FieldErrors validate_dns_config(const PodSpecBody& spec, const Path& path) {
    const bool is_alone = spec.dnsPolicy == "None";
    if (is_alone && !spec.dnsConfig) {
        return {api::required_value(path, "must provide `dnsConfig` when `dnsPolicy` is None")};
    }
    if (!spec.dnsConfig) {
        return {};
    }
    const std::vector<std::string>& nameservers = spec.dnsConfig->nameservers;
    const Path list = path / "nameservers";
    if (is_alone && nameservers.empty()) {
        return {api::required_value(
            list, "must provide at least one DNS nameserver when `dnsPolicy` is None")};
    }
    FieldErrors errors;
    if (nameservers.size() > nameservers_max) {
        errors.push_back(api::invalid_literal(list, json_list(nameservers),
                                              "must not have more than 3 nameservers"));
    }
    for (std::size_t i = 0; i < nameservers.size(); ++i) {
        append(errors, validate_ip(nameservers[i], list[i]));
    }
    append(errors, validate_searches(spec.dnsConfig->searches, path / "searches"));
    const auto& options = spec.dnsConfig->options;
    for (std::size_t i = 0; i < options.size(); ++i) {
        if (options[i].name.empty()) {
            errors.push_back(api::required_value((path / "options")[i], "must not be empty"));
        }
    }
    return errors;
}

FieldErrors validate_host_aliases(const std::vector<HostAlias>& aliases, const Path& path) {
    FieldErrors errors;
    for (std::size_t i = 0; i < aliases.size(); ++i) {
        append(errors, validate_ip(aliases[i].ip, path[i] / "ip"));
        for (std::size_t j = 0; j < aliases[i].hostnames.size(); ++j) {
            append_problems(errors, (path[i] / "hostnames")[j], aliases[i].hostnames[j],
                            api::check_dns1123_subdomain(aliases[i].hostnames[j]));
        }
    }
    return errors;
}

}  // namespace wavetank::registry
