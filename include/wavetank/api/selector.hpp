#pragma once

/// \file
/// Which objects a label selector picks.
///
/// One compiled form for both ways of writing it: the text of `kubectl -l` and query parameters,
/// and the `matchLabels` and `matchExpressions` of a LabelSelector.

#include <wavetank/api/boxed.hpp>
#include <wavetank/api/field_error.hpp>
#include <wavetank/api/metav1.hpp>
#include <wavetank/base/result.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::api {

using Labels = StringMap;

enum class SelectorOperator : std::uint8_t {
    In,
    NotIn,
    Equals,
    DoubleEquals,
    NotEquals,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
};

/// One entry of `matchExpressions`; operators are "In", "NotIn", "Exists" and "DoesNotExist".
using SelectorExpression = metav1::LabelSelectorRequirement;

/// One condition on one label.
class Requirement {
public:
    /// Checks and builds a requirement.
    ///
    /// Errors: `Invalid` with upstream's text, for a bad key or value, or values that the operator
    /// does not take.
    [[nodiscard]] static Result<Requirement> make(std::string key, SelectorOperator operation,
                                                  std::vector<std::string> values);

    /// Builds `key` = `value` without a check.
    [[nodiscard]] static Requirement equals(std::string key, std::string value);

    [[nodiscard]] const std::string& key() const {
        return key_;
    }
    [[nodiscard]] SelectorOperator operation() const {
        return operation_;
    }

    /// Returns the values in the order in which they were given.
    [[nodiscard]] const std::vector<std::string>& values() const {
        return values_;
    }

    /// Cost: one look-up, no allocation. `NotIn` and `NotEquals` match an absent label, too.
    [[nodiscard]] bool matches(const Labels& labels) const;

    [[nodiscard]] std::string to_string() const;

    bool operator==(const Requirement&) const = default;

private:
    Requirement() = default;

    std::string key_;
    SelectorOperator operation_ = SelectorOperator::Exists;
    std::vector<std::string> values_;
    std::int64_t bound_ = 0;  ///< the value of GreaterThan and LessThan
};

/// All of its requirements at once. The default one selects everything.
class Selector {
public:
    Selector() = default;
    explicit Selector(std::vector<Requirement> requirements);

    /// Returns the selector that picks no object at all, as an absent LabelSelector does.
    [[nodiscard]] static Selector nothing();

    /// Reads "app=web,tier in (front,back),!canary".
    ///
    /// Errors: `BadRequest` with upstream's text.
    [[nodiscard]] static Result<Selector> parse(std::string_view text);

    /// Builds the selector of exactly these labels, unchecked.
    [[nodiscard]] static Selector from(const Labels& labels);

    /// Builds a LabelSelector's; nothing given selects everything.
    ///
    /// Errors: `Invalid` with upstream's text: the first bad label or expression.
    [[nodiscard]] static Result<Selector> from(const Labels& match_labels,
                                               std::span<const SelectorExpression> expressions);
    [[nodiscard]] static Result<Selector> from(const metav1::LabelSelector& selector);

    /// Builds an object's LabelSelector; an absent one selects nothing.
    [[nodiscard]] static Result<Selector> from(const Boxed<metav1::LabelSelector>& selector);

    [[nodiscard]] bool matches(const Labels& labels) const;

    /// Whether it selects everything.
    [[nodiscard]] bool empty() const {
        return !nothing_ && requirements_.empty();
    }

    /// Whether it is `nothing()`.
    [[nodiscard]] bool selects_nothing() const {
        return nothing_;
    }

    /// Returns the requirements, ordered by key.
    [[nodiscard]] std::span<const Requirement> requirements() const {
        return requirements_;
    }

    /// Returns the one value that `label` must have; nothing if there is no such.
    [[nodiscard]] std::optional<std::string_view> required_value_of(std::string_view label) const;

    /// Returns the canonical text; empty for everything and for nothing.
    [[nodiscard]] std::string to_string() const;

    bool operator==(const Selector&) const = default;

private:
    std::vector<Requirement> requirements_;
    bool nothing_ = false;
};

/// Returns the labels as "a=b,c=d"; "<none>" for none, as kubectl prints them.
[[nodiscard]] std::string format_labels(const Labels& labels);

/// Returns the selector's text as kubectl prints it: "<none>" if empty, "<error>" for a failure.
[[nodiscard]] std::string format_selector(const Result<Selector>& selector);

/// Checks a LabelSelector as kube-apiserver does (`ValidateLabelSelector`).
[[nodiscard]] FieldErrors validate_selector(const Labels& match_labels,
                                            std::span<const SelectorExpression> expressions,
                                            std::string_view field);
[[nodiscard]] FieldErrors validate_selector(const metav1::LabelSelector& selector,
                                            std::string_view field);

/// Turns a LabelSelector into plain labels (`LabelSelectorAsMap`).
///
/// Errors: `Invalid`, for an operator that plain labels cannot express.
[[nodiscard]] Result<Labels> selector_as_map(const Labels& match_labels,
                                             std::span<const SelectorExpression> expressions);

}  // namespace wavetank::api
