#include <wavetank/api/selector.hpp>

#include <wavetank/api/names.hpp>

#include "api/go_text.hpp"

#include <algorithm>

namespace wavetank::api {
namespace {

Error invalid(std::string message) {
    return Error{.reason = Reason::Invalid, .message = std::move(message)};
}

/// Writes the values as Go's JSON encoder writes the slice; none is a nil slice upstream.
std::string json_list(const std::vector<std::string>& values) {
    if (values.empty()) {
        return "null";
    }
    std::vector<std::string> texts;
    for (const std::string& value : values) {
        texts.push_back(json_quoted(value));
    }
    return "[" + join(texts, ",") + "]";
}

bool is_number(const std::string& text) {
    return parse_number(text).problem == NumberProblem::None;
}

/// Checks that the operator takes these values.
FieldErrors arity_errors(SelectorOperator operation, const std::vector<std::string>& values) {
    const auto refused = [&values](std::string_view detail) {
        return FieldErrors{invalid_literal("values", json_list(values), detail)};
    };
    FieldErrors errors;
    switch (operation) {
        case SelectorOperator::In:
        case SelectorOperator::NotIn:
            return values.empty()
                       ? refused("for 'in', 'notin' operators, values set can't be empty")
                       : errors;
        case SelectorOperator::Equals:
        case SelectorOperator::DoubleEquals:
        case SelectorOperator::NotEquals:
            return values.size() == 1
                       ? errors
                       : refused("exact-match compatibility requires one single value");
        case SelectorOperator::Exists:
        case SelectorOperator::DoesNotExist:
            return values.empty()
                       ? errors
                       : refused("values set must be empty for exists and does not exist");
        case SelectorOperator::GreaterThan:
        case SelectorOperator::LessThan:
            break;
    }
    if (values.size() != 1) {
        errors = refused("for 'Gt', 'Lt' operators, exactly one value is required");
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!is_number(values[i])) {
            errors.push_back(
                invalid_value("values[" + std::to_string(i) + "]", values[i],
                              "for 'Gt', 'Lt' operators, the value must be an integer"));
        }
    }
    return errors;
}

std::string_view sign_of(SelectorOperator operation) {
    switch (operation) {
        case SelectorOperator::Equals:
            return "=";
        case SelectorOperator::DoubleEquals:
            return "==";
        case SelectorOperator::NotEquals:
            return "!=";
        case SelectorOperator::In:
            return " in ";
        case SelectorOperator::NotIn:
            return " notin ";
        case SelectorOperator::GreaterThan:
            return ">";
        case SelectorOperator::LessThan:
            return "<";
        case SelectorOperator::Exists:
        case SelectorOperator::DoesNotExist:
            break;
    }
    return {};
}

std::optional<SelectorOperator> operator_of(std::string_view name) {
    if (name == "In") {
        return SelectorOperator::In;
    }
    if (name == "NotIn") {
        return SelectorOperator::NotIn;
    }
    if (name == "Exists") {
        return SelectorOperator::Exists;
    }
    if (name == "DoesNotExist") {
        return SelectorOperator::DoesNotExist;
    }
    return std::nullopt;
}

void add_expression_errors(FieldErrors& errors, const SelectorExpression& expression,
                           const std::string& field) {
    const auto operation = operator_of(expression.operator_);
    const bool takes_values =
        operation == SelectorOperator::In || operation == SelectorOperator::NotIn;
    if (!operation) {
        // Upstream's operator is a type of its own, which its printer writes as JSON.
        errors.push_back(invalid_literal(field + ".operator", json_quoted(expression.operator_),
                                         "not a valid selector operator"));
    } else if (takes_values && expression.values.empty()) {
        errors.push_back(required_value(field + ".values",
                                        "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (!takes_values && !expression.values.empty()) {
        errors.push_back(
            forbidden_value(field + ".values",
                            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    }
    for (const std::string& problem : check_qualified_name(expression.key)) {
        errors.push_back(invalid_value(field + ".key", expression.key, problem));
    }
    for (std::size_t i = 0; i < expression.values.size(); ++i) {
        for (const std::string& problem : check_label_value(expression.values[i])) {
            errors.push_back(invalid_value(field + ".values[" + std::to_string(i) + "]",
                                           expression.values[i], problem));
        }
    }
}

}  // namespace

Result<Requirement> Requirement::make(std::string key, SelectorOperator operation,
                                      std::vector<std::string> values) {
    FieldErrors errors;
    if (const auto problems = check_qualified_name(key); !problems.empty()) {
        errors.push_back(invalid_value("key", key, join(problems, "; ")));
    }
    for (Cause& error : arity_errors(operation, values)) {
        errors.push_back(std::move(error));
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (const auto problems = check_label_value(values[i]); !problems.empty()) {
            errors.push_back(invalid_value("values[" + std::to_string(i) + "][" + key + "]",
                                           values[i], join(problems, "; ")));
        }
    }
    if (!errors.empty()) {
        Error error = invalid(aggregate_text(errors));
        error.causes = std::move(errors);
        return error;
    }
    Requirement requirement;
    requirement.key_ = std::move(key);
    requirement.operation_ = operation;
    requirement.values_ = std::move(values);
    if (operation == SelectorOperator::GreaterThan || operation == SelectorOperator::LessThan) {
        requirement.bound_ = parse_number(requirement.values_.front()).number;
    }
    return requirement;
}

Requirement Requirement::equals(std::string key, std::string value) {
    Requirement requirement;
    requirement.key_ = std::move(key);
    requirement.operation_ = SelectorOperator::Equals;
    requirement.values_.push_back(std::move(value));
    return requirement;
}

bool Requirement::matches(const Labels& labels) const {
    const auto label = labels.find(key_);
    const bool present = label != labels.end();
    const auto listed = [this, &label] {
        return std::find(values_.begin(), values_.end(), label->second) != values_.end();
    };
    switch (operation_) {
        case SelectorOperator::In:
        case SelectorOperator::Equals:
        case SelectorOperator::DoubleEquals:
            return present && listed();
        case SelectorOperator::NotIn:
        case SelectorOperator::NotEquals:
            return !present || !listed();
        case SelectorOperator::Exists:
            return present;
        case SelectorOperator::DoesNotExist:
            return !present;
        case SelectorOperator::GreaterThan:
        case SelectorOperator::LessThan:
            break;
    }
    if (!present) {
        return false;
    }
    const ParsedNumber value = parse_number(label->second);
    return value.problem == NumberProblem::None &&
           (operation_ == SelectorOperator::GreaterThan ? value.number > bound_
                                                        : value.number < bound_);
}

std::string Requirement::to_string() const {
    if (operation_ == SelectorOperator::DoesNotExist) {
        return "!" + key_;
    }
    std::vector<std::string> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    const bool set = operation_ == SelectorOperator::In || operation_ == SelectorOperator::NotIn;
    std::string text = key_;
    text += sign_of(operation_);
    text += set ? "(" + join(sorted, ",") + ")" : join(sorted, ",");
    return text;
}

Selector::Selector(std::vector<Requirement> requirements) : requirements_{std::move(requirements)} {
    std::stable_sort(
        requirements_.begin(), requirements_.end(),
        [](const Requirement& left, const Requirement& right) { return left.key() < right.key(); });
}

Selector Selector::nothing() {
    Selector selector;
    selector.nothing_ = true;
    return selector;
}

Selector Selector::from(const Labels& labels) {
    Selector selector;
    for (const auto& [key, value] : labels) {
        selector.requirements_.push_back(Requirement::equals(key, value));
    }
    return selector;
}

Result<Selector> Selector::from(const Labels& match_labels,
                                std::span<const SelectorExpression> expressions) {
    std::vector<Requirement> requirements;
    requirements.reserve(match_labels.size() + expressions.size());
    for (const auto& [key, value] : match_labels) {
        auto requirement = Requirement::make(key, SelectorOperator::Equals, {value});
        if (!requirement) {
            return requirement.error();
        }
        requirements.push_back(*std::move(requirement));
    }
    for (const SelectorExpression& expression : expressions) {
        const auto operation = operator_of(expression.operator_);
        if (!operation) {
            return invalid(api::quoted(expression.operator_) +
                           " is not a valid label selector operator");
        }
        auto requirement = Requirement::make(expression.key, *operation, expression.values);
        if (!requirement) {
            return requirement.error();
        }
        requirements.push_back(*std::move(requirement));
    }
    return Selector{std::move(requirements)};
}

Result<Selector> Selector::from(const metav1::LabelSelector& selector) {
    return from(selector.matchLabels, selector.matchExpressions);
}

Result<Selector> Selector::from(const Boxed<metav1::LabelSelector>& selector) {
    return selector ? from(*selector) : nothing();
}

bool Selector::matches(const Labels& labels) const {
    return !nothing_ &&
           std::all_of(requirements_.begin(), requirements_.end(),
                       [&labels](const Requirement& each) { return each.matches(labels); });
}

std::optional<std::string_view> Selector::required_value_of(std::string_view label) const {
    const auto found =
        std::find_if(requirements_.begin(), requirements_.end(),
                     [label](const Requirement& each) { return each.key() == label; });
    if (found == requirements_.end() || found->values().size() != 1) {
        return std::nullopt;
    }
    switch (found->operation()) {
        case SelectorOperator::In:
        case SelectorOperator::Equals:
        case SelectorOperator::DoubleEquals:
            return found->values().front();
        default:
            return std::nullopt;
    }
}

std::string Selector::to_string() const {
    std::vector<std::string> texts;
    for (const Requirement& each : requirements_) {
        texts.push_back(each.to_string());
    }
    return join(texts, ",");
}

std::string format_labels(const Labels& labels) {
    std::vector<std::string> texts;
    for (const auto& [key, value] : labels) {
        texts.push_back(key + "=" + value);
    }
    std::sort(texts.begin(), texts.end());
    return texts.empty() ? "<none>" : join(texts, ",");
}

std::string format_selector(const Result<Selector>& selector) {
    if (!selector) {
        return "<error>";
    }
    std::string text = selector->to_string();
    return text.empty() ? "<none>" : text;
}

FieldErrors validate_selector(const Labels& match_labels,
                              std::span<const SelectorExpression> expressions,
                              std::string_view field) {
    const std::string prefix{field};
    FieldErrors errors = validate_labels(match_labels, prefix + ".matchLabels");
    for (std::size_t i = 0; i < expressions.size(); ++i) {
        add_expression_errors(errors, expressions[i],
                              prefix + ".matchExpressions[" + std::to_string(i) + "]");
    }
    return errors;
}

FieldErrors validate_selector(const metav1::LabelSelector& selector, std::string_view field) {
    return validate_selector(selector.matchLabels, selector.matchExpressions, field);
}

Result<Labels> selector_as_map(const Labels& match_labels,
                               std::span<const SelectorExpression> expressions) {
    Labels labels = match_labels;
    for (const SelectorExpression& expression : expressions) {
        const auto operation = operator_of(expression.operator_);
        if (!operation) {
            return invalid(api::quoted(expression.operator_) + " is not a valid selector operator");
        }
        const bool in = operation == SelectorOperator::In;
        if (!in || expression.values.size() != 1) {
            return invalid("operator " + api::quoted(expression.operator_) +
                           (in ? " without a single value" : "") +
                           " cannot be converted into the old label selector format");
        }
        labels[expression.key] = expression.values.front();
    }
    return labels;
}

}  // namespace wavetank::api
