#include <wavetank/mesh/route_table.hpp>

#include "mesh/routing/header_changes.hpp"
#include "mesh/routing/matchers.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <utility>

namespace wavetank::mesh {
namespace {

// What is compiled of one route.
struct CompiledRoute {
    CompiledMatch match;
    CompiledPattern regex_rewrite;  // of its action or redirect
    CompiledPattern host_rewrite;
    std::uint64_t total_weight = 0;
};

struct CompiledHost {
    const VirtualHost* host = nullptr;
    std::vector<CompiledRoute> routes;
};

// Hosts by the part of a domain that is no wildcard; the longest first.
using WildcardHosts =
    std::map<std::size_t, std::map<std::string, std::size_t, std::less<>>, std::greater<>>;

// Where the port of an authority begins, at its colon.
std::size_t port_start(std::string_view host) {
    const std::size_t colon = host.rfind(':');
    const std::size_t bracket = host.rfind(']');
    return colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon)
               ? colon
               : std::string_view::npos;
}

void update_authority(RouteRequest& request, std::string_view hostname, bool append_xfh) {
    if (hostname.empty()) {
        return;
    }
    if (!request.authority.empty()) {
        set_header(request.headers, "x-envoy-original-host", request.authority);
        if (append_xfh) {
            const auto before = header_values(request, "x-forwarded-host");
            set_header(request.headers, "x-forwarded-host",
                       before.empty() ? request.authority
                                      : std::string{before.front()} + "," + request.authority);
        }
    }
    request.authority = hostname;
}

std::string shadow_host(const std::string& authority) {
    const std::size_t colon = authority.rfind(':');
    return colon == std::string::npos
               ? authority + "-shadow"
               : authority.substr(0, colon) + "-shadow" + authority.substr(colon);
}

std::string_view first_value(const RouteRequest& request, std::string_view header) {
    const auto values = header_values(request, header);
    return values.empty() ? std::string_view{} : values.front();
}

}  // namespace

struct RouteTable::State {
    RouteConfiguration configuration;
    std::vector<CompiledHost> hosts;
    std::map<std::string, std::size_t, std::less<>> exact;
    WildcardHosts suffixes;
    WildcardHosts prefixes;
    std::optional<std::size_t> any;

    [[nodiscard]] std::optional<Error> compile();
    [[nodiscard]] std::optional<Error> compile_route(const Route& route, CompiledHost& host) const;
    [[nodiscard]] std::optional<Error> add_domain(const std::string& domain, std::size_t host);
    [[nodiscard]] const CompiledHost* host_of(std::string_view authority) const;
    [[nodiscard]] std::vector<const HeaderMutations*> levels(const RouteDecision& decision) const;
    void forward(RouteDecision& decision, const CompiledRoute& compiled,
                 const RouteRequest& request, std::uint64_t random) const;
    void pick_cluster(RouteDecision& decision, const RouteAction& action,
                      const CompiledRoute& compiled, std::uint64_t random) const;
    void rewrite(RouteDecision& decision, const RouteAction& action,
                 const CompiledRoute& compiled) const;
    void mirror(RouteDecision& decision, const RouteAction& action, std::uint64_t random) const;
};

