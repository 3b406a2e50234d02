#include "controllers/replica_calculator.hpp"

#include "controllers/pods.hpp"

#include <wavetank/api/field_error.hpp>
#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace wavetank::controllers {
namespace {

using api::ResourceList;
using api::corev1::Container;
using api::corev1::Pod;
using metrics::PodMetric;
using metrics::PodMetrics;
using Requests = std::vector<std::int64_t>;  // of each pod, in their order

/// Whether samples are of CPUs, which are busy while a pod starts.
enum class Samples : std::uint8_t { OfCpu, OfOthers };

constexpr std::int32_t replicas_largest = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t usage_largest = std::numeric_limits<std::int64_t>::max();
constexpr double usage_limit = 9223372036854775808.0;  // `usage_largest` as a double

Error calculation_error(std::string message) {
    return {.reason = Reason::InternalError, .message = std::move(message)};
}

/// Rounds up. Departs from upstream beyond 32 bits, where Go does not say what comes out.
std::int32_t whole_replicas(double number) {
    const double rounded = std::ceil(number);
    if (!(rounded > std::numeric_limits<std::int32_t>::min())) {
        return std::numeric_limits<std::int32_t>::min();
    }
    return rounded >= replicas_largest ? replicas_largest : static_cast<std::int32_t>(rounded);
}

/// Rounds up to 64 bits. What fits no integer becomes the smallest one, as Go has it on amd64.
std::int64_t whole_usage(double number) {
    const double rounded = std::ceil(number);
    return rounded >= -usage_limit && rounded < usage_limit
               ? static_cast<std::int64_t>(rounded)
               : std::numeric_limits<std::int64_t>::min();
}

/// Adds, or multiplies, in 64 bits that wrap around, as Go's integers do.
std::int64_t wrapping_sum(std::int64_t left, std::int64_t right) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(left) +
                                     static_cast<std::uint64_t>(right));
}
std::int64_t wrapping_product(std::int64_t left, std::int64_t right) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(left) *
                                     static_cast<std::uint64_t>(right));
}

/// What the sample of a pod is good for.
enum class Part : std::uint8_t {
    Ready,
    Unready,  ///< counts for nothing when scaling up
    Missing,  ///< there is no sample
    Ignored,  ///< on its way out
};

/// The pods of a calculation, in their order.
struct PodGroups {
    std::vector<Part> parts;
    std::size_t ready = 0;
    std::size_t unready = 0;
    std::size_t missing = 0;
};

/// Tells whether a pod's sample of its CPU shows the start more than the load.
bool is_starting(const PodFacts& pod, const PodMetric& sample, const ReplicaFacts& facts) {
    if (!pod.has_started) {
        return true;
    }
    if (pod.started + facts.rules.cpu_initialization_period > facts.now) {
        return pod.is_unready ||
               (pod.has_ready_changed && sample.timestamp < pod.ready_changed + sample.window);
    }
    return pod.is_unready &&
           (!pod.has_ready_changed ||
            pod.started + facts.rules.initial_readiness_delay > pod.ready_changed);
}

Part part_of(const PodFacts& pod, const std::optional<PodMetric>& sample, const ReplicaFacts& facts,
             Samples of) {
    if (pod.ends) {
        return Part::Ignored;
    }
    if (pod.is_pending) {
        return Part::Unready;
    }
    if (!sample) {
        return Part::Missing;
    }
    return of == Samples::OfCpu && is_starting(pod, *sample, facts) ? Part::Unready : Part::Ready;
}

/// Groups the pods and takes out the samples that do not count.
Result<PodGroups> sorted_out(const ReplicaFacts& facts, const std::string& resource,
                             PodMetrics& samples) {
    WAVETANK_ASSERT(samples.of_pods.size() == facts.pods.size());
    if (facts.pods.empty()) {
        return calculation_error("no pods returned by selector while calculating replica count");
    }
    const Samples of = resource == "cpu" ? Samples::OfCpu : Samples::OfOthers;
    PodGroups groups;
    groups.parts.reserve(facts.pods.size());
    for (std::size_t i = 0; i < facts.pods.size(); ++i) {
        const Part part = part_of(facts.pods[i], samples.of_pods[i], facts, of);
        groups.parts.push_back(part);
        groups.ready += part == Part::Ready ? 1 : 0;
        groups.unready += part == Part::Unready ? 1 : 0;
        groups.missing += part == Part::Missing ? 1 : 0;
        if (part == Part::Ignored || part == Part::Unready) {
            samples.of_pods[i].reset();
        }
    }
    if (groups.ready == 0 && samples.of_others.empty()) {
        return calculation_error(
            "did not receive metrics for targeted pods (pods might be unready)");
    }
    return groups;
}

