#pragma once

/// \file
/// Which objects a field selector picks: "status.phase!=Running,spec.nodeName=node-1".
///
/// Unlike labels, only the fields that a kind offers can be selected; who asks checks the names of
/// `requirements()` against these.

#include <wavetank/base/result.hpp>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::api {

/// One comparison; an absent field counts as empty.
struct FieldRequirement {
    enum class Operator { Equals, NotEquals };

    std::string field;
    Operator operation = Operator::Equals;
    std::string value;

    /// Whether a field with this content passes.
    [[nodiscard]] bool accepts(std::string_view content) const;

    bool operator==(const FieldRequirement&) const = default;
};

/// Returns "=" or "!=".
[[nodiscard]] std::string_view to_string(FieldRequirement::Operator operation);

/// All of its requirements at once. The default one selects everything.
class FieldSelector {
public:
    FieldSelector() = default;

    /// Reads the text of a query parameter, where a backslash escapes comma, equals sign and
    /// backslash in values.
    ///
    /// Errors: `BadRequest` with upstream's text.
    [[nodiscard]] static Result<FieldSelector> parse(std::string_view text);

    [[nodiscard]] bool matches(const std::map<std::string, std::string>& fields) const;

    [[nodiscard]] bool empty() const {
        return requirements_.empty();
    }
    [[nodiscard]] std::span<const FieldRequirement> requirements() const {
        return requirements_;
    }

    /// Returns the one value that `field` must have; nothing if there is no such.
    [[nodiscard]] std::optional<std::string_view> required_value_of(std::string_view field) const;

    /// Returns the canonical text.
    [[nodiscard]] std::string to_string() const;

    bool operator==(const FieldSelector&) const = default;

private:
    std::vector<FieldRequirement> requirements_;
};

}  // namespace wavetank::api
