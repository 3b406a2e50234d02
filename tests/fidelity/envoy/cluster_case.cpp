#include "fidelity/envoy/cluster_case.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::fidelity {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

std::string text_or_nothing(const object& from, std::string_view member) {
    const value* found = from.if_contains(member);
    return found == nullptr ? std::string{} : std::string{found->as_string()};
}

bool flag_of(const object& from, std::string_view member) {
    const value* found = from.if_contains(member);
    return found != nullptr && found->as_bool();
}

const object* object_in(const object& from, std::string_view member) {
    const value* found = from.if_contains(member);
    return found == nullptr ? nullptr : &found->as_object();
}

Duration duration_of(const value& text) {
    return parse_duration(std::string{text.as_string()}).value();
}

template <class Enum>
Enum named(const object& from, std::string_view member, Enum otherwise,
           std::initializer_list<std::pair<std::string_view, Enum>> names) {
    const value* found = from.if_contains(member);
    if (found == nullptr) {
        return otherwise;
    }
    for (const auto& [name, meaning] : names) {
        if (std::string_view{found->as_string()} == name) {
            return meaning;
        }
    }
    throw NotModelled{std::string{member} + " " + std::string{found->as_string()}};
}

mesh::Locality read_locality(const object& from) {
    const object* locality = object_in(from, "locality");
    if (locality == nullptr) {
        return {};
    }
    return {.region = text_or_nothing(*locality, "region"),
            .zone = text_or_nothing(*locality, "zone"),
            .sub_zone = text_or_nothing(*locality, "sub_zone")};
}

mesh::LbEndpoint read_endpoint(const object& from) {
    using mesh::HealthStatus;
    only_members(from, "lb_endpoints",
                 {"address", "port_value", "hostname", "load_balancing_weight", "health_status",
                  "metadata"});
    mesh::LbEndpoint endpoint{
        .address = text_or_nothing(from, "address"),
        .port_value = static_cast<std::uint32_t>(number_or(from, "port_value", 0)),
        .hostname = text_or_nothing(from, "hostname"),
        .load_balancing_weight =
            static_cast<std::uint32_t>(number_or(from, "load_balancing_weight", 1)),
        .health_status = named(from, "health_status", HealthStatus::Unknown,
                               {{"HEALTHY", HealthStatus::Healthy},
                                {"UNKNOWN", HealthStatus::Unknown},
                                {"UNHEALTHY", HealthStatus::Unhealthy},
                                {"DRAINING", HealthStatus::Draining},
                                {"TIMEOUT", HealthStatus::Timeout},
                                {"DEGRADED", HealthStatus::Degraded}})};
    if (const object* metadata = object_in(from, "metadata")) {
        only_members(*metadata, "metadata", {"filter_metadata"});
        for (const auto& [filter, fields] : metadata->at("filter_metadata").as_object()) {
            endpoint.metadata.filter_metadata.emplace(filter, fields.as_object());
        }
    }
    return endpoint;
}

mesh::SlowStartConfig read_slow_start(const object& from) {
    mesh::SlowStartConfig config;
    if (const object* slow = object_in(from, "slow_start_config")) {
        only_members(*slow, "slow_start_config",
                     {"slow_start_window", "aggression", "min_weight_percent"});
        config.slow_start_window = duration_of(slow->at("slow_start_window"));
        config.aggression = number_or(*slow, "aggression", config.aggression);
        config.min_weight_percent =
            number_or(*slow, "min_weight_percent", config.min_weight_percent);
    }
    return config;
}

