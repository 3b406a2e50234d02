#include "registry/hpa_v1.hpp"

#include "registry/body.hpp"
#include "registry/status.hpp"

#include <wavetank/codec/document.hpp>

#include <string>
#include <utility>

namespace wavetank::registry {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr std::string_view hpa_v1_path = "/apis/autoscaling/v1/";
constexpr std::string_view hpa_v2_path = "/apis/autoscaling/v2/";
constexpr std::string_view alpha_annotation = "autoscaling.alpha.kubernetes.io/";
constexpr std::string_view cpu_target = "targetCPUUtilizationPercentage";

const object* object_at(const object& parent, std::string_view key) {
    const value* found = parent.if_contains(key);
    return found != nullptr ? found->if_object() : nullptr;
}

/// Moves a member under another name.
void move_member(object& from, std::string_view name, object& into, std::string_view new_name) {
    const auto found = from.find(name);
    if (found != from.end()) {
        into[new_name] = found->value();
        from.stable_erase(found);
    }
}

/// Where the metric's own object has it in v1 and in v2.
struct MetricNames {
    std::string_view type;     ///< "Resource"
    std::string_view field;    ///< "resource"
    std::string_view name;     ///< in v1: of the metric's name
    std::string_view average;  ///< in v1: of the average value
    std::string_view value;    ///< in v1: of the value
    std::string_view selector;
};

constexpr MetricNames metric_names[] = {
    {"Resource", "resource", "name", "targetAverageValue", "", ""},
    {"ContainerResource", "containerResource", "name", "targetAverageValue", "", ""},
    {"Pods", "pods", "metricName", "targetAverageValue", "", "selector"},
    {"Object", "object", "metricName", "averageValue", "targetValue", "selector"},
    {"External", "external", "metricName", "targetAverageValue", "targetValue", "metricSelector"}};

bool is_resource_metric(const MetricNames& names) {
    return names.name == "name";
}

/// Turns one metric of the annotation into one of v2.
value metric_from_v1(const object& metric) {
    object result = metric;
    for (const MetricNames& names : metric_names) {
        const object* source = object_at(metric, names.field);
        if (source == nullptr) {
            continue;
        }
        object parts = *source;
        object target;
        if (is_resource_metric(names)) {
            move_member(parts, "targetAverageUtilization", target, "averageUtilization");
        }
        if (names.type == "Object") {
            move_member(parts, "target", parts, "describedObject");
        }
        if (!names.value.empty()) {
            move_member(parts, names.value, target, "value");
        }
        move_member(parts, names.average, target, "averageValue");
        target["type"] = target.contains("averageUtilization") ? "Utilization"
                         : target.contains("averageValue")     ? "AverageValue"
                                                               : "Value";
        if (!is_resource_metric(names)) {
            object identity;
            move_member(parts, names.name, identity, "name");
            move_member(parts, names.selector, identity, "selector");
            parts["metric"] = std::move(identity);
        }
        parts["target"] = std::move(target);
        result[names.field] = std::move(parts);
    }
    return result;
}

/// Turns one metric of v2, or its status under `target_field` "current", into that of v1.
value metric_to_v1(const object& metric, std::string_view target_field) {
    const bool current = target_field == "current";
    const std::string prefix = current ? "current" : "target";
    object result = metric;
    for (const MetricNames& names : metric_names) {
        const object* source = object_at(metric, names.field);
        if (source == nullptr) {
            continue;
        }
        object parts = *source;
        object target;
        if (const object* held = object_at(parts, target_field)) {
            target = *held;
        }
        parts.erase(target_field);
        if (names.type == "Object") {
            move_member(parts, "describedObject", parts, "target");
        }
        if (const object* identity = object_at(parts, "metric")) {
            object copy = *identity;
            parts.erase("metric");
            move_member(copy, "name", parts, names.name);
            move_member(copy, "selector", parts, names.selector);
        }
        move_member(target, "averageUtilization", parts, prefix + "AverageUtilization");
        move_member(target, "value", parts, prefix + "Value");
        move_member(target, "averageValue", parts,
                    names.type == "Object" ? "averageValue" : prefix + "AverageValue");
        result[names.field] = std::move(parts);
    }
    return result;
}

/// Takes an annotation of autoscalers away; returns the JSON in it, null if there is none.
value take_annotation(object& metadata, std::string_view name) {
    const auto found = metadata.find("annotations");
    if (found == metadata.end() || !found->value().is_object()) {
        return {};
    }
    object& annotations = found->value().get_object();
    const auto annotation = annotations.find(std::string{alpha_annotation} + std::string{name});
    if (annotation == annotations.end() || !annotation->value().is_string()) {
        return {};
    }
    boost::system::error_code failed;
    value held = boost::json::parse(annotation->value().get_string(), failed);
    annotations.stable_erase(annotation);
    if (annotations.empty()) {
        metadata.stable_erase(metadata.find("annotations"));
    }
    return failed ? value{} : held;
}

void put_annotation(object& metadata, std::string_view name, const value& held) {
    value& annotations = metadata["annotations"];
    if (!annotations.is_object()) {
        annotations = object{};
    }
    annotations.get_object()[std::string{alpha_annotation} + std::string{name}] =
        boost::json::serialize(held);
}

object cpu_metric(const value& percent) {
    return {{"type", "Resource"},
            {"resource",
             {{"name", "cpu"},
              {"target", {{"type", "Utilization"}, {"averageUtilization", percent}}}}}};
}

/// Returns the utilization of CPU that a metric asks for, or its status reports; null, if it is of
/// anything else.
const value* cpu_utilization(const value& metric, std::string_view target_field) {
    const object* parts = metric.is_object() ? object_at(metric.get_object(), "resource") : nullptr;
    const object* target = parts != nullptr ? object_at(*parts, target_field) : nullptr;
    const value* name = parts != nullptr ? parts->if_contains("name") : nullptr;
    return name != nullptr && *name == value("cpu") && target != nullptr
               ? target->if_contains("averageUtilization")
               : nullptr;
}

/// Takes the metrics of a v2 list apart: the CPU's utilization goes into `field`, the others into
/// an annotation.
void move_metrics(object& from, std::string_view list, object& metadata, std::string_view field,
                  std::string_view annotation, std::string_view target_field) {
    const auto found = from.find(list);
    if (found == from.end() || !found->value().is_array()) {
        return;
    }
    array others;
    value percent;
    for (const value& metric : found->value().get_array()) {
        const value* utilization = cpu_utilization(metric, target_field);
        if (utilization != nullptr && percent.is_null()) {
            percent = *utilization;
        } else if (metric.is_object()) {
            others.push_back(metric_to_v1(metric.get_object(), target_field));
        }
    }
    from.stable_erase(found);
    if (!percent.is_null()) {
        from[field] = percent;
    }
    if (!others.empty()) {
        put_annotation(metadata, annotation, others);
    }
}

object& child_of(object& parent, std::string_view key) {
    value& child = parent[key];
    if (!child.is_object()) {
        child = object{};
    }
    return child.get_object();
}

ApiRequest about_v2(const ApiRequest& request) {
    ApiRequest inner = request;
    inner.target.replace(0, hpa_v1_path.size(), hpa_v2_path);
    return inner;
}

/// Reads the body as v1 and writes it as v2. One that is malformed stays, to be complained of.
void convert_body(ApiRequest& request) {
    const bool yaml = request.content_type.find("yaml") != std::string::npos;
    const auto document = yaml ? codec::parse_yaml(request.body) : codec::parse_json(request.body);
    if (!document) {
        return;
    }
    const value body = codec::to_value(document->root);
    if (const object* fields = body.if_object(); fields != nullptr && is_hpa_v1(*fields)) {
        request.body = boost::json::serialize(hpa_v2_from_v1(*fields));
        request.content_type = "application/json";
    }
}

void convert_answer(ApiResponse& response) {
    object& body = response.body;
    const value* kind = body.if_contains("kind");
    if (kind == nullptr) {
        return;
    }
    if (*kind == value("HorizontalPodAutoscaler")) {
        body = hpa_v1_from_v2(body);
    } else if (*kind == value("HorizontalPodAutoscalerList")) {
        body["apiVersion"] = "autoscaling/v1";
        for (value& item : body["items"].get_array()) {
            item = hpa_v1_from_v2(item.get_object());
        }
    } else if (value* message = body.if_contains("message");
               message != nullptr && message->is_string()) {
        constexpr std::string_view named = "in version \"v2\"";
        std::string text{message->get_string()};
        if (const std::size_t at = text.find(named); at != std::string::npos) {
            *message = text.replace(at, named.size(), "in version \"v1\"");
        }
    }
}

}  // namespace