Result<std::int64_t> request_of_containers(const Pod& pod, const ResourceOfPods& wanted) {
    std::int64_t total = 0;
    std::vector<const Container*> containers;
    for (const Container& container : pod.spec->containers) {
        containers.push_back(&container);
    }
    for (const Container& container : pod.spec->initContainers) {
        if (container.restartPolicy == "Always") {
            containers.push_back(&container);
        }
    }
    for (const Container* const container : containers) {
        if (!wanted.container.empty() && container->name != wanted.container) {
            continue;
        }
        const ResourceList& requests = container->resources.requests;
        const auto request = requests.find(wanted.resource);
        if (request == requests.end()) {
            return calculation_error("missing request for " + wanted.resource + " in container " +
                                     container->name + " of Pod " + pod.metadata.name);
        }
        total = wrapping_sum(total, request->second.milli_value());
        if (container->name == wanted.container) {
            return total;
        }
    }
    if (!wanted.container.empty()) {
        return calculation_error("container " + wanted.container + " not found in Pod " +
                                 pod.metadata.name);
    }
    return total;
}

bool is_pod_level_resource(const std::string& resource) {
    return resource == "cpu" || resource == "memory" || resource.starts_with("hugepages-");
}

bool has_pod_level_requests(const Pod& pod) {
    return pod.spec->resources &&
           std::ranges::any_of(pod.spec->resources->requests, [](const auto& request) {
               return is_pod_level_resource(request.first);
           });
}

/// What of one resource the containers of a pod need together; nothing if none mentions it.
class ContainersNeed {
public:
    explicit ContainersNeed(const std::string& resource) : resource_{resource} {}

    void add_init_container(const Container& container) {
        if (container.restartPolicy == "Always") {
            add(sidecars_, container);
            raise_start(sidecars_);
        } else {
            api::Quantity need = sidecars_;
            add(need, container);
            raise_start(need);
        }
    }
    void add_container(const Container& container) {
        add(running_, container);
    }
    [[nodiscard]] std::optional<api::Quantity> result() const {
        api::Quantity running = running_;
        running += sidecars_;
        return mentioned_ ? std::optional{std::max(running, start_)} : std::nullopt;
    }

private:
    void add(api::Quantity& sum, const Container& container) {
        const auto request = container.resources.requests.find(resource_);
        if (request != container.resources.requests.end()) {
            mentioned_ = true;
            sum += request->second;
        }
    }
    void raise_start(const api::Quantity& need) {
        if (need > start_) {
            start_ = need;
        }
    }

    const std::string& resource_;
    api::Quantity running_;
    api::Quantity sidecars_;
    api::Quantity start_;  // the most at any time before the containers run
    bool mentioned_ = false;
};

Result<std::int64_t> request_of_pod_level(const Pod& pod, const std::string& resource) {
    std::optional<api::Quantity> request;
    const auto whole = pod.spec->resources->requests.find(resource);
    if (whole != pod.spec->resources->requests.end() && is_pod_level_resource(resource)) {
        request = whole->second;
    } else {
        ContainersNeed need{resource};
        for (const Container& container : pod.spec->initContainers) {
            need.add_init_container(container);
        }
        for (const Container& container : pod.spec->containers) {
            need.add_container(container);
        }
        request = need.result();
    }
    const auto overhead = pod.spec->overhead.find(resource);
    if (overhead != pod.spec->overhead.end()) {
        api::Quantity sum = request.value_or(api::Quantity{});
        sum += overhead->second;
        request = sum;
    }
    if (!request) {
        return calculation_error("missing pod-level request for " + resource + " in Pod " +
                                 pod.metadata.name);
    }
    return request->milli_value();
}

/// Reads the requests of all pods; one that is missing fails them all.
Result<Requests> requests_of(const ReplicaFacts& facts, const ResourceOfPods& resource) {
    Requests requests;
    requests.reserve(facts.pods.size());
    const api::corev1::PodSpecBody* seen = nullptr;
    for (const PodFacts& facts_of_pod : facts.pods) {
        if (facts_of_pod.spec == seen) {
            requests.push_back(requests.back());
            continue;
        }
        const Pod& pod = *facts_of_pod.pod;
        const auto request = resource.container.empty() && has_pod_level_requests(pod)
                                 ? request_of_pod_level(pod, resource.resource)
                                 : request_of_containers(pod, resource);
        if (!request) {
            return request.error();
        }
        requests.push_back(*request);
        seen = facts_of_pod.spec;
    }
    return requests;
}

