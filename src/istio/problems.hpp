#pragma once

/// \file
/// Errors and warnings, collected and written as istiod does (Hashicorp's multierror).

#include <string>
#include <string_view>
#include <vector>

namespace wavetank::istio {

/// Some errors. One alone is its text; a list says how many there are.
class ErrorList {
public:
    ErrorList() = default;
    ErrorList(std::string error) : items_{std::move(error)} {}
    ErrorList(const char* error) : items_{error} {}

    /// Appends others; both together are a list.
    void append(const ErrorList& others);

    /// Appends one, which makes a list even of one alone.
    void append_listed(std::string error);

    [[nodiscard]] bool empty() const {
        return items_.empty();
    }
    [[nodiscard]] std::string text() const;

private:
    std::vector<std::string> items_;
    bool is_list_ = false;
};

/// What was found in a part of an object.
struct Validation {
    ErrorList errors{};
    ErrorList warnings{};

    void append(const ErrorList& others) {
        errors.append(others);
    }
    void append(const Validation& others) {
        errors.append(others.errors);
        warnings.append(others.warnings);
    }
    void warn(std::string text) {
        warnings.append(ErrorList{std::move(text)});
    }
};

/// Quotes as Go's `%q`.
[[nodiscard]] std::string go_quoted(std::string_view text);

/// Writes a number as Go's `%v` and `%f`.
[[nodiscard]] std::string go_number(double number);
[[nodiscard]] std::string go_fixed(double number);

}  // namespace wavetank::istio