bool is_hpa_v1_target(std::string_view target) {
    return target.starts_with(hpa_v1_path);
}

bool is_hpa_v1(const object& object) {
    const value* version = object.if_contains("apiVersion");
    const value* kind = object.if_contains("kind");
    return version != nullptr && *version == value("autoscaling/v1") && kind != nullptr &&
           *kind == value("HorizontalPodAutoscaler");
}

object hpa_v2_from_v1(const object& source) {
    object result = source;
    result["apiVersion"] = "autoscaling/v2";
    object& metadata = child_of(result, "metadata");
    object& spec = child_of(result, "spec");
    array metrics;
    const value annotated = take_annotation(metadata, "metrics");
    if (const array* list = annotated.if_array()) {
        for (const value& metric : *list) {
            metrics.push_back(metric.is_object() ? metric_from_v1(metric.get_object()) : metric);
        }
    }
    if (const auto found = spec.find(cpu_target); found != spec.end()) {
        if (!found->value().is_null()) {
            metrics.push_back(cpu_metric(found->value()));
        }
        spec.stable_erase(found);
    }
    if (!metrics.empty()) {
        spec["metrics"] = std::move(metrics);
    }
    if (value behavior = take_annotation(metadata, "behavior"); behavior.is_object()) {
        spec["behavior"] = std::move(behavior);
    }
    // What the server reports, nobody can set.
    static_cast<void>(take_annotation(metadata, "conditions"));
    static_cast<void>(take_annotation(metadata, "current-metrics"));
    return result;
}