namespace {

std::optional<Error> problem_of_mutations(const HeaderMutations& mutations) {
    for (const auto* options :
         {&mutations.request_headers_to_add, &mutations.response_headers_to_add}) {
        for (const HeaderValueOption& option : *options) {
            std::string problem = problem_of_format(option.value);
            if (option.key.empty() || option.key.front() == ':') {
                problem = ":-prefixed headers may not be modified";
            }
            if (!problem.empty()) {
                return Error{.reason = Reason::Invalid,
                             .message = "header " + option.key + ": " + problem};
            }
        }
    }
    return std::nullopt;
}

std::optional<Error> problem_of_mirrors(const std::vector<RequestMirrorPolicy>& mirrors) {
    for (const RequestMirrorPolicy& mirror : mirrors) {
        for (const HeaderMutation& change : mirror.request_headers_mutations) {
            if (!change.append) {
                continue;
            }
            if (std::string problem = problem_of_format(change.append->value); !problem.empty()) {
                return Error{.reason = Reason::Invalid,
                             .message = "header " + change.append->key + ": " + problem};
            }
        }
    }
    return std::nullopt;
}

std::optional<Error> problem_of_rewrites(const RouteAction& action) {
    if (int{!action.prefix_rewrite.empty()} + int{action.regex_rewrite.has_value()} +
            int{!action.path_rewrite.empty()} >
        1) {
        return Error{.reason = Reason::Invalid,
                     .message =
                         "Specify only one of prefix_rewrite, regex_rewrite or "
                         "path_rewrite_policy"};
    }
    if (std::string problem = problem_of_format(action.path_rewrite); !problem.empty()) {
        return Error{.reason = Reason::Invalid, .message = "path_rewrite: " + problem};
    }
    return std::nullopt;
}

std::string request_host_for(const RouteRequest& request, std::string_view new_scheme,
                             std::string_view new_port) {
    const std::string_view host = request.authority;
    const std::size_t end = port_start(host);
    if (end == std::string_view::npos) {
        return std::string{host};
    }
    const std::string_view port = host.substr(end);
    const bool is_default = (request.scheme == "https" && port == ":443") ||
                            (request.scheme == "http" && port == ":80");
    const bool removes = !new_port.empty() || (new_scheme != request.scheme && is_default);
    return std::string{removes ? host.substr(0, end) : host};
}

// Envoy's `Http::Utility::newUri`.
std::string new_uri(const RedirectAction& redirect, const RouteRequest& request) {
    const std::string scheme = !redirect.scheme_redirect.empty() ? redirect.scheme_redirect
                               : redirect.https_redirect         ? "https"
                                                                 : request.scheme;
    const std::string port =
        redirect.port_redirect == 0 ? "" : ":" + std::to_string(redirect.port_redirect);
    const std::string host = redirect.host_redirect.empty()
                                 ? request_host_for(request, scheme, port)
                                 : redirect.host_redirect;
    std::string path = request.path;
    const bool has_own_query = redirect.path_redirect.find('?') != std::string::npos;
    if (!redirect.path_redirect.empty()) {
        const std::size_t query = request.path.find('?');
        path = redirect.path_redirect;
        if (!has_own_query && query != std::string::npos) {
            path += request.path.substr(query);
        }
    }
    if (!path.starts_with('/')) {
        path.insert(0, 1, '/');
    }
    if (!has_own_query && redirect.strip_query) {
        path = path.substr(0, path.find('?'));
    }
    return scheme + "://" + host + port + path;
}

// Puts another path in place of the request's, whose query stays; an empty one is none.
void put_path(RouteRequest& request, std::string rewritten) {
    if (rewritten.empty()) {
        return;
    }
    rewritten += request.path.substr(without_query(request.path).size());
    set_header(request.headers, "x-envoy-original-path", request.path);
    request.path = std::move(rewritten);
}

// Envoy's `rewritePathHeader`. A pattern that leaves nothing of the path leaves it as it is.
void rewrite_path(RouteRequest& request, const CompiledRoute& compiled,
                  const std::string& prefix_rewrite,
                  const std::optional<RegexRewrite>& regex_rewrite) {
    const std::string_view path = without_query(request.path);
    std::string rewritten;
    if (!prefix_rewrite.empty()) {
        rewritten =
            prefix_rewrite + std::string{path.substr(compiled.match.matched_path(request).size())};
    } else if (compiled.regex_rewrite != nullptr) {
        rewritten = replace_all(path, *compiled.regex_rewrite, regex_rewrite->substitution);
    }
    put_path(request, std::move(rewritten));
}

// Envoy's router gives answers of these codes the request's own URI as their place.
bool names_a_location(std::uint32_t status) {
    return status == 201 || (status >= 300 && status < 400);
}

void answer(RouteDecision& decision, std::uint32_t status, std::string_view details) {
    decision.status = status;
    decision.response_code_details = details;
    decision.cluster.clear();
}

}  // namespace

