#include "scheduler/plugin_args.hpp"

#include "scheduler/configuration_types.hpp"

#include <wavetank/api/field_error.hpp>
#include <wavetank/api/names.hpp>
#include <wavetank/codec/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <system_error>
#include <utility>

namespace wavetank::scheduler {
namespace {

using api::FieldErrors;
using api::corev1::NodeSelectorTerm;
using api::corev1::TopologySpreadConstraint;

void append_causes(FieldErrors& to, FieldErrors from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

std::string indexed(const std::string& list, std::size_t index) {
    return list + "[" + std::to_string(index) + "]";
}

FieldErrors check_label_name(const std::string& name, const std::string& path) {
    FieldErrors errors;
    for (const auto& problem : api::check_qualified_name(name)) {
        errors.push_back(api::invalid_value(path, name, problem));
    }
    return errors;
}

FieldErrors check_shape(const std::vector<configuration::ShapePointV1>& shape,
                        const std::string& path) {
    constexpr std::int32_t utilization_max = 100;
    constexpr std::int32_t shape_score_max = 10;
    FieldErrors errors;
    if (shape.empty()) {
        errors.push_back(api::required_value(path, "at least one point must be specified"));
        return errors;
    }
    for (std::size_t i = 1; i < shape.size(); ++i) {
        if (shape[i - 1].utilization >= shape[i].utilization) {
            errors.push_back(api::invalid_value(indexed(path, i) + ".utilization",
                                                shape[i].utilization,
                                                "values must be sorted in increasing order"));
            break;
        }
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i].utilization < 0 || shape[i].utilization > utilization_max) {
            errors.push_back(api::invalid_value(indexed(path, i) + ".utilization",
                                                shape[i].utilization,
                                                "not in valid range [0, 100]"));
        }
        if (shape[i].score < 0 || shape[i].score > shape_score_max) {
            errors.push_back(api::invalid_value(indexed(path, i) + ".score", shape[i].score,
                                                "not in valid range [0, 10]"));
        }
    }
    return errors;
}

FieldErrors check(const configuration::ScoringStrategyV1& strategy, const std::string& path) {
    constexpr std::int64_t weight_max = 100;
    FieldErrors errors;
    const bool by_ratio = strategy.type == "RequestedToCapacityRatio";
    if (!by_ratio && strategy.type != "LeastAllocated" && strategy.type != "MostAllocated") {
        errors.push_back(api::unsupported_value(
            path + ".type", strategy.type,
            {"LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"}));
    }
    for (std::size_t i = 0; i < strategy.resources.size(); ++i) {
        const auto& [name, given] = strategy.resources[i];
        const std::int64_t weight = given == 0 ? 1 : given;
        if (weight < 0 || weight > weight_max) {
            errors.push_back(
                api::invalid_value(indexed(path + ".resources", i) + ".weight", weight,
                                   "resource weight of " + name + " not in valid range (0, 100]"));
        }
    }
    const std::string ratio = path + ".requestedToCapacityRatio";
    if (by_ratio && !strategy.requestedToCapacityRatio) {
        errors.push_back(
            api::required_value(ratio, "must be specified when type is RequestedToCapacityRatio"));
    } else if (by_ratio) {
        append_causes(errors,
                      check_shape(strategy.requestedToCapacityRatio->shape, ratio + ".shape"));
    } else if (strategy.requestedToCapacityRatio) {
        errors.push_back(
            api::forbidden_value(ratio, "must be nil when type is not RequestedToCapacityRatio"));
    }
    return errors;
}

FieldErrors check(const configuration::FitArgsV1& args, const std::string& path) {
    FieldErrors errors;
    for (std::size_t i = 0; i < args.ignoredResources.size(); ++i) {
        append_causes(errors, check_label_name(args.ignoredResources[i],
                                               indexed(path + ".ignoredResources", i)));
    }
    for (std::size_t i = 0; i < args.ignoredResourceGroups.size(); ++i) {
        const std::string& group = args.ignoredResourceGroups[i];
        const std::string place = indexed(path + ".ignoredResourceGroups", i);
        if (group.find('/') != std::string::npos) {
            errors.push_back(
                api::invalid_value(place, group, "resource group name can't contain '/'"));
        }
        append_causes(errors, check_label_name(group, place));
    }
    if (args.scoringStrategy) {
        append_causes(errors, check(*args.scoringStrategy, path + ".scoringStrategy"));
    }
    return errors;
}

FieldErrors check(const configuration::BalancedAllocationArgsV1& args, const std::string& path) {
    FieldErrors errors;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < args.resources.size(); ++i) {
        const auto& [name, given] = args.resources[i];
        const std::string place = indexed(path + ".resources", i);
        if (!seen.insert(name).second) {
            errors.push_back(api::duplicate_value(place + ".name", name));
        }
        if (given != 0 && given != 1) {
            errors.push_back(api::invalid_value(place + ".weight", given, "must be 1"));
        }
    }
    return errors;
}