void read_common(const object& from, mesh::CommonLbConfig& common) {
    only_members(from, "common_lb_config",
                 {"healthy_panic_threshold", "zone_aware_lb_config", "locality_weighted_lb_config",
                  "consistent_hashing_lb_config", "update_merge_window"});
    common.healthy_panic_threshold = number_or(from, "healthy_panic_threshold", 50);
    common.locality_weighted_lb_config = from.contains("locality_weighted_lb_config");
    if (const object* zones = object_in(from, "zone_aware_lb_config")) {
        only_members(*zones, "zone_aware_lb_config",
                     {"routing_enabled", "min_cluster_size", "fail_traffic_on_panic",
                      "force_locality_direct_routing"});
        common.zone_aware_lb_config = {
            .routing_enabled = number_or(*zones, "routing_enabled", 100),
            .min_cluster_size =
                static_cast<std::uint64_t>(number_or(*zones, "min_cluster_size", 6)),
            .fail_traffic_on_panic = flag_of(*zones, "fail_traffic_on_panic"),
            .force_locality_direct_routing = flag_of(*zones, "force_locality_direct_routing")};
    }
    if (const object* hashing = object_in(from, "consistent_hashing_lb_config")) {
        only_members(*hashing, "consistent_hashing_lb_config",
                     {"use_hostname_for_hashing", "hash_balance_factor"});
        common.consistent_hashing_lb_config = {
            .use_hostname_for_hashing = flag_of(*hashing, "use_hostname_for_hashing"),
            .hash_balance_factor =
                static_cast<std::uint32_t>(number_or(*hashing, "hash_balance_factor", 0))};
    }
    if (const value* window = from.if_contains("update_merge_window")) {
        common.update_merge_window = duration_of(*window);
    }
}

std::vector<std::string> texts_in(const object& from, std::string_view member) {
    std::vector<std::string> texts;
    if (const value* found = from.if_contains(member)) {
        for (const value& each : found->as_array()) {
            texts.emplace_back(each.as_string());
        }
    }
    return texts;
}

mesh::LbSubsetSelector read_selector(const object& from) {
    using Policy = mesh::SelectorFallbackPolicy;
    only_members(from, "subset_selectors",
                 {"keys", "single_host_per_subset", "fallback_policy", "fallback_keys_subset"});
    return {.keys = texts_in(from, "keys"),
            .single_host_per_subset = flag_of(from, "single_host_per_subset"),
            .fallback_policy = named(from, "fallback_policy", Policy::NotDefined,
                                     {{"NOT_DEFINED", Policy::NotDefined},
                                      {"NO_FALLBACK", Policy::NoFallback},
                                      {"ANY_ENDPOINT", Policy::AnyEndpoint},
                                      {"DEFAULT_SUBSET", Policy::DefaultSubset},
                                      {"KEYS_SUBSET", Policy::KeysSubset}}),
            .fallback_keys_subset = texts_in(from, "fallback_keys_subset")};
}

mesh::LbSubsetConfig read_subsets(const object& from) {
    using Fallback = mesh::SubsetFallbackPolicy;
    using MetadataFallback = mesh::SubsetMetadataFallbackPolicy;
    only_members(from, "lb_subset_config",
                 {"fallback_policy", "default_subset", "subset_selectors", "locality_weight_aware",
                  "scale_locality_weight", "panic_mode_any", "list_as_any",
                  "metadata_fallback_policy", "allow_redundant_keys"});
    mesh::LbSubsetConfig config{
        .fallback_policy = named(from, "fallback_policy", Fallback::NoFallback,
                                 {{"NO_FALLBACK", Fallback::NoFallback},
                                  {"ANY_ENDPOINT", Fallback::AnyEndpoint},
                                  {"DEFAULT_SUBSET", Fallback::DefaultSubset}}),
        .locality_weight_aware = flag_of(from, "locality_weight_aware"),
        .scale_locality_weight = flag_of(from, "scale_locality_weight"),
        .panic_mode_any = flag_of(from, "panic_mode_any"),
        .list_as_any = flag_of(from, "list_as_any"),
        .allow_redundant_keys = flag_of(from, "allow_redundant_keys"),
        .metadata_fallback_policy =
            named(from, "metadata_fallback_policy", MetadataFallback::MetadataNoFallback,
                  {{"METADATA_NO_FALLBACK", MetadataFallback::MetadataNoFallback},
                   {"FALLBACK_LIST", MetadataFallback::FallbackList}})};
    if (const object* subset = object_in(from, "default_subset")) {
        config.default_subset = *subset;
    }
    if (const value* selectors = from.if_contains("subset_selectors")) {
        for (const value& each : selectors->as_array()) {
            config.subset_selectors.push_back(read_selector(each.as_object()));
        }
    }
    return config;
}

