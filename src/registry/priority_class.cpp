#include "registry/priority_class.hpp"

#include "registry/write.hpp"

#include <array>
#include <utility>

namespace wavetank::registry {
namespace {

using api::schedulingv1::PriorityClass;

struct SystemClass {
    std::string_view name;
    std::int32_t value;
    std::string_view description;
};

constexpr std::string_view system_prefix = "system-";
constexpr std::int32_t highest_user_value = 1'000'000'000;
constexpr std::array system_classes{
    SystemClass{"system-cluster-critical", 2'000'000'000,
                "Used for system critical pods that must run in the cluster, but can be moved to "
                "another node if necessary."},
    SystemClass{"system-node-critical", 2'000'001'000,
                "Used for system critical pods that must not be moved from their current node."},
};

// Says why a class is none of the system's; empty if it is one.
std::string problem_of_system_class(const PriorityClass& object) {
    for (const SystemClass& known : system_classes) {
        if (known.name != object.metadata.name) {
            continue;
        }
        if (known.value != object.value) {
            return "value of " + object.metadata.name + " PriorityClass must be " +
                   std::to_string(known.value);
        }
        return object.globalDefault
                   ? "globalDefault of " + object.metadata.name + " PriorityClass must be false"
                   : "";
    }
    return object.metadata.name + " is not a known system priority class";
}

FieldErrors validate_new_class(const PriorityClass& object) {
    FieldErrors errors;
    if (object.metadata.name.starts_with(system_prefix)) {
        if (const std::string problem = problem_of_system_class(object); !problem.empty()) {
            errors.push_back(api::forbidden_value(
                "metadata.name",
                "priority class names with 'system-' prefix are reserved for system use only. "
                "error: " +
                    problem));
        }
    } else if (object.value > highest_user_value) {
        errors.push_back(
            api::forbidden_value("value", "maximum allowed value of a user defined priority is " +
                                              std::to_string(highest_user_value)));
    }
    const std::string policy = object.preemptionPolicy.value_or("");
    if (policy != "PreemptLowerPriority" && policy != "Never") {
        errors.push_back(policy.empty()
                             ? api::required_value("preemptionPolicy", "")
                             : api::unsupported_value("preemptionPolicy", policy,
                                                      {"PreemptLowerPriority", "Never"}));
    }
    return errors;
}

// There may be one default only.
Result<> review_default(const Cluster& cluster, const PriorityClass& object) {
    if (!object.globalDefault) {
        return {};
    }
    const auto present = default_priority_class(cluster);
    if (present == nullptr || present->metadata.uid == object.metadata.uid) {
        return {};
    }
    return forbidden_error(resource_of(object), object.metadata.name,
                           "PriorityClass " + present->metadata.name +
                               " is already marked as default. Only one default can exist");
}

}  // namespace

void Rules<PriorityClass>::set_defaults(Cluster& /*cluster*/, PriorityClass& object) {
    if (!object.preemptionPolicy) {
        object.preemptionPolicy = "PreemptLowerPriority";
    }
}

// What admission remembers of pods depends on the classes.
Result<> Rules<PriorityClass>::review(Cluster& cluster, const PriorityClass& object) {
    cluster.memos.admitted.clear();
    return review_default(cluster, object);
}

Result<> Rules<PriorityClass>::admit_update(Cluster& cluster, PriorityClass& next,
                                            const PriorityClass& /*old*/, DryRun /*dry_run*/) {
    cluster.memos.admitted.clear();
    return review_default(cluster, next);
}

void Rules<PriorityClass>::release(Cluster& cluster, const PriorityClass& /*object*/) {
    cluster.memos.admitted.clear();
}

void Rules<PriorityClass>::prepare_create(PriorityClass& object) {
    object.metadata.generation = 1;
}

void Rules<PriorityClass>::prepare_update(PriorityClass& /*next*/, const PriorityClass& /*old*/) {}

void Rules<PriorityClass>::prepare_status(PriorityClass& /*next*/, const PriorityClass& /*old*/) {}

FieldErrors Rules<PriorityClass>::validate(Cluster& /*cluster*/, const PriorityClass& object,
                                           const PriorityClass* old) {
    if (old == nullptr) {
        return validate_new_class(object);
    }
    FieldErrors errors;
    if (object.value != old->value) {
        errors.push_back(api::forbidden_value("value", "may not be changed in an update."));
    }
    if (object.preemptionPolicy != old->preemptionPolicy) {
        errors.push_back(api::invalid_value(
            "preemptionPolicy", object.preemptionPolicy.value_or(""), "field is immutable"));
    }
    return errors;
}

// Of several, which only a race can make, the lowest counts.
api::Pointer<const PriorityClass> default_priority_class(const Cluster& cluster) {
    api::Pointer<const PriorityClass> lowest;
    for (const auto& each : cluster.store.list<PriorityClass>()) {
        if (each->globalDefault && (lowest == nullptr || each->value < lowest->value)) {
            lowest = each;
        }
    }
    return lowest;
}

// Their UIDs are drawn from a stream of their own, so that they shift nobody else's.
void create_system_priority_classes(Cluster& cluster) {
    const Random random = std::exchange(cluster.random, cluster.random.fork("priority-classes"));
    for (const SystemClass& known : system_classes) {
        const std::string name{known.name};
        if (cluster.store.get<PriorityClass>({"", name}) == nullptr) {
            PriorityClass object{.value = known.value,
                                 .description = std::string{known.description}};
            object.metadata.name = name;
            const auto created = create_object(cluster, std::move(object), DryRun::No);
            WAVETANK_ASSERT(created.has_value());
        }
    }
    cluster.random = random;
}

}  // namespace wavetank::registry