std::optional<Error> RouteTable::State::add_domain(const std::string& written, std::size_t host) {
    const std::string domain = in_lower_case(written);
    bool is_new = true;
    if (domain == "*") {
        is_new = !any;
        any = host;
    } else if (domain.starts_with('*')) {
        is_new = suffixes[domain.size() - 1].emplace(domain.substr(1), host).second;
    } else if (domain.ends_with('*')) {
        is_new =
            prefixes[domain.size() - 1].emplace(domain.substr(0, domain.size() - 1), host).second;
    } else {
        is_new = exact.emplace(domain, host).second;
    }
    return is_new ? std::nullopt
                  : std::optional{Error{
                        .reason = Reason::Invalid,
                        .message = "Only unique values for domains are permitted. Duplicate entry "
                                   "of domain " +
                                   domain + " in route " + configuration.name}};
}

std::optional<Error> RouteTable::State::compile_route(const Route& route,
                                                      CompiledHost& host) const {
    auto match = CompiledMatch::make(route.match);
    if (!match) {
        return match.error();
    }
    CompiledRoute compiled{.match = std::move(*match)};
    std::optional<Error> problem = problem_of_mutations(route);
    const auto compile = [&](const std::optional<RegexRewrite>& rewrite) {
        if (!rewrite) {
            return CompiledPattern{};
        }
        auto pattern = compile_pattern(rewrite->pattern);
        if (!pattern) {
            problem = pattern.error();
            return CompiledPattern{};
        }
        return *pattern;
    };
    if (const auto* action = std::get_if<RouteAction>(&route.action)) {
        compiled.regex_rewrite = compile(action->regex_rewrite);
        compiled.host_rewrite = compile(action->host_rewrite_path_regex);
        for (const ClusterWeight& weight : action->weighted_clusters) {
            compiled.total_weight += weight.weight;
            problem = problem ? problem : problem_of_mutations(weight);
        }
        if (!action->weighted_clusters.empty() && compiled.total_weight == 0) {
            problem = Error{.reason = Reason::Invalid,
                            .message =
                                "Sum of weights in the weighted_cluster must be greater "
                                "than 0."};
        }
        if (auto wrong = problem_of_rewrites(*action)) {
            problem = std::move(wrong);
        }
        problem = problem ? problem : problem_of_mirrors(action->request_mirror_policies);
    } else if (const auto* redirect = std::get_if<RedirectAction>(&route.action)) {
        compiled.regex_rewrite = compile(redirect->regex_rewrite);
    }
    host.routes.push_back(std::move(compiled));
    return problem;
}

std::optional<Error> RouteTable::State::compile() {
    std::optional<Error> problem = problem_of_mutations(configuration);
    problem = problem ? problem : problem_of_mirrors(configuration.request_mirror_policies);
    for (const VirtualHost& host : configuration.virtual_hosts) {
        CompiledHost& compiled = hosts.emplace_back();
        compiled.host = &host;
        problem = problem ? problem : problem_of_mutations(host);
        problem = problem ? problem : problem_of_mirrors(host.request_mirror_policies);
        for (const Route& route : host.routes) {
            if (auto wrong = compile_route(route, compiled)) {
                return wrong;
            }
        }
        for (const std::string& domain : host.domains) {
            auto wrong = add_domain(domain, hosts.size() - 1);
            problem = problem ? problem : wrong;
        }
    }
    return problem;
}

const CompiledHost* RouteTable::State::host_of(std::string_view authority) const {
    if (configuration.ignore_port_in_host_matching) {
        authority = authority.substr(0, port_start(authority));
    }
    const std::string host = in_lower_case(authority);
    if (const auto found = exact.find(host); found != exact.end()) {
        return &hosts[found->second];
    }
    // A wildcard stands for one character at least.
    for (const auto& [length, domains] : suffixes) {
        if (length < host.size()) {
            const auto found = domains.find(std::string_view{host}.substr(host.size() - length));
            if (found != domains.end()) {
                return &hosts[found->second];
            }
        }
    }
    for (const auto& [length, domains] : prefixes) {
        if (length < host.size()) {
            const auto found = domains.find(std::string_view{host}.substr(0, length));
            if (found != domains.end()) {
                return &hosts[found->second];
            }
        }
    }
    return any ? &hosts[*any] : nullptr;
}