/// How the samples compare with the target.
struct Comparison {
    double ratio = 0;
    std::optional<std::int32_t> utilization;
    std::int64_t usage = 0;  ///< the average
};

Result<Comparison> compare_utilization(const PodMetrics& samples, const Requests& requests,
                                       std::int32_t target) {
    std::int64_t used = 0;
    std::int64_t requested = 0;
    std::int64_t count = 0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        if (const auto& sample = samples.of_pods[i]) {
            used = wrapping_sum(used, sample->value);
            requested = wrapping_sum(requested, requests[i]);
            ++count;
        }
    }
    if (requested == 0) {
        return calculation_error("no metrics returned matched known pods");
    }
    const auto percent = static_cast<std::int32_t>(wrapping_product(used, 100) / requested);
    return Comparison{.ratio = static_cast<double>(percent) / static_cast<double>(target),
                      .utilization = percent,
                      .usage = used / count};
}

Comparison compare_average(const PodMetrics& samples, std::int64_t target) {
    std::int64_t used = 0;
    for (const auto& sample : samples.of_pods) {
        used = wrapping_sum(used, sample ? sample->value : 0);
    }
    for (const PodMetric& sample : samples.of_others) {
        used = wrapping_sum(used, sample.value);
    }
    const std::int64_t average = used / static_cast<std::int64_t>(samples.size());
    return {.ratio = static_cast<double>(average) / static_cast<double>(target), .usage = average};
}

/// Makes up for pods that could not be asked: those that only start count for nothing when scaling
/// up, those without a sample for nothing when scaling up and for `assumed` when scaling down.
/// Returns whether anything was made up.
template <class Assumed>
bool fill_in(PodMetrics& samples, const PodGroups& groups, double ratio, Assumed assumed) {
    const bool counts_unready = groups.unready > 0 && ratio > 1.0;
    if (!counts_unready && groups.missing == 0) {
        return false;
    }
    for (std::size_t i = 0; i < groups.parts.size(); ++i) {
        const Part part = groups.parts[i];
        if (part == Part::Missing && ratio < 1.0) {
            samples.of_pods[i] = PodMetric{.value = assumed(i)};
        } else if (ratio > 1.0 && (part == Part::Missing || part == Part::Unready)) {
            samples.of_pods[i] = PodMetric{};
        }
    }
    return true;
}

/// Decides by the plain comparison, where every pod could be asked.
std::int32_t decide(const ReplicaFacts& facts, double ratio, std::size_t ready) {
    return facts.tolerances.contains(ratio) ? facts.spec_replicas
                                            : whole_replicas(ratio * static_cast<double>(ready));
}

/// Decides by the comparison with what was made up, which may not turn the direction around.
std::int32_t decide_cautiously(const ReplicaFacts& facts, double before, double ratio,
                               std::size_t samples) {
    const bool turned = (before < 1.0 && ratio > 1.0) || (before > 1.0 && ratio < 1.0);
    if (facts.tolerances.contains(ratio) || turned) {
        return facts.spec_replicas;
    }
    const std::int32_t replicas = whole_replicas(ratio * static_cast<double>(samples));
    const bool backwards = (ratio < 1.0 && replicas > facts.spec_replicas) ||
                           (ratio > 1.0 && replicas < facts.spec_replicas);
    return backwards ? facts.spec_replicas : replicas;
}

}  // namespace

PodFacts::PodFacts(const Pod& from)
    : name{from.metadata.name},
      pod{&from},
      spec{from.spec.operator->()},
      ends{from.metadata.deletionTimestamp || from.status.phase == "Failed"},
      is_pending{from.status.phase == "Pending"} {
    const auto* const ready = find_condition(from, "Ready");
    if (ready == nullptr) {
        return;
    }
    if (from.status->startTime) {
        has_started = true;
        started = from.status->startTime->value;
    }
    if (ready->lastTransitionTime) {
        has_ready_changed = true;
        ready_changed = ready->lastTransitionTime->value;
    }
    is_unready = ready->status == "False";
    serves = ready->status == "True" && from.status.phase == "Running";
}

