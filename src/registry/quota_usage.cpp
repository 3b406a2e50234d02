#include "registry/quota_usage.hpp"

#include "registry/json_kind.hpp"
#include "registry/pod/resources.hpp"

#include <wavetank/api/kinds.hpp>
#include <wavetank/registry/quota.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace wavetank::registry {
namespace {

using api::Quantity;
using api::ResourceList;
using api::Unstructured;
using api::corev1::Container;
using api::corev1::Pod;
using api::corev1::ResourceQuota;
using api::corev1::ResourceQuotaSpec;
using api::corev1::ScopedResourceSelectorRequirement;
using api::corev1::Service;

constexpr std::string_view claim_plural = "persistentvolumeclaims";

std::string count_name(const Resource& resource) {
    return "count/" + resource.qualified_plural();
}

/// Sums up requests or limits under the names that quotas have for them.
ResourceList compute_usage(const ResourceList& requests, const ResourceList& limits) {
    ResourceList usage{{"pods", Quantity::of(1)}};
    for (const auto& [resource, amount] : requests) {
        if (resource == "cpu" || resource == "memory" || resource == "ephemeral-storage" ||
            is_hugepages(resource)) {
            usage[resource] = amount;
            usage["requests." + resource] = amount;
        } else if (!is_native_resource(resource)) {
            usage["requests." + resource] = amount;
        }
    }
    for (const std::string resource : {"cpu", "memory", "ephemeral-storage"}) {
        if (const auto found = limits.find(resource); found != limits.end()) {
            usage["limits." + resource] = found->second;
        }
    }
    return usage;
}

/// Returns what a pod asks for: what it says as a whole, else its containers; and its overhead.
ResourceList pod_amounts(const api::corev1::PodSpecBody& body, Requirement side) {
    ResourceList amounts = aggregate_resources(body, side);
    if (body.resources) {
        const ResourceList& own =
            side == Requirement::Requests ? body.resources->requests : body.resources->limits;
        for (const auto& [resource, amount] : own) {
            if (is_pod_level_resource(resource)) {
                amounts[resource] = amount;
            }
        }
    }
    for (const auto& [resource, amount] : body.overhead) {
        const auto found = amounts.find(resource);
        if (found != amounts.end()) {
            found->second += amount;
        } else if (side == Requirement::Requests) {
            amounts.emplace(resource, amount);
        }
    }
    return amounts;
}

bool is_pod_resource(std::string_view resource) {
    constexpr std::array<std::string_view, 11> known{"count/pods",
                                                     "cpu",
                                                     "memory",
                                                     "ephemeral-storage",
                                                     "requests.cpu",
                                                     "requests.memory",
                                                     "requests.ephemeral-storage",
                                                     "limits.cpu",
                                                     "limits.memory",
                                                     "limits.ephemeral-storage",
                                                     "pods"};
    return std::find(known.begin(), known.end(), resource) != known.end() ||
           resource.starts_with("hugepages-") || resource.starts_with("requests.hugepages-") ||
           (resource.starts_with("requests.") && !is_native_resource(resource));
}

bool is_claim_resource(std::string_view resource) {
    return resource == claim_plural || resource == "count/persistentvolumeclaims" ||
           resource == "requests.storage" ||
           resource.ends_with(".storageclass.storage.k8s.io/requests.storage") ||
           resource.ends_with(".storageclass.storage.k8s.io/persistentvolumeclaims");
}

bool uses_foreign_namespaces(const Pod& pod) {
    if (!pod.spec->affinity) {
        return false;
    }
    const auto foreign = [](const auto& term) {
        return !term.namespaces.empty() || term.namespaceSelector;
    };
    const auto any = [&](const auto& affinity) {
        if (!affinity) {
            return false;
        }
        const auto& required = affinity->requiredDuringSchedulingIgnoredDuringExecution;
        const auto& preferred = affinity->preferredDuringSchedulingIgnoredDuringExecution;
        return std::any_of(required.begin(), required.end(), foreign) ||
               std::any_of(preferred.begin(), preferred.end(),
                           [&](const auto& each) { return foreign(each.podAffinityTerm); });
    };
    return any(pod.spec->affinity->podAffinity) || any(pod.spec->affinity->podAntiAffinity);
}

bool class_matches(const Pod& pod, const ScopedResourceSelectorRequirement& scope) {
    const std::string& name = pod.spec->priorityClassName;
    const bool listed =
        std::find(scope.values.begin(), scope.values.end(), name) != scope.values.end();
    if (scope.operator_ == "Exists") {
        return !name.empty();
    }
    if (scope.operator_ == "In") {
        return !name.empty() && listed;
    }
    return scope.operator_ == "NotIn" ? name.empty() || !listed : name.empty();
}

bool scope_matches(const ScopedResourceSelectorRequirement& scope, const QuotaSubject& subject) {
    const Pod* pod = subject.pod;
    if (pod == nullptr) {
        return false;
    }
    const bool ends = pod->spec->activeDeadlineSeconds.value_or(-1) >= 0;
    const bool best_effort = pod->status->qosClass == "BestEffort";
    const std::string& name = scope.scopeName;
    return (name == "Terminating" && ends) || (name == "NotTerminating" && !ends) ||
           (name == "BestEffort" && best_effort) || (name == "NotBestEffort" && !best_effort) ||
           (name == "PriorityClass" && class_matches(*pod, scope)) ||
           (name == "CrossNamespacePodAffinity" && uses_foreign_namespaces(*pod));
}

ResourceList masked(const ResourceList& amounts, const std::vector<std::string>& resources) {
    ResourceList result;
    for (const std::string& resource : resources) {
        if (const auto found = amounts.find(resource); found != amounts.end()) {
            result.insert(*found);
        }
    }
    return result;
}

std::vector<std::string> names_of(const ResourceList& amounts) {
    std::vector<std::string> names;
    for (const auto& [resource, amount] : amounts) {
        names.push_back(resource);
    }
    return names;
}

void add_amounts(ResourceList& sum, const ResourceList& more) {
    for (const auto& [resource, amount] : more) {
        sum[resource] += amount;
    }
}

std::string comma_list(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ",") + name;
    }
    return text;
}