FieldErrors check(const configuration::InterPodAffinityArgsV1& args, const std::string& path) {
    constexpr std::int32_t weight_max = 100;
    const std::int32_t weight = args.hardPodAffinityWeight.value_or(1);
    if (weight >= 0 && weight <= weight_max) {
        return {};
    }
    return {
        api::invalid_value(path + ".hardPodAffinityWeight", weight, "not in valid range [0, 100]")};
}

FieldErrors check(const configuration::DefaultPreemptionArgsV1& args, const std::string& path) {
    constexpr std::int32_t percentage_max = 100;
    const std::int32_t percentage = args.minCandidateNodesPercentage.value_or(10);
    const std::int32_t absolute = args.minCandidateNodesAbsolute.value_or(100);
    const std::string percentage_path = path + ".minCandidateNodesPercentage";
    const std::string absolute_path = path + ".minCandidateNodesAbsolute";
    FieldErrors errors;
    if (percentage < 0 || percentage > percentage_max) {
        errors.push_back(
            api::invalid_value(percentage_path, percentage, "not in valid range [0, 100]"));
    }
    if (absolute < 0) {
        errors.push_back(
            api::invalid_value(absolute_path, absolute, "not in valid range [0, inf)"));
    }
    if (percentage == 0 && absolute == 0) {
        errors.push_back(
            api::invalid_value(percentage_path, percentage,
                               "cannot be zero at the same time as minCandidateNodesAbsolute"));
        errors.push_back(
            api::invalid_value(absolute_path, absolute,
                               "cannot be zero at the same time as minCandidateNodesPercentage"));
    }
    return errors;
}

FieldErrors check_constraint(const TopologySpreadConstraint& constraint, const std::string& place) {
    FieldErrors errors;
    if (constraint.maxSkew <= 0) {
        errors.push_back(api::invalid_value(place + ".maxSkew", constraint.maxSkew,
                                            "not in valid range (0, inf)"));
    }
    if (constraint.topologyKey.empty()) {
        errors.push_back(api::required_value(place + ".topologyKey", "can not be empty"));
    } else {
        append_causes(errors, check_label_name(constraint.topologyKey, place + ".topologyKey"));
    }
    const std::string& action = constraint.whenUnsatisfiable;
    if (action.empty()) {
        errors.push_back(api::required_value(place + ".whenUnsatisfiable", "can not be empty"));
    } else if (action != "DoNotSchedule" && action != "ScheduleAnyway") {
        errors.push_back(api::unsupported_value(place + ".whenUnsatisfiable", action,
                                                {"DoNotSchedule", "ScheduleAnyway"}));
    }
    if (constraint.labelSelector) {
        errors.push_back(
            api::forbidden_value(place + ".labelSelector",
                                 "constraint must not define a selector, as they deduced for each "
                                 "pod"));
    }
    return errors;
}

FieldErrors check(const configuration::PodTopologySpreadArgsV1& args, const std::string& path) {
    FieldErrors errors;
    const auto& constraints = args.defaultConstraints;
    const std::string type = args.defaultingType.empty() ? "System" : args.defaultingType;
    if (type != "System" && type != "List") {
        errors.push_back(
            api::unsupported_value(path + ".defaultingType", type, {"System", "List"}));
    } else if (type == "System" && !constraints.empty()) {
        errors.push_back(api::invalid_value(path + ".defaultingType", type,
                                            "when .defaultConstraints are not empty"));
    }
    for (std::size_t i = 0; i < constraints.size(); ++i) {
        const std::string place = indexed(path + ".defaultConstraints", i);
        append_causes(errors, check_constraint(constraints[i], place));
        const bool repeated =
            std::any_of(constraints.begin(), constraints.begin() + static_cast<std::ptrdiff_t>(i),
                        [&](const TopologySpreadConstraint& other) {
                            return other.topologyKey == constraints[i].topologyKey &&
                                   other.whenUnsatisfiable == constraints[i].whenUnsatisfiable;
                        });
        if (repeated) {
            errors.push_back(api::duplicate_value(
                place,
                "{" + constraints[i].topologyKey + ", " + constraints[i].whenUnsatisfiable + "}"));
        }
    }
    return errors;
}

std::string values_literal(const std::vector<std::string>& values) {
    std::string text = "[";
    for (const std::string& value : values) {
        text += (text.size() > 1 ? "," : "") + api::json_quoted(value);
    }
    return text + "]";
}