Result<ReplicaProposal> replicas_for_utilization(const ReplicaFacts& facts,
                                                 const ResourceOfPods& resource, PodMetrics samples,
                                                 std::int32_t target) {
    const auto groups = sorted_out(facts, resource.resource, samples);
    if (!groups) {
        return groups.error();
    }
    const auto requests = requests_of(facts, resource);
    if (!requests) {
        return requests.error();
    }
    const auto plain = compare_utilization(samples, *requests, target);
    if (!plain) {
        return plain.error();
    }
    ReplicaProposal proposal{.utilization = plain->utilization, .usage = plain->usage};
    const std::int64_t percent = std::max(100, target);
    const auto whole_request = [&](std::size_t pod) {
        return wrapping_product((*requests)[pod], percent) / 100;
    };
    if (!fill_in(samples, *groups, plain->ratio, whole_request)) {
        proposal.replicas = decide(facts, plain->ratio, groups->ready);
        return proposal;
    }
    const auto filled = compare_utilization(samples, *requests, target);
    if (!filled) {
        return filled.error();
    }
    proposal.replicas = decide_cautiously(facts, plain->ratio, filled->ratio, samples.size());
    return proposal;
}

Result<ReplicaProposal> replicas_for_average(const ReplicaFacts& facts, const std::string& resource,
                                             PodMetrics samples, std::int64_t target) {
    const auto groups = sorted_out(facts, resource, samples);
    if (!groups) {
        return groups.error();
    }
    const Comparison plain = compare_average(samples, target);
    ReplicaProposal proposal{.usage = plain.usage};
    const auto just_the_target = [target](std::size_t /*pod*/) { return target; };
    if (!fill_in(samples, *groups, plain.ratio, just_the_target)) {
        proposal.replicas = decide(facts, plain.ratio, groups->ready);
        return proposal;
    }
    const Comparison filled = compare_average(samples, target);
    proposal.replicas = decide_cautiously(facts, plain.ratio, filled.ratio, samples.size());
    return proposal;
}

Result<ReplicaProposal> replicas_for_value(const ReplicaFacts& facts, std::int64_t value,
                                           std::int64_t target) {
    const double ratio = static_cast<double>(value) / static_cast<double>(target);
    ReplicaProposal proposal{.usage = value};
    if (facts.spec_replicas == 0) {
        proposal.replicas = whole_replicas(ratio);
        return proposal;
    }
    if (facts.tolerances.contains(ratio)) {
        proposal.replicas = facts.spec_replicas;
        return proposal;
    }
    if (facts.pods.empty()) {
        return calculation_error(
            "unable to calculate ready pods: no pods returned by selector while calculating "
            "replica count");
    }
    const auto ready = std::ranges::count_if(facts.pods, &PodFacts::serves);
    proposal.replicas = whole_replicas(ratio * static_cast<double>(ready));
    return proposal;
}

ReplicaProposal replicas_for_value_per_pod(const ReplicaFacts& facts, std::int64_t value,
                                           std::int64_t target) {
    const auto amount = static_cast<double>(value);
    const auto per_pod = static_cast<double>(target);
    const auto pods = static_cast<double>(facts.status_replicas);
    ReplicaProposal proposal{.replicas = facts.status_replicas};
    if (!facts.tolerances.contains(amount / (per_pod * pods))) {
        proposal.replicas = whole_replicas(amount / per_pod);
    }
    proposal.usage = whole_usage(amount / pods);
    return proposal;
}

Result<ReplicaProposal> replicas_for_external_value(const ReplicaFacts& facts,
                                                    std::span<const std::int64_t> values,
                                                    std::int64_t target) {
    std::int64_t sum = 0;
    for (const std::int64_t value : values) {
        if (value > 0 && sum > usage_largest - value) {
            sum = usage_largest;
            break;
        }
        sum = wrapping_sum(sum, value);
    }
    return replicas_for_value(facts, sum, target);
}

ReplicaProposal replicas_for_external_value_per_pod(const ReplicaFacts& facts,
                                                    std::span<const std::int64_t> values,
                                                    std::int64_t target) {
    std::int64_t sum = 0;
    for (const std::int64_t value : values) {
        sum = wrapping_sum(sum, value);
        if (sum < 0) {
            sum = usage_largest;
            break;
        }
    }
    ReplicaProposal proposal = replicas_for_value_per_pod(facts, sum, target);
    if (static_cast<double>(sum) >= usage_limit) {
        proposal.usage = usage_largest;
    }
    return proposal;
}

}  // namespace wavetank::controllers
