#include "registry/limit_ranger.hpp"

#include "registry/errors.hpp"
#include "registry/json_kind.hpp"
#include "registry/pod/resources.hpp"

#include <array>
#include <cstdio>
#include <utility>

namespace wavetank::registry {
namespace {

using api::Quantity;
using api::ResourceList;
using api::corev1::Container;
using api::corev1::LimitRange;
using api::corev1::LimitRangeItem;
using api::corev1::PersistentVolumeClaimSpec;
using api::corev1::Pod;
using api::corev1::PodSpecBody;

/// Returns the ranges of a namespace; null, if it has none.
NamespaceRanges* ranges_of(Cluster& cluster, const std::string& in_namespace) {
    auto& known = cluster.limits.ranges;
    const auto found = known.find(in_namespace);
    if (found == known.end()) {
        return nullptr;
    }
    if (!found->second) {
        NamespaceRanges ranges;
        for (const auto& object : cluster.store.list<api::Unstructured>(in_namespace)) {
            if (object->gvk == api::kind_info<LimitRange>.gvk()) {
                ranges.ranges.push_back(typed_from<LimitRange>(*object));
            }
        }
        if (ranges.ranges.empty()) {
            known.erase(found);
            return nullptr;
        }
        found->second = std::move(ranges);
    }
    return &*found->second;
}

std::string joined_names(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

/// Adds what is missing in `list`; returns its names.
std::vector<std::string> fill_missing(ResourceList& list, const ResourceList& from) {
    std::vector<std::string> added;
    for (const auto& [resource, amount] : from) {
        if (list.emplace(resource, amount).second) {
            added.push_back(resource);
        }
    }
    return added;
}

/// Applies one range to the containers of a list, and notes what it did.
void default_containers(std::vector<Container>& containers, const LimitRangeItem& item,
                        const std::string& what, std::vector<std::string>& notes) {
    for (Container& container : containers) {
        const auto limits = fill_missing(container.resources.limits, item.default_);
        const auto requests = fill_missing(container.resources.requests, item.defaultRequest);
        const std::string whose = " for " + what + " " + container.name;
        if (!requests.empty()) {
            notes.push_back(joined_names(requests) + " request" + whose);
        }
        if (!limits.empty()) {
            notes.push_back(joined_names(limits) + " limit" + whose);
        }
    }
}

/// Returns the defaults of all items for containers, as one.
LimitRangeItem container_defaults(const LimitRange& range) {
    LimitRangeItem all;
    for (const LimitRangeItem& item : range.spec.limits) {
        if (item.type == "Container") {
            for (const auto& [resource, amount] : item.default_) {
                all.default_[resource] = amount;
            }
            for (const auto& [resource, amount] : item.defaultRequest) {
                all.defaultRequest[resource] = amount;
            }
        }
    }
    return all;
}

/// Checks one list of requirements against one item.
class RangeCheck {
public:
    RangeCheck(std::vector<std::string>& problems, const LimitRangeItem& item,
               const ResourceList& requests, const ResourceList& limits)
        : problems_{problems}, item_{item}, requests_{requests}, limits_{limits} {}

    // Of claims, limits do not count.
    void run_for_requests() {
        for (const auto& [resource, least] : item_.min) {
            check_min(resource, least);
        }
        for (const auto& [resource, most] : item_.max) {
            const Quantity* request = find_amount(requests_, resource);
            const std::string text = usage("maximum", resource, most);
            if (request == nullptr) {
                problems_.push_back(text + ".  No request is specified");
            } else if (*request > most) {
                problems_.push_back(text + ", but request is " + request->to_string());
            }
        }
    }

    void run() {
        for (const auto& [resource, least] : item_.min) {
            check_min(resource, least);
        }
        for (const auto& [resource, most] : item_.max) {
            check_max(resource, most);
        }
        for (const auto& [resource, ratio] : item_.maxLimitRequestRatio) {
            check_ratio(resource, ratio);
        }
    }

private:
    static const Quantity* find_amount(const ResourceList& list, const std::string& resource) {
        const auto found = list.find(resource);
        return found == list.end() ? nullptr : &found->second;
    }

    [[nodiscard]] std::string usage(std::string_view which, const std::string& resource,
                                    const Quantity& enforced) const {
        return std::string{which} + " " + resource + " usage per " + item_.type + " is " +
               enforced.to_string();
    }

    void check_min(const std::string& resource, const Quantity& least) {
        const Quantity* request = find_amount(requests_, resource);
        const Quantity* limit = find_amount(limits_, resource);
        const std::string text = usage("minimum", resource, least);
        if (request == nullptr) {
            problems_.push_back(text + ".  No request is specified");
        } else if (*request < least) {
            problems_.push_back(text + ", but request is " + request->to_string());
        } else if (limit != nullptr && *limit < least) {
            problems_.push_back(text + ", but limit is " + limit->to_string());
        }
    }

    void check_max(const std::string& resource, const Quantity& most) {
        const Quantity* request = find_amount(requests_, resource);
        const Quantity* limit = find_amount(limits_, resource);
        const std::string text = usage("maximum", resource, most);
        if (limit == nullptr) {
            problems_.push_back(text + ".  No limit is specified");
        } else if (*limit > most) {
            problems_.push_back(text + ", but limit is " + limit->to_string());
        } else if (request != nullptr && *request > most) {
            problems_.push_back(text + ", but request is " + request->to_string());
        }
    }

    void check_ratio(const std::string& resource, const Quantity& most) {
        const Quantity* request = find_amount(requests_, resource);
        const Quantity* limit = find_amount(limits_, resource);
        const std::string text = resource + " max limit to request ratio per " + item_.type +
                                 " is " + most.to_string() + ", but ";
        if (request == nullptr || request->is_zero()) {
            problems_.push_back(text + "no request is specified or request is 0");
            return;
        }
        if (limit == nullptr || limit->is_zero()) {
            problems_.push_back(text + "no limit is specified or limit is 0");
            return;
        }
        const double ratio = ratio_of(*limit, *request);
        if (ratio * 1000 > static_cast<double>(most.milli_value())) {
            std::array<char, 400> digits{};
            std::snprintf(digits.data(), digits.size(), "%f", ratio);
            problems_.push_back(text + "provided ratio is " + digits.data());
        }
    }

    // In thousandths, where they fit.
    static double ratio_of(const Quantity& limit, const Quantity& request) {
        constexpr std::int64_t milli_value_max = INT64_MAX / 1000;
        const bool fine = limit.value() <= milli_value_max && request.value() <= milli_value_max;
        return fine ? static_cast<double>(limit.milli_value()) /
                          static_cast<double>(request.milli_value())
                    : static_cast<double>(limit.value()) / static_cast<double>(request.value());
    }

    std::vector<std::string>& problems_;
    const LimitRangeItem& item_;
    const ResourceList& requests_;
    const ResourceList& limits_;
};

/// Returns what the pod as a whole asks for: what it says, else the sum.
ResourceList whole_pod(const PodSpecBody& body, Requirement side) {
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
    return amounts;
}

void check_item(std::vector<std::string>& problems, const LimitRangeItem& item,
                const PodSpecBody& body) {
    if (item.type == "Container") {
        for (const auto* containers : {&body.containers, &body.initContainers}) {
            for (const Container& each : *containers) {
                RangeCheck{problems, item, each.resources.requests, each.resources.limits}.run();
            }
        }
    } else if (item.type == "Pod") {
        const ResourceList requests = whole_pod(body, Requirement::Requests);
        const ResourceList limits = whole_pod(body, Requirement::Limits);
        RangeCheck{problems, item, requests, limits}.run();
    }
}

/// Joins errors as upstream's `NewAggregate`: equal ones once, several in brackets.
std::string aggregated(const std::vector<std::string>& problems) {
    std::vector<std::string> seen;
    for (const std::string& problem : problems) {
        if (std::find(seen.begin(), seen.end(), problem) == seen.end()) {
            seen.push_back(problem);
        }
    }
    return seen.size() == 1 ? seen.front() : "[" + joined_names(seen) + "]";
}

}  // namespace

void default_by_limit_ranges(Cluster& cluster, Pod& pod) {
    NamespaceRanges* ranges = ranges_of(cluster, pod.metadata.namespace_);
    if (ranges == nullptr) {
        return;
    }
    const NamespaceRanges::Defaulted* known = ranges->defaulted.find(pod.spec.body);
    if (known == nullptr) {
        PodSpecBody body = *pod.spec.body;
        std::string annotation;
        for (const LimitRange& range : ranges->ranges) {
            const LimitRangeItem defaults = container_defaults(range);
            std::vector<std::string> notes;
            default_containers(body.containers, defaults, "container", notes);
            default_containers(body.initContainers, defaults, "init container", notes);
            std::string text;
            for (const std::string& note : notes) {
                text += (text.empty() ? "LimitRanger plugin set: " : "; ") + note;
            }
            annotation = text.empty() ? annotation : text;
        }
        NamespaceRanges::Defaulted made{pod.spec.body, annotation};
        if (!annotation.empty()) {
            made.body = api::Shared<PodSpecBody>{std::move(body)};
        }
        ranges->defaulted.remember(pod.spec.body, made);
        known = ranges->defaulted.find(pod.spec.body);
    }
    if (!known->annotation.empty()) {
        pod.metadata.annotations.edit()["kubernetes.io/limit-ranger"] = known->annotation;
        pod.spec.body = api::Shared<PodSpecBody>{known->body};
    }
}

Result<> check_limit_ranges(Cluster& cluster, const Pod& pod) {
    NamespaceRanges* ranges = ranges_of(cluster, pod.metadata.namespace_);
    if (ranges == nullptr || ranges->fitting.find(pod.spec.body) != nullptr) {
        return {};
    }
    for (const LimitRange& range : ranges->ranges) {
        std::vector<std::string> problems;
        for (const LimitRangeItem& item : range.spec.limits) {
            check_item(problems, item, *pod.spec.body);
        }
        if (!problems.empty()) {
            return forbidden_error(resource_of(pod), pod.metadata.name, aggregated(problems));
        }
    }
    ranges->fitting.remember(pod.spec.body, true);
    return {};
}

Result<> check_limit_ranges(Cluster& cluster, const api::Unstructured& claim) {
    const api::GroupVersionKind claim_kind{"", "v1", "PersistentVolumeClaim"};
    if (cluster.limits.ranges.empty() || claim.gvk != claim_kind) {
        return {};
    }
    const NamespaceRanges* ranges = ranges_of(cluster, claim.metadata.namespace_);
    if (ranges == nullptr) {
        return {};
    }
    PersistentVolumeClaimSpec spec;
    if (const auto* given = claim.content.if_contains("spec")) {
        codec::Diagnostics ignored;
        codec::decode(api::type_info<PersistentVolumeClaimSpec>(), &spec, *given,
                      {.mode = codec::Mode::Lenient, .unknown_fields = codec::UnknownFields::Drop},
                      ignored);
    }
    for (const LimitRange& range : ranges->ranges) {
        std::vector<std::string> problems;
        for (const LimitRangeItem& item : range.spec.limits) {
            if (item.type == "PersistentVolumeClaim") {
                RangeCheck{problems, item, spec.resources.requests, {}}.run_for_requests();
            }
        }
        if (!problems.empty()) {
            return forbidden_error({"", "PersistentVolumeClaim", "persistentvolumeclaims"},
                                   claim.metadata.name, aggregated(problems));
        }
    }
    return {};
}

}  // namespace wavetank::registry