/// Where a quota limits CPU or memory, each container must say how much it wants.
std::string missing_requests(const Pod& pod, const std::vector<std::string>& restricted) {
    constexpr std::array<std::string_view, 6> needed{"cpu",    "limits.cpu",   "limits.memory",
                                                     "memory", "requests.cpu", "requests.memory"};
    if (pod.spec->resources &&
        !(pod.spec->resources->requests.empty() && pod.spec->resources->limits.empty())) {
        return {};
    }
    std::map<std::string, std::set<std::string>> missing;
    for (const auto* containers : {&pod.spec->containers, &pod.spec->initContainers}) {
        for (const Container& container : *containers) {
            const ResourceList usage =
                compute_usage(container.resources.requests, container.resources.limits);
            for (const std::string& resource : restricted) {
                const bool wanted =
                    std::find(needed.begin(), needed.end(), resource) != needed.end();
                if (wanted && !usage.contains(resource)) {
                    missing[resource].insert(container.name);
                }
            }
        }
    }
    std::string text;
    for (const auto& [resource, containers] : missing) {
        text += (text.empty() ? "must specify " : "; ") + resource +
                " for: " + comma_list({containers.begin(), containers.end()});
    }
    return text;
}

/// One quota that an object counts against.
struct ChargedQuota {
    api::Pointer<const Unstructured> object;
    ResourceQuota quota;
};

Error quota_refusal(const QuotaSubject& subject, const std::string& why) {
    return forbidden_error(subject.resource, subject.name, why);
}

/// Returns what is added to the usage: never less than nothing.
ResourceList added_usage(const QuotaSubject& subject, const ResourceList& before) {
    ResourceList added;
    for (const auto& [resource, amount] : subject.usage) {
        Quantity more = amount;
        if (const auto found = before.find(resource); found != before.end()) {
            more -= found->second;
        }
        if (more.sign() > 0) {
            added.emplace(resource, more);
        }
    }
    return added;
}

