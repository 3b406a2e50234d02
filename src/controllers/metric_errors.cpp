#include "controllers/metric_errors.hpp"

#include <utility>

namespace wavetank::controllers {
namespace {

Error metric_error(std::string message) {
    return {.reason = Reason::InternalError, .message = std::move(message)};
}

std::string requirement_text(const api::metav1::LabelSelectorRequirement& requirement) {
    std::string values;
    for (const std::string& value : requirement.values) {
        values += (values.empty() ? "" : " ") + value;
    }
    return "LabelSelectorRequirement{Key:" + requirement.key +
           ",Operator:" + requirement.operator_ + ",Values:[" + values + "],}";
}

}  // namespace

std::string go_text(const api::metav1::LabelSelector* selector) {
    if (selector == nullptr) {
        return "nil";
    }
    std::string labels;
    for (const auto& [key, value] : selector->matchLabels) {
        labels += key + ": " + value + ",";
    }
    std::string expressions;
    for (const auto& requirement : selector->matchExpressions) {
        expressions += requirement_text(requirement) + ",";
    }
    return "&LabelSelector{MatchLabels:map[string]string{" + labels +
           "},MatchExpressions:[]LabelSelectorRequirement{" + expressions + "},}";
}

Error resource_metric_error(const std::string& resource, const std::string& why) {
    return metric_error("unable to get metrics for resource " + resource + ": " + why);
}

Error pods_metric_error(const std::string& metric, const std::string& why) {
    return metric_error("unable to get metric " + metric + ": " + why);
}

Error object_metric_error(const std::string& metric, const std::string& object,
                          const std::string& why) {
    return metric_error("unable to get metric " + metric + " on " + object + ": " + why);
}

Error external_metric_error(const std::string& metric, const std::string& in_namespace,
                            const api::metav1::LabelSelector* selector, const std::string& why) {
    return metric_error("unable to get external metric " + in_namespace + "/" + metric + "/" +
                        go_text(selector) + ": " + why);
}

}  // namespace wavetank::controllers