std::string joined_problems(const api::NameProblems& problems) {
    std::string text;
    for (const std::string& problem : problems) {
        text += (text.empty() ? "" : "; ") + problem;
    }
    return text;
}

bool is_integer(const std::string& text) {
    std::int64_t number = 0;
    const char* const begin = text.data() + (text.starts_with('+') ? 1 : 0);
    const char* const end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(begin, end, number);
    return failure == std::errc{} && rest == end;
}

void check_values(const api::corev1::NodeSelectorRequirement& requirement, const std::string& path,
                  FieldErrors& errors) {
    const std::string& operation = requirement.operator_;
    const auto& values = requirement.values;
    const auto refuse = [&](std::string_view detail) {
        errors.push_back(api::invalid_literal(path, values_literal(values), detail));
    };
    const bool compares = operation == "Gt" || operation == "Lt";
    if ((operation == "In" || operation == "NotIn") && values.empty()) {
        refuse("for 'in', 'notin' operators, values set can't be empty");
    } else if ((operation == "Exists" || operation == "DoesNotExist") && !values.empty()) {
        refuse("values set must be empty for exists and does not exist");
    } else if (compares && values.size() != 1) {
        refuse("for 'Gt', 'Lt' operators, exactly one value is required");
    }
    for (std::size_t i = 0; compares && i < values.size(); ++i) {
        if (!is_integer(values[i])) {
            errors.push_back(
                api::invalid_value(indexed(path, i), values[i],
                                   "for 'Gt', 'Lt' operators, the value must be an integer"));
        }
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (const auto problems = api::check_label_value(values[i]); !problems.empty()) {
            errors.push_back(api::invalid_value(indexed(path, i) + "[" + requirement.key + "]",
                                                values[i], joined_problems(problems)));
        }
    }
}

FieldErrors check_expression(const api::corev1::NodeSelectorRequirement& requirement,
                             const std::string& place) {
    const std::vector<std::string> known{"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"};
    FieldErrors errors;
    if (std::ranges::find(known, requirement.operator_) == known.end()) {
        errors.push_back(api::unsupported_value(place + ".operator", requirement.operator_, known));
        return errors;
    }
    if (const auto problems = api::check_qualified_name(requirement.key); !problems.empty()) {
        errors.push_back(
            api::invalid_value(place + ".key", requirement.key, joined_problems(problems)));
    }
    check_values(requirement, place + ".values", errors);
    return errors;
}

FieldErrors check_field(const api::corev1::NodeSelectorRequirement& requirement,
                        const std::string& place) {
    const std::vector<std::string> known{"In", "NotIn"};
    if (std::ranges::find(known, requirement.operator_) == known.end()) {
        return {api::unsupported_value(place + ".operator", requirement.operator_, known)};
    }
    if (requirement.values.size() != 1) {
        return {api::invalid_literal(place + ".values", values_literal(requirement.values),
                                     "must have one element")};
    }
    return {};
}

FieldErrors check_term(const NodeSelectorTerm& term, const std::string& place) {
    FieldErrors errors;
    for (std::size_t i = 0; i < term.matchExpressions.size(); ++i) {
        append_causes(errors, check_expression(term.matchExpressions[i],
                                               indexed(place + ".matchExpressions", i)));
    }
    for (std::size_t i = 0; i < term.matchFields.size(); ++i) {
        append_causes(errors, check_field(term.matchFields[i], indexed(place + ".matchFields", i)));
    }
    return errors;
}

FieldErrors check(const configuration::NodeAffinityArgsV1& args, const std::string& path) {
    FieldErrors errors;
    if (!args.addedAffinity) {
        return errors;
    }
    const auto& required = args.addedAffinity->requiredDuringSchedulingIgnoredDuringExecution;
    const std::string place = path + ".addedAffinity";
    for (std::size_t i = 0; required && i < required->nodeSelectorTerms.size(); ++i) {
        const std::string terms =
            place + ".requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
        append_causes(errors, check_term(required->nodeSelectorTerms[i], indexed(terms, i)));
    }
    const auto& preferred = args.addedAffinity->preferredDuringSchedulingIgnoredDuringExecution;
    for (std::size_t i = 0; i < preferred.size(); ++i) {
        const std::string terms = place + ".preferredDuringSchedulingIgnoredDuringExecution";
        if (preferred[i].weight != 0) {
            append_causes(errors, check_term(preferred[i].preference, indexed(terms, i)));
        }
    }
    return errors;
}

FieldErrors check(const configuration::VolumeBindingArgsV1& args, const std::string& path) {
    FieldErrors errors;
    if (args.bindTimeoutSeconds.value_or(0) < 0) {
        errors.push_back(
            api::invalid_value(path + ".bindTimeoutSeconds", *args.bindTimeoutSeconds,
                               "invalid BindTimeoutSeconds, should not be a negative value"));
    }
    if (args.shape) {
        append_causes(errors, check_shape(*args.shape, path + ".shape"));
    }
    return errors;
}