// Whose changes apply, in their order: the last one has the last word.
std::vector<const HeaderMutations*> RouteTable::State::levels(const RouteDecision& decision) const {
    std::vector<const HeaderMutations*> levels;
    if (decision.route != nullptr) {
        levels = {decision.route, decision.virtual_host, &configuration};
    }
    if (configuration.most_specific_header_mutations_wins) {
        std::ranges::reverse(levels);
    }
    if (decision.cluster_weight != nullptr) {
        levels.insert(levels.begin(), decision.cluster_weight);
    }
    return levels;
}

void RouteTable::State::pick_cluster(RouteDecision& decision, const RouteAction& action,
                                     const CompiledRoute& compiled, std::uint64_t random) const {
    const RouteRequest& request = decision.request;
    if (action.weighted_clusters.empty()) {
        decision.cluster = action.cluster_header.empty()
                               ? action.cluster
                               : std::string{first_value(request, action.cluster_header)};
        return;
    }
    if (!action.weighted_clusters_header_name.empty()) {
        const std::string_view text = first_value(request, action.weighted_clusters_header_name);
        std::uint64_t given = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), given);
        if (failure == std::errc{} && end == text.data() + text.size()) {
            random = given;
        }
    }
    std::uint64_t left = random % compiled.total_weight;
    for (const ClusterWeight& weight : action.weighted_clusters) {
        if (left < weight.weight) {
            decision.cluster_weight = &weight;
            decision.cluster = weight.cluster_header.empty()
                                   ? weight.name
                                   : std::string{first_value(request, weight.cluster_header)};
            return;
        }
        left -= weight.weight;
    }
}

void RouteTable::State::rewrite(RouteDecision& decision, const RouteAction& action,
                                const CompiledRoute& compiled) const {
    RouteRequest& request = decision.request;
    std::string hostname = action.host_rewrite_literal;
    if (hostname.empty() && !action.host_rewrite_header.empty()) {
        hostname = first_value(request, action.host_rewrite_header);
    } else if (hostname.empty() && compiled.host_rewrite != nullptr) {
        hostname = replace_all(without_query(request.path), *compiled.host_rewrite,
                               action.host_rewrite_path_regex->substitution);
    }
    update_authority(request, hostname, action.append_x_forwarded_host);

    rewrite_path(request, compiled, action.prefix_rewrite, action.regex_rewrite);
    put_path(request, filled_in(action.path_rewrite, request));
}

void RouteTable::State::mirror(RouteDecision& decision, const RouteAction& action,
                               std::uint64_t random) const {
    const auto& of_host = decision.virtual_host->request_mirror_policies;
    const auto& mirrors = !action.request_mirror_policies.empty() ? action.request_mirror_policies
                          : !of_host.empty()                      ? of_host
                                             : configuration.request_mirror_policies;
    for (const RequestMirrorPolicy& policy : mirrors) {
        std::string cluster =
            policy.cluster_header.empty()
                ? policy.cluster
                : std::string{first_value(decision.request, policy.cluster_header)};
        if (cluster.empty() || !policy.runtime_fraction.covers(random)) {
            continue;
        }
        RouteRequest copy = decision.request;
        change_headers(copy.headers, policy.request_headers_mutations, decision.request);
        if (!policy.host_rewrite_literal.empty()) {
            copy.authority = policy.host_rewrite_literal;
        } else if (!policy.disable_shadow_host_suffix_append) {
            copy.authority = shadow_host(copy.authority);
        }
        decision.mirrors.push_back({.cluster = std::move(cluster), .request = std::move(copy)});
    }
}

void RouteTable::State::forward(RouteDecision& decision, const CompiledRoute& compiled,
                                const RouteRequest& request, std::uint64_t random) const {
    const auto& action = std::get<RouteAction>(decision.route->action);
    pick_cluster(decision, action, compiled, random);
    if (decision.cluster_weight != nullptr &&
        !decision.cluster_weight->host_rewrite_literal.empty()) {
        decision.request.authority = decision.cluster_weight->host_rewrite_literal;
    }
    for (const HeaderMutations* level : levels(decision)) {
        change_request_headers(decision.request, *level);
    }
    rewrite(decision, action, compiled);
    decision.response_code_details = "via_upstream";
    if (decision.cluster.empty()) {
        decision = cluster_not_found(std::move(decision), request);
        return;
    }
    mirror(decision, action, random);
}