void read_policies(const object& cluster, mesh::ClusterLbConfig& config) {
    using mesh::HashFunction;
    using mesh::SelectionMethod;
    if (const object* robin = object_in(cluster, "round_robin_lb_config")) {
        only_members(*robin, "round_robin_lb_config", {"slow_start_config"});
        config.round_robin_lb_config.slow_start_config = read_slow_start(*robin);
    }
    if (const object* least = object_in(cluster, "least_request_lb_config")) {
        only_members(
            *least, "least_request_lb_config",
            {"choice_count", "active_request_bias", "slow_start_config", "selection_method"});
        config.least_request_lb_config = {
            .choice_count = static_cast<std::uint32_t>(number_or(*least, "choice_count", 2)),
            .active_request_bias = number_or(*least, "active_request_bias", 1),
            .slow_start_config = read_slow_start(*least),
            .selection_method = named(*least, "selection_method", SelectionMethod::NChoices,
                                      {{"N_CHOICES", SelectionMethod::NChoices},
                                       {"FULL_SCAN", SelectionMethod::FullScan}})};
    }
    if (const object* ring = object_in(cluster, "ring_hash_lb_config")) {
        only_members(*ring, "ring_hash_lb_config",
                     {"minimum_ring_size", "maximum_ring_size", "hash_function"});
        const mesh::RingHashLbConfig defaults;
        config.ring_hash_lb_config = {
            .minimum_ring_size = static_cast<std::uint64_t>(number_or(
                *ring, "minimum_ring_size", static_cast<double>(defaults.minimum_ring_size))),
            .maximum_ring_size = static_cast<std::uint64_t>(number_or(
                *ring, "maximum_ring_size", static_cast<double>(defaults.maximum_ring_size))),
            .hash_function = named(
                *ring, "hash_function", HashFunction::XxHash,
                {{"XX_HASH", HashFunction::XxHash}, {"MURMUR_HASH_2", HashFunction::MurmurHash2}})};
    }
    if (const object* maglev = object_in(cluster, "maglev_lb_config")) {
        only_members(*maglev, "maglev_lb_config", {"table_size"});
        config.maglev_lb_config.table_size =
            static_cast<std::uint64_t>(number_or(*maglev, "table_size", 65537));
    }
}

}  // namespace

void only_members(const object& from, std::string_view where,
                  std::initializer_list<std::string_view> known) {
    for (const auto& [key, member] : from) {
        if (std::ranges::find(known, std::string_view{key}) == known.end()) {
            throw NotModelled{std::string{where} + "." + std::string{key}};
        }
    }
}

double number_of(const value& from) {
    if (from.is_string()) {
        return std::stod(std::string{from.get_string()});
    }
    if (const object* within = from.if_object()) {
        const value* found = within->if_contains("value");
        return number_of(found != nullptr ? *found : within->at("default_value"));
    }
    return from.to_number<double>();
}

double number_or(const object& from, std::string_view member, double otherwise) {
    const value* found = from.if_contains(member);
    return found == nullptr ? otherwise : number_of(*found);
}

mesh::ClusterLbConfig read_lb_config(const object& cluster) {
    using mesh::LbPolicy;
    only_members(cluster, "cluster",
                 {"lb_policy", "localities", "policy", "common_lb_config", "lb_subset_config",
                  "round_robin_lb_config", "least_request_lb_config", "ring_hash_lb_config",
                  "maglev_lb_config"});
    mesh::ClusterLbConfig config{.lb_policy = named(cluster, "lb_policy", LbPolicy::RoundRobin,
                                                    {{"ROUND_ROBIN", LbPolicy::RoundRobin},
                                                     {"LEAST_REQUEST", LbPolicy::LeastRequest},
                                                     {"RANDOM", LbPolicy::Random},
                                                     {"RING_HASH", LbPolicy::RingHash},
                                                     {"MAGLEV", LbPolicy::Maglev}})};
    read_policies(cluster, config);
    if (const object* common = object_in(cluster, "common_lb_config")) {
        read_common(*common, config.common_lb_config);
    }
    if (const object* subsets = object_in(cluster, "lb_subset_config")) {
        config.lb_subset_config = read_subsets(*subsets);
    }
    return config;
}