/// Checks that the quota has room, and adds to its status.
Result<> charge_one(ChargedQuota& charged, const QuotaSubject& subject, const ResourceList& added) {
    ResourceQuota& quota = charged.quota;
    const ResourceList requested = masked(added, names_of(quota.status.hard));
    ResourceList used = quota.status.used;
    add_amounts(used, requested);
    std::vector<std::string> exceeded;
    for (const auto& [resource, amount] : requested) {
        if (used.at(resource) > quota.status.hard.at(resource)) {
            exceeded.push_back(resource);
        }
    }
    if (!exceeded.empty()) {
        return quota_refusal(subject,
                             "exceeded quota: " + quota.metadata.name +
                                 ", requested: " + amounts_text(masked(requested, exceeded)) +
                                 ", used: " + amounts_text(masked(quota.status.used, exceeded)) +
                                 ", limited: " + amounts_text(masked(quota.status.hard, exceeded)));
    }
    quota.status.used = std::move(used);
    return {};
}

/// Finds the quotas that the object counts against.
Result<std::vector<ChargedQuota>> interested_quotas(const Cluster& cluster,
                                                    const QuotaSubject& subject,
                                                    const std::set<std::string>& names) {
    std::vector<ChargedQuota> result;
    for (const std::string& name : names) {
        const auto object = cluster.store.get<Unstructured>(store::unstructured_key(
            api::kind_info<ResourceQuota>.gvk(), {subject.namespace_, name}));
        if (object == nullptr) {
            continue;
        }
        ChargedQuota charged{object, typed_from<ResourceQuota>(*object)};
        const auto restricted = matching_resources(subject, charged.quota.status.hard);
        if (restricted.empty() || !scopes_match(charged.quota.spec, subject)) {
            continue;
        }
        const std::string missing =
            subject.pod != nullptr ? missing_requests(*subject.pod, restricted) : std::string{};
        if (!missing.empty()) {
            return quota_refusal(subject, "failed quota: " + name + ": " + missing);
        }
        const bool known =
            std::all_of(restricted.begin(), restricted.end(), [&](const std::string& resource) {
                return charged.quota.status.used.contains(resource);
            });
        if (!known) {
            return quota_refusal(subject, "status unknown for quota: " + name +
                                              ", resources: " + comma_list(restricted));
        }
        result.push_back(std::move(charged));
    }
    return result;
}

/// Sums up the objects of one kind.
class UsageSum {
public:
    UsageSum(const ResourceQuota& quota, ResourceList& sum) : quota_{quota}, sum_{sum} {}

    void add(const QuotaSubject& subject) {
        const auto resources = matching_resources(subject, quota_.spec.hard);
        if (resources.empty() || !scopes_match(quota_.spec, subject)) {
            return;
        }
        add_amounts(sum_, masked(subject.usage, resources));
    }

private:
    const ResourceQuota& quota_;
    ResourceList& sum_;
};

/// Tells whether any object of the store could use the resource.
bool is_counted_by_anything(const std::string& resource) {
    constexpr std::array<std::string_view, 7> plain{
        "services",   "services.nodeports", "services.loadbalancers",
        "configmaps", "resourcequotas",     "replicationcontrollers",
        "secrets"};
    return is_pod_resource(resource) || is_claim_resource(resource) ||
           std::find(plain.begin(), plain.end(), resource) != plain.end() ||
           resource.starts_with("count/");
}

template <class T>
void add_table(UsageSum& sum, const store::Store& store, const std::string& in_namespace,
               const ResourceList& hard) {
    if constexpr (std::is_same_v<T, Pod> || std::is_same_v<T, Service> ||
                  std::is_same_v<T, api::corev1::Event>) {
        return;
    }
    const Resource resource = resource_of(api::kind_info<T>);
    if (!hard.contains(count_name(resource))) {
        return;
    }
    for (const auto& object : store.list<T>(in_namespace)) {
        sum.add(quota_subject(resource, object->metadata));
    }
}

