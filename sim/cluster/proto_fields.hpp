#pragma once

/// \file
/// Reads what people write in Envoy's words, field by field, and knows in the end what it did not
/// understand.

#include <wavetank/base/time.hpp>
#include <wavetank/mesh/fractional_percent.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::sim {

/// What is wrong with a text in Envoy's words, or not followed. Of several, the first.
struct ProtoProblems {
    std::string error{};                   ///< what Envoy would refuse; empty: nothing
    std::string not_simulated{};           ///< the path of a field
    std::vector<std::string> no_effect{};  ///< paths of fields that nothing here depends on
};

/// Returns the same with all names in snake_case, for proto JSON may have both; names of types and
/// keys of maps, which have dots, stay as they are.
[[nodiscard]] boost::json::value in_snake_case(const boost::json::value& value);

/// Returns a number as proto JSON writes it: itself, as a text, or in its wrapper; nothing if it is
/// none.
[[nodiscard]] std::optional<double> proto_number(const boost::json::value& value);

/// One object of proto JSON in snake_case. Lifetime: all that it is given outlives it.
class ProtoFields {
public:
    ProtoFields(const boost::json::object& object, std::string path, ProtoProblems& problems)
        : object_(object), path_(std::move(path)), problems_(problems) {}

    [[nodiscard]] bool has(std::string_view name) const {
        return object_.contains(name);
    }
    [[nodiscard]] std::string text(std::string_view name);
    /// Reads a flag, or its wrapper; nothing if it is not there.
    [[nodiscard]] std::optional<bool> flag(std::string_view name);
    [[nodiscard]] std::optional<double> number(std::string_view name);
    [[nodiscard]] std::optional<Duration> duration(std::string_view name);
    template <class T>
    void take(std::string_view name, T& to) {
        if (const auto read = number(name)) {
            to = static_cast<T>(*read);
        }
    }
    void take(std::string_view name, bool& to) {
        to = flag(name).value_or(to);
    }
    void take(std::string_view name, Duration& to) {
        to = duration(name).value_or(to);
    }
    /// Finds fault with a message that lacks the field.
    void require(std::string_view name);

    /// Calls `read` with the fields of an object, if it is there.
    template <class Read>
    bool object(std::string_view name, Read read) {
        const boost::json::value* found = find(name);
        if (found == nullptr) {
            return false;
        }
        if (!found->is_object()) {
            wrong(name, "an object is expected");
            return false;
        }
        ProtoFields inner{found->get_object(), below(name), problems_};
        read(inner);
        inner.finish();
        return true;
    }
    /// The same for each object of a list.
    template <class Read>
    void list(std::string_view name, Read read) {
        const boost::json::value* found = find(name);
        if (found == nullptr || !found->is_array()) {
            return;
        }
        std::size_t index = 0;
        for (const boost::json::value& each : found->get_array()) {
            const std::string at = below(name) + "[" + std::to_string(index++) + "]";
            if (each.is_object()) {
                ProtoFields inner{each.get_object(), at, problems_};
                read(inner);
                inner.finish();
            }
        }
    }
    /// Calls `read` with the fields of another object that stands for the one of that name.
    template <class Read>
    void look_at(const boost::json::object& other, std::string_view name, Read read) {
        ProtoFields inner{other, below(name), problems_};
        read(inner);
        inner.finish();
    }
    /// Returns the object as it stands, all of it understood; null if there is none.
    [[nodiscard]] const boost::json::object* as_it_stands(std::string_view name);

    /// Passes over fields that change nothing, as people are told.
    void no_effect(std::initializer_list<std::string_view> names);
    /// The same without a word: names of statistics, and what is read elsewhere.
    void pass_over(std::initializer_list<std::string_view> names);

    void wrong(std::string_view name, std::string_view why);
    void not_simulated(std::string_view name);

    /// Finds all that nobody asked for.
    void finish();

private:
    [[nodiscard]] const boost::json::value* find(std::string_view name);
    [[nodiscard]] std::string below(std::string_view name) const {
        return path_.empty() ? std::string{name} : path_ + "." + std::string{name};
    }

    const boost::json::object& object_;
    std::string path_;
    ProtoProblems& problems_;
    std::vector<std::string> known_;
};

/// Reads a part of all requests: `{numerator, denominator}`.
[[nodiscard]] mesh::FractionalPercent read_fraction(ProtoFields& fraction);

}  // namespace wavetank::sim