mesh::ClusterLoadAssignment read_assignment(const object& cluster) {
    mesh::ClusterLoadAssignment assignment;
    for (const value& each : cluster.at("localities").as_array()) {
        const object& listed = each.as_object();
        only_members(listed, "localities",
                     {"locality", "priority", "load_balancing_weight", "lb_endpoints"});
        mesh::LocalityLbEndpoints& locality = assignment.endpoints.emplace_back();
        locality.locality = read_locality(listed);
        locality.priority = static_cast<std::uint32_t>(number_or(listed, "priority", 0));
        if (const value* weight = listed.if_contains("load_balancing_weight")) {
            locality.load_balancing_weight = static_cast<std::uint32_t>(number_of(*weight));
        }
        for (const value& endpoint : listed.at("lb_endpoints").as_array()) {
            locality.lb_endpoints.push_back(read_endpoint(endpoint.as_object()));
        }
    }
    if (const object* policy = object_in(cluster, "policy")) {
        only_members(*policy, "policy", {"overprovisioning_factor", "weighted_priority_health"});
        assignment.policy.overprovisioning_factor =
            static_cast<std::uint32_t>(number_or(*policy, "overprovisioning_factor", 140));
        assignment.policy.weighted_priority_health = flag_of(*policy, "weighted_priority_health");
    }
    return assignment;
}

std::vector<mesh::HashPolicy> read_hash_policies(const array& policies) {
    std::vector<mesh::HashPolicy> read;
    for (const value& each : policies) {
        const object& from = each.as_object();
        only_members(from, "hash_policy",
                     {"header", "cookie", "connection_properties", "query_parameter",
                      "filter_state", "terminal"});
        mesh::HashPolicy& policy = read.emplace_back();
        policy.terminal = flag_of(from, "terminal");
        if (const object* header = object_in(from, "header")) {
            only_members(*header, "header", {"header_name", "regex_rewrite"});
            mesh::HashHeader made{.header_name = text_or_nothing(*header, "header_name")};
            if (const object* rewrite = object_in(*header, "regex_rewrite")) {
                made.regex_rewrite = mesh::RegexRewrite{
                    .pattern = text_or_nothing(rewrite->at("pattern").as_object(), "regex"),
                    .substitution = text_or_nothing(*rewrite, "substitution")};
            }
            policy.policy_specifier = made;
        } else if (const object* cookie = object_in(from, "cookie")) {
            only_members(*cookie, "cookie", {"name", "ttl", "path"});
            mesh::HashCookie made{.name = text_or_nothing(*cookie, "name"),
                                  .path = text_or_nothing(*cookie, "path")};
            if (const value* ttl = cookie->if_contains("ttl")) {
                made.ttl = duration_of(*ttl);
            }
            policy.policy_specifier = made;
        } else if (const object* connection = object_in(from, "connection_properties")) {
            policy.policy_specifier =
                mesh::HashConnectionProperties{.source_ip = flag_of(*connection, "source_ip")};
        } else if (const object* parameter = object_in(from, "query_parameter")) {
            policy.policy_specifier =
                mesh::HashQueryParameter{.name = text_or_nothing(*parameter, "name")};
        } else {
            policy.policy_specifier = mesh::HashFilterState{
                .key = text_or_nothing(from.at("filter_state").as_object(), "key")};
        }
    }
    return read;
}

Outcome unless_not_modelled(const std::function<Outcome()>& replay) {
    try {
        return replay();
    } catch (const NotModelled& problem) {
        return skipped(std::string{"not modelled: "} + problem.what());
    }
}