object hpa_v1_from_v2(const object& source) {
    object result = source;
    result["apiVersion"] = "autoscaling/v1";
    object& metadata = child_of(result, "metadata");
    object& spec = child_of(result, "spec");
    move_metrics(spec, "metrics", metadata, cpu_target, "metrics", "target");
    if (const auto behavior = spec.find("behavior"); behavior != spec.end()) {
        put_annotation(metadata, "behavior", behavior->value());
        spec.stable_erase(behavior);
    }
    object& status = child_of(result, "status");
    move_metrics(status, "currentMetrics", metadata, "currentCPUUtilizationPercentage",
                 "current-metrics", "current");
    if (const auto found = status.find("conditions"); found != status.end()) {
        if (found->value().is_array() && !found->value().get_array().empty()) {
            put_annotation(metadata, "conditions", found->value());
        }
        status.stable_erase(found);
    }
    for (const std::string_view always : {"currentReplicas", "desiredReplicas"}) {
        if (!status.contains(always)) {
            status[always] = 0;
        }
    }
    return result;
}

ApiResponse answer_hpa_v1(const ApiRequest& request,
                          const std::function<ApiResponse(const ApiRequest&)>& answer) {
    ApiRequest inner = about_v2(request);
    if (request.method == "PATCH") {
        ApiRequest get = inner;
        get.method = "GET";
        get.body.clear();
        ApiResponse found = answer(get);
        if (found.code != 200) {
            return found;
        }
        ApiRequest patch = request;
        if (patch.content_type.find("strategic") != std::string::npos) {
            patch.content_type = "application/merge-patch+json";  // v1 has no lists to merge
        }
        const auto patched = apply_patch(patch, nullptr, hpa_v1_from_v2(found.body));
        if (!patched) {
            return failure(patched.error());
        }
        inner.method = "PUT";
        inner.content_type = "application/json";
        inner.body = boost::json::serialize(*patched);
    }
    if (inner.method == "POST" || inner.method == "PUT") {
        convert_body(inner);
    }
    ApiResponse response = answer(inner);
    convert_answer(response);
    return response;
}

}  // namespace wavetank::registry