ResourceList used_by_all(const store::Store& store, const ResourceQuota& quota, api::Time now) {
    const std::string& in_namespace = quota.metadata.namespace_;
    const ResourceList& hard = quota.spec.hard;
    ResourceList used;
    for (const auto& [resource, amount] : hard) {
        if (is_counted_by_anything(resource)) {
            used.emplace(resource, Quantity::of(0));
        }
    }
    UsageSum sum{quota, used};
    const auto any = [&](auto matches) {
        return std::any_of(hard.begin(), hard.end(),
                           [&](const auto& each) { return matches(each.first); });
    };
    if (any(is_pod_resource)) {
        for (const auto& pod : store.list<Pod>(in_namespace)) {
            sum.add(quota_subject(*pod, now));
        }
    }
    for (const auto& service : store.list<Service>(in_namespace)) {
        sum.add(quota_subject(*service));
    }
    for (const auto& object : store.list<Unstructured>(in_namespace)) {
        sum.add(quota_subject(*object));
    }
    boost::mp11::mp_for_each<boost::mp11::mp_transform<std::type_identity, api::ModelledKinds>>(
        [&](auto identity) {
            add_table<typename decltype(identity)::type>(sum, store, in_namespace, hard);
        });
    return used;
}

}  // namespace

QuotaSubject quota_subject(const Resource& resource, const api::metav1::ObjectMeta& metadata) {
    return {.resource = resource,
            .namespace_ = metadata.namespace_,
            .name = metadata.name,
            .usage = {{count_name(resource), Quantity::of(1)}}};
}

bool is_charged(const Pod& pod, WallTime now) {
    if (pod.status.phase == "Failed" || pod.status.phase == "Succeeded") {
        return false;
    }
    const auto& deleted = pod.metadata.deletionTimestamp;
    const auto& grace = pod.metadata.rare->deletionGracePeriodSeconds;
    return !(deleted && grace && now > deleted->value + std::chrono::seconds{*grace});
}

QuotaSubject quota_subject(const Pod& pod, api::Time now) {
    QuotaSubject subject = quota_subject(resource_of(api::kind_info<Pod>), pod.metadata);
    subject.pod = &pod;
    if (is_charged(pod, now.value)) {
        add_amounts(subject.usage, compute_usage(pod_amounts(*pod.spec.body, Requirement::Requests),
                                                 pod_amounts(*pod.spec.body, Requirement::Limits)));
    }
    return subject;
}

QuotaSubject quota_subject(const Service& service) {
    QuotaSubject subject = quota_subject(resource_of(api::kind_info<Service>), service.metadata);
    const auto& ports = service.spec.ports;
    const bool balanced = service.spec.type == "LoadBalancer";
    auto node_ports = static_cast<std::int64_t>(ports.size());
    if (balanced && service.spec.allocateLoadBalancerNodePorts == false) {
        node_ports = std::count_if(ports.begin(), ports.end(),
                                   [](const auto& port) { return port.nodePort != 0; });
    } else if (!balanced && service.spec.type != "NodePort") {
        node_ports = 0;
    }
    subject.usage["services"] = Quantity::of(1);
    subject.usage["services.loadbalancers"] = Quantity::of(balanced ? 1 : 0);
    subject.usage["services.nodeports"] = Quantity::of(node_ports);
    return subject;
}

QuotaSubject quota_subject(const Unstructured& object) {
    QuotaSubject subject = quota_subject(resource_of(object.gvk), object.metadata);
    const std::string& plural = subject.resource.plural;
    if (!object.gvk.group.empty()) {
        return subject;
    }
    for (const std::string_view alias :
         {"configmaps", "resourcequotas", "replicationcontrollers", "secrets"}) {
        if (plural == alias) {
            subject.usage[plural] = Quantity::of(1);
        }
    }
    if (plural != claim_plural) {
        return subject;
    }
    subject.usage[plural] = Quantity::of(1);
    boost::system::error_code failed;
    const boost::json::value content(object.content);
    const auto* storage = content.find_pointer("/spec/resources/requests/storage", failed);
    const auto* name = content.find_pointer("/spec/storageClassName", failed);
    const std::string prefix =
        name != nullptr && name->is_string()
            ? std::string{name->get_string()} + ".storageclass.storage.k8s.io/"
            : std::string{};
    if (!prefix.empty()) {
        subject.usage[prefix + plural] = Quantity::of(1);
    }
    if (storage != nullptr && storage->is_string()) {
        if (const auto amount = Quantity::parse(std::string{storage->get_string()})) {
            subject.usage["requests.storage"] = *amount;
            if (!prefix.empty()) {
                subject.usage[prefix + "requests.storage"] = *amount;
            }
        }
    }
    return subject;
}

