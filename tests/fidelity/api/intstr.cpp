// intstr.jsonl: numbers or percentages, and the bounds of rolling updates made of them.

#include "fidelity/fidelity.hpp"

#include <wavetank/api/int_or_string.hpp>

#include <limits>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using api::Fenceposts;
using api::IntOrString;
using api::Rounding;

std::string_view kind_of(const json::value& value) {
    switch (value.kind()) {
        case json::kind::object:
            return "object";
        case json::kind::array:
            return "array";
        case json::kind::bool_:
            return "bool";
        default:
            return "number";
    }
}

/// Reads the JSON form by the rule of Go's decoder: a number must be an integer's literal.
Result<IntOrString> decoded(const json::value& value, std::string_view literal) {
    if (value.is_null()) {
        return IntOrString{};
    }
    if (value.is_string()) {
        return IntOrString{std::string{value.get_string()}};
    }
    if (const std::int64_t* number = value.if_int64()) {
        using Limits = std::numeric_limits<std::int32_t>;
        const bool plain = literal.find_first_of(".eE") == std::string_view::npos;
        if (plain && *number >= Limits::min() && *number <= Limits::max()) {
            return IntOrString{static_cast<std::int32_t>(*number)};
        }
    }
    std::string what{kind_of(value)};
    if (value.is_number()) {
        what += " " + std::string{literal};
    }
    return Error{.reason = Reason::BadRequest,
                 .message = "json: cannot unmarshal " + what + " into Go value of type int32"};
}

IntOrString value_of(const json::value& value) {
    return decoded(value, {}).value();
}

std::optional<IntOrString> optional_of(const json::value& value) {
    return value.is_null() ? std::nullopt : std::optional{value_of(value)};
}

json::value described(const Result<std::int64_t>& result) {
    if (result) {
        return *result;
    }
    return json::object{{"error", result.error().message}};
}

Outcome replay_scaled(const Case& test_case) {
    const json::object& in = test_case.at("in").as_object();
    const IntOrString value = value_of(in.at("value"));
    const auto total = in.at("total").to_number<std::int64_t>();
    return compared(test_case.at("out"),
                    json::object{{"string", value.to_string()},
                                 {"up", described(value.scaled_value(total, Rounding::Up))},
                                 {"down", described(value.scaled_value(total, Rounding::Down))}});
}

Outcome replay_fenceposts(const Case& test_case) {
    const json::object& in = test_case.at("in").as_object();
    const auto desired = in.at("desired").to_number<std::int32_t>();
    const auto posts = api::resolve_fenceposts(optional_of(in.at("maxSurge")),
                                               optional_of(in.at("maxUnavailable")), desired);
    if (!posts) {
        return compared(test_case.at("out"), json::object{{"error", posts.error().message}});
    }
    return compared(test_case.at("out"),
                    json::object{{"surge", posts->surge},
                                 {"unavailable", posts->unavailable},
                                 {"helperMaxSurge", posts->surge},
                                 {"helperMaxUnavailable", posts->unavailable_of(desired)},
                                 {"helperMinAvailable", posts->available_of(desired)}});
}

Outcome replay_unmarshal(const Case& test_case) {
    const auto value = decoded(test_case.at("in"), literal_of(test_case.line, "in"));
    if (!value) {
        return compared(test_case.at("out"), json::object{{"error", value.error().message}});
    }
    const json::value form =
        value->is_string() ? json::value(value->string_value()) : json::value(value->int_value());
    return compared(
        test_case.at("out"),
        json::object{{"int", value->int_value()}, {"string", value->to_string()}, {"json", form}});
}

class IntstrReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        const std::string_view operation = test_case.text("op");
        if (operation == "scaled") {
            return replay_scaled(test_case);
        }
        if (operation == "fenceposts") {
            return replay_fenceposts(test_case);
        }
        if (operation == "unmarshal") {
            return replay_unmarshal(test_case);
        }
        return skipped("unknown operation " + std::string{operation});
    }
};

}  // namespace

std::unique_ptr<Replayer> make_intstr_replayer() {
    return std::make_unique<IntstrReplayer>();
}

}  // namespace wavetank::fidelity