RouteTable::RouteTable(std::unique_ptr<State> state) : state_{std::move(state)} {}
RouteTable::RouteTable(RouteTable&&) noexcept = default;
RouteTable& RouteTable::operator=(RouteTable&&) noexcept = default;
RouteTable::~RouteTable() = default;

Result<RouteTable> RouteTable::make(RouteConfiguration configuration) {
    auto state = std::make_unique<State>();
    state->configuration = std::move(configuration);
    if (auto problem = state->compile()) {
        return *problem;
    }
    return RouteTable{std::move(state)};
}

RouteDecision RouteTable::route(const RouteRequest& request, std::uint64_t random) const {
    RouteDecision decision{.request = request};
    const CompiledHost* host = state_->host_of(request.authority);
    if (host != nullptr) {
        decision.virtual_host = host->host;
        if (host->host->require_tls == TlsRequirementType::All && request.scheme != "https") {
            answer(decision, 301, "direct_response");
            decision.location = "https://" + request.authority + request.path;
            return decision;
        }
        for (std::size_t i = 0; i < host->routes.size(); ++i) {
            const CompiledRoute& compiled = host->routes[i];
            if (!compiled.match.matches(
                    request, random,
                    state_->configuration.ignore_path_parameters_in_path_matching)) {
                continue;
            }
            decision.route = &host->host->routes[i];
            if (const auto* redirect = std::get_if<RedirectAction>(&decision.route->action)) {
                answer(decision, redirect->response_code, "direct_response");
                rewrite_path(decision.request, compiled, redirect->prefix_rewrite,
                             redirect->regex_rewrite);
                decision.location = new_uri(*redirect, decision.request);
            } else if (const auto* direct =
                           std::get_if<DirectResponseAction>(&decision.route->action)) {
                answer(decision, direct->status, "direct_response");
                decision.body = direct->body;
                if (names_a_location(direct->status)) {
                    decision.location = new_uri({}, request);
                }
            } else {
                state_->forward(decision, compiled, request, random);
            }
            return decision;
        }
    }
    answer(decision, 404, "route_not_found");
    decision.response_flags = "NR";
    return decision;
}

const VirtualHost* RouteTable::virtual_host_of(std::string_view authority) const {
    const CompiledHost* host = state_->host_of(authority);
    return host == nullptr ? nullptr : host->host;
}

void RouteTable::finalize_response(const RouteDecision& decision, HeaderList& headers) const {
    if (const auto changes = response_changes(decision)) {
        changes->apply(headers);
    }
}

std::optional<ResponseChanges> RouteTable::response_changes(const RouteDecision& decision) const {
    ResponseChanges changes{.request = decision.request};
    for (const HeaderMutations* level : state_->levels(decision)) {
        if (!level->response_headers_to_add.empty() || !level->response_headers_to_remove.empty()) {
            changes.levels.push_back(
                {.response_headers_to_add = level->response_headers_to_add,
                 .response_headers_to_remove = level->response_headers_to_remove});
        }
    }
    return changes.levels.empty() ? std::nullopt : std::optional{std::move(changes)};
}

void ResponseChanges::apply(HeaderList& headers) const {
    for (const HeaderMutations& level : levels) {
        change_headers(headers, level.response_headers_to_add, level.response_headers_to_remove,
                       request);
    }
}

const RouteConfiguration& RouteTable::configuration() const {
    return state_->configuration;
}

RouteDecision cluster_not_found(RouteDecision decision, const RouteRequest& request) {
    const RouteAction* action = decision.action();
    answer(decision, action == nullptr ? 503U : action->cluster_not_found_response_code,
           "cluster_not_found");
    decision.response_flags = "NC";
    decision.request = request;
    decision.mirrors.clear();
    return decision;
}

}  // namespace wavetank::mesh