// With the feature gates that are on by default. Requires: the texts are durations.
FieldErrors check(const configuration::DynamicResourcesArgsV1& args, const std::string& path) {
    FieldErrors errors;
    const auto check_least = [&](const std::optional<std::string>& text, const char* field,
                                 Duration least, const char* rule) {
        if (const Duration given = text ? parse_duration(*text).value() : least; given < least) {
            errors.push_back(api::invalid_value(path + "." + field, to_string(given), rule));
        }
    };
    check_least(args.filterTimeout, "filterTimeout", Duration::zero(), "must be zero or positive");
    check_least(args.bindingTimeout, "bindingTimeout", std::chrono::seconds{1},
                "must be at least 1 second");
    return errors;
}

// What decoding finds that the types here do not tell.
template <class Args>
std::vector<Cause> undecodable(const Args& /*args*/) {
    return {};
}

std::vector<Cause> undecodable(const configuration::DynamicResourcesArgsV1& args) {
    std::vector<Cause> causes;
    const auto read = [&](const std::optional<std::string>& text, const char* field) {
        if (const auto duration = parse_duration(text.value_or("0")); !duration) {
            causes.push_back({.reason = {}, .message = duration.error().message, .field = field});
        }
    };
    read(args.filterTimeout, "filterTimeout");
    read(args.bindingTimeout, "bindingTimeout");
    return causes;
}

template <class Args>
std::vector<Error> decode_and_check(std::string_view plugin, const boost::json::value& json,
                                    const std::string& place) {
    const std::string decoding =
        "decoding ." + place + ": decoding args for plugin " + std::string{plugin} + ": ";
    std::vector<Error> errors;
    codec::Diagnostics diagnostics;
    const auto args = codec::from_json<Args>(json, codec::Mode::Strict, diagnostics);
    const std::string path = place + ".args";
    std::vector<Cause> causes = undecodable(args);
    for (const codec::Diagnostic& diagnostic : diagnostics.items) {
        causes.push_back({.reason = {}, .message = diagnostic.message, .field = diagnostic.field});
    }
    for (Cause& cause : causes) {
        cause.field = path + "." + cause.field;
        errors.push_back({.reason = Reason::BadRequest,
                          .message = decoding + cause.message,
                          .causes = {std::move(cause)}});
    }
    const std::string kind = std::string{plugin} + "Args";
    if (!args.kind.empty() && args.kind != kind) {
        errors.push_back({.reason = Reason::BadRequest,
                          .message = "decoding ." + place + ": args for plugin " +
                                     std::string{plugin} + " were not of type " + kind +
                                     ".kubescheduler.config.k8s.io, got " + args.kind +
                                     ".kubescheduler.config.k8s.io",
                          .causes = {{.reason = {}, .message = {}, .field = path + ".kind"}}});
    }
    if (!errors.empty()) {
        return errors;
    }
    for (Cause& cause : check(args, path)) {
        errors.push_back({.reason = Reason::Invalid,
                          .message = api::to_string(cause),
                          .causes = {std::move(cause)}});
    }
    return errors;
}

struct ArgsChecker {
    std::string_view plugin;
    std::vector<Error> (*check)(std::string_view, const boost::json::value&, const std::string&);
};

constexpr std::array<ArgsChecker, 8> args_checkers{{
    {"DefaultPreemption", &decode_and_check<configuration::DefaultPreemptionArgsV1>},
    {"DynamicResources", &decode_and_check<configuration::DynamicResourcesArgsV1>},
    {"InterPodAffinity", &decode_and_check<configuration::InterPodAffinityArgsV1>},
    {"NodeAffinity", &decode_and_check<configuration::NodeAffinityArgsV1>},
    {"NodeResourcesBalancedAllocation", &decode_and_check<configuration::BalancedAllocationArgsV1>},
    {"NodeResourcesFit", &decode_and_check<configuration::FitArgsV1>},
    {"PodTopologySpread", &decode_and_check<configuration::PodTopologySpreadArgsV1>},
    {"VolumeBinding", &decode_and_check<configuration::VolumeBindingArgsV1>},
}};

}  // namespace

std::vector<Error> check_plugin_args(std::string_view plugin, const boost::json::value& args,
                                     const std::string& place) {
    const auto checker = std::ranges::find(args_checkers, plugin, &ArgsChecker::plugin);
    if (checker == args_checkers.end() || args.is_null()) {
        return {};
    }
    return checker->check(plugin, args, place);
}

}  // namespace wavetank::scheduler