CaseProxy::CaseProxy(const object& config, const array& hosts, std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        index_of_host_.emplace(hosts[i].as_string(), static_cast<int>(i));
    }
    const object& cluster = config.at("cluster").as_object();
    mesh::ClusterLbConfig lb = read_lb_config(cluster);
    if (const auto valid = mesh::validate(lb); !valid) {
        throw std::runtime_error{valid.error().message};
    }
    balancer_.emplace(std::move(lb));
    if (const object* local = object_in(config, "local_cluster")) {
        balancer_->set_local_cluster(read_assignment(*local),
                                     {.zone = text_or_nothing(config, "node_zone")});
    }
    update(read_assignment(cluster), TimePoint{});
    counted_ = balancer_->stats();
}

void CaseProxy::update(mesh::ClusterLoadAssignment assignment, TimePoint now) {
    assignment_ = std::move(assignment);
    hosts_.clear();
    for (const auto& locality : assignment_.endpoints) {
        for (const auto& endpoint : locality.lb_endpoints) {
            hosts_.push_back(index_of_host_.at(mesh::address_of(endpoint)));
        }
    }
    requests_.assign(hosts_.size(), 0);
    balancer_->on_endpoints_changed(endpoints(), now, random_);
}

int CaseProxy::pick(mesh::PickContext context) {
    const auto picked = balancer_->pick(endpoints(), context, random_);
    if (!picked) {
        ++none_healthy_;
        return -1;
    }
    return hosts_[*picked];
}

std::optional<std::size_t> CaseProxy::place_of(int host) const {
    const auto found = std::ranges::find(hosts_, host);
    return found == hosts_.end() ? std::nullopt
                                 : std::optional<std::size_t>{found - hosts_.begin()};
}

void CaseProxy::set_requests(std::size_t host, std::uint32_t requests) {
    requests_.at(place_of(static_cast<int>(host)).value()) = requests;
}

void CaseProxy::add_request(int host) {
    ++requests_.at(place_of(host).value());
}

std::map<std::string, std::uint64_t> CaseProxy::counters() {
    const mesh::LbStats now = balancer_->stats();
    const mesh::LbStats& was = counted_;
    std::map<std::string, std::uint64_t> all{
        {"lb_healthy_panic", now.lb_healthy_panic - was.lb_healthy_panic},
        {"lb_local_cluster_not_ok", now.lb_local_cluster_not_ok - was.lb_local_cluster_not_ok},
        {"lb_subsets_active", now.lb_subsets_active - was.lb_subsets_active},
        {"lb_subsets_created", now.lb_subsets_created - was.lb_subsets_created},
        {"lb_subsets_fallback", now.lb_subsets_fallback - was.lb_subsets_fallback},
        {"lb_subsets_fallback_panic",
         now.lb_subsets_fallback_panic - was.lb_subsets_fallback_panic},
        {"lb_subsets_removed", now.lb_subsets_removed - was.lb_subsets_removed},
        {"lb_subsets_selected", now.lb_subsets_selected - was.lb_subsets_selected},
        {"lb_zone_cluster_too_small",
         now.lb_zone_cluster_too_small - was.lb_zone_cluster_too_small},
        {"lb_zone_no_capacity_left", now.lb_zone_no_capacity_left - was.lb_zone_no_capacity_left},
        {"lb_zone_routing_all_directly",
         now.lb_zone_routing_all_directly - was.lb_zone_routing_all_directly},
        {"lb_zone_routing_cross_zone",
         now.lb_zone_routing_cross_zone - was.lb_zone_routing_cross_zone},
        {"lb_zone_routing_sampled", now.lb_zone_routing_sampled - was.lb_zone_routing_sampled},
        {"upstream_cx_none_healthy", std::exchange(none_healthy_, 0)}};
    counted_ = now;
    std::erase_if(all, [](const auto& pair) { return pair.second == 0; });
    return all;
}

}  // namespace wavetank::fidelity