std::vector<std::string> matching_resources(const QuotaSubject& subject,
                                            const ResourceList& resources) {
    std::vector<std::string> result;
    const bool claim = subject.resource.group.empty() && subject.resource.plural == claim_plural;
    for (const auto& [resource, amount] : resources) {
        if (subject.pod != nullptr ? is_pod_resource(resource)
            : claim                ? is_claim_resource(resource)
                                   : subject.usage.contains(resource)) {
            result.push_back(resource);
        }
    }
    return result;
}

bool scopes_match(const ResourceQuotaSpec& spec, const QuotaSubject& subject) {
    const bool plain = std::all_of(spec.scopes.begin(), spec.scopes.end(), [&](const auto& scope) {
        return scope_matches({.scopeName = scope, .operator_ = "Exists"}, subject);
    });
    if (!plain || !spec.scopeSelector) {
        return plain;
    }
    const auto& all = spec.scopeSelector->matchExpressions;
    return std::all_of(all.begin(), all.end(),
                       [&](const auto& scope) { return scope_matches(scope, subject); });
}

std::string amounts_text(const ResourceList& amounts) {
    std::string text;
    for (const auto& [resource, amount] : amounts) {
        text += (text.empty() ? "" : ",") + resource + "=" + amount.to_string();
    }
    return text;
}

Result<> charge_quotas(Cluster& cluster, const QuotaSubject& subject, const ResourceList& before,
                       bool dry_run) {
    const auto names = cluster.limits.quotas.find(subject.namespace_);
    if (names == cluster.limits.quotas.end()) {
        return {};
    }
    auto quotas = interested_quotas(cluster, subject, names->second);
    if (!quotas) {
        return quotas.error();
    }
    const ResourceList added = added_usage(subject, before);
    for (ChargedQuota& charged : *quotas) {
        if (auto result = charge_one(charged, subject, added); !result) {
            return result;
        }
    }
    for (ChargedQuota& charged : *quotas) {
        Unstructured next = *charged.object;
        store_typed(std::move(charged.quota), next);
        if (dry_run || next.content == charged.object->content) {
            continue;
        }
        if (auto updated = cluster.store.update(std::move(next)); !updated) {
            return updated.error();
        }
    }
    return {};
}

std::vector<std::string> quota_names(const store::Store& store, const std::string& in_namespace) {
    std::vector<std::string> names;
    for (const auto& object : store.list<Unstructured>(in_namespace)) {
        if (object->gvk == api::kind_info<ResourceQuota>.gvk()) {
            names.push_back(object->metadata.name);
        }
    }
    return names;
}

Result<> sync_quota(Registry& registry, const store::Key& key) {
    const auto object = registry.store().get<Unstructured>(
        store::unstructured_key(api::kind_info<ResourceQuota>.gvk(), key));
    if (object == nullptr) {
        return {};
    }
    auto quota = typed_from<ResourceQuota>(*object);
    const api::Time now{registry.clock().wall()};
    ResourceList used = quota.status.used;
    for (const auto& [resource, amount] : used_by_all(registry.store(), quota, now)) {
        used[resource] = amount;
    }
    const auto before = quota.status;
    quota.status = {.hard = quota.spec.hard, .used = masked(used, names_of(quota.spec.hard))};
    if (before.hard == quota.status.hard && before.used == quota.status.used) {
        return {};
    }
    Unstructured next = *object;
    store_typed(std::move(quota), next);
    const auto updated = registry.update_status(std::move(next));
    return updated ? Result<>{} : updated.error();
}

}  // namespace wavetank::registry
