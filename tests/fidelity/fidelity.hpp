#pragma once

/// \file
/// Does Wavetank answer as the real Kubernetes, or the real Envoy, did? The frame for replaying
/// recorded cases.
///
/// Cases stand in JSON Lines files below a folder; a file's name says which replayer understands
/// it. To add one: write `tests/fidelity/<module>/<file>.cpp` with a class derived from `Replayer`
/// and a function `std::unique_ptr<Replayer> make_<file>_replayer()`, and name it in the list in
/// registry.cpp. A replayer lives as long as its file is read, so it may remember earlier lines.

#include <boost/json.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::fidelity {

enum class Verdict { Passed, Failed, Skipped };

/// What became of one case, and why unless it passed (one line).
struct Outcome {
    Verdict verdict = Verdict::Passed;
    std::string why;
};

[[nodiscard]] Outcome passed();
[[nodiscard]] Outcome failed(std::string why);

/// For what Wavetank does not model; the reason is counted and printed.
[[nodiscard]] Outcome skipped(std::string why);

/// One line of a file.
struct Case {
    const boost::json::object& json;    ///< the line, parsed
    std::string_view line;              ///< the line itself, for what depends on the literal text
    const std::filesystem::path& file;  ///< where it stands

    /// Returns the member as text; empty if absent or not a string.
    [[nodiscard]] std::string_view text(std::string_view member) const;

    /// Returns the member; JSON null if absent.
    [[nodiscard]] const boost::json::value& at(std::string_view member) const;
};

/// Answers the cases of one file, in order. An exception counts as a failure of its case.
class Replayer {
public:
    virtual ~Replayer() = default;

    [[nodiscard]] virtual Outcome replay(const Case& test_case) = 0;
};

/// Which files are whose: all whose name starts with `stem`, the longest stem first.
struct Registration {
    std::string_view stem;                ///< "quantity": quantity.jsonl, quantity-more.jsonl, ...
    std::unique_ptr<Replayer> (*make)();  ///< null: known, but nothing replays it yet
};

/// Lists every known file.
[[nodiscard]] std::vector<Registration> registrations();

/// Describes the first difference ("out.string: expected "1Gi", got "1024Mi""); nothing if equal.
/// Numbers are equal by value, object members in any order, array elements in theirs.
[[nodiscard]] std::optional<std::string> difference(const boost::json::value& expected,
                                                    const boost::json::value& actual,
                                                    std::string_view path = "out");

/// Passes if `actual` equals `expected`, else fails with the first difference.
[[nodiscard]] Outcome compared(const boost::json::value& expected,
                               const boost::json::value& actual);

/// Returns the literal text of a member of a JSON object's text ("1e3" stays "1e3"); empty if
/// there is none. Requires: `object_text` is valid JSON.
[[nodiscard]] std::string_view literal_of(std::string_view object_text, std::string_view member);

/// Returns the texts as a JSON array.
[[nodiscard]] boost::json::array to_json(const std::vector<std::string>& texts);

}  // namespace wavetank::fidelity
