// quantity.jsonl: parsing, arithmetic and rounding of resource quantities.

#include "fidelity/fidelity.hpp"

#include <wavetank/api/quantity.hpp>

#include <stdexcept>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using api::Quantity;
using api::QuantityFormat;

json::object described(const Quantity& quantity) {
    return {{"string", quantity.to_string()},
            {"format", api::to_string(quantity.format())},
            {"dec", quantity.to_decimal_string()},
            {"value", std::to_string(quantity.value())},
            {"milli", std::to_string(quantity.milli_value())},
            {"sign", quantity.sign()}};
}

std::int64_t to_int(const json::value& value) {
    return value.is_string() ? std::stoll(std::string{value.get_string()})
                             : value.to_number<std::int64_t>();
}

Quantity quantity_of(const json::value& text) {
    return Quantity::parse(std::string{text.as_string()}).value();
}

QuantityFormat format_of(std::string_view name) {
    for (const auto format :
         {QuantityFormat::DecimalSI, QuantityFormat::BinarySI, QuantityFormat::DecimalExponent}) {
        if (api::to_string(format) == name) {
            return format;
        }
    }
    throw std::invalid_argument{"unknown format " + std::string{name}};
}

Outcome replay_parse(const Case& test_case) {
    const auto parsed = Quantity::parse(test_case.text("in"));
    return compared(test_case.at("out"),
                    parsed ? described(*parsed) : json::object{{"error", parsed.error().message}});
}

Outcome replay_pair(const Case& test_case) {
    const json::object& in = test_case.at("in").as_object();
    const Quantity left = quantity_of(in.at("a"));
    const Quantity right = quantity_of(in.at("b"));
    const int order = left == right ? 0 : (left < right ? -1 : 1);
    Quantity total = left;
    total += right;
    Quantity rest = left;
    rest -= right;
    return compared(test_case.at("out"), json::object{{"cmp", order},
                                                      {"equal", left == right},
                                                      {"add", described(total)},
                                                      {"sub", described(rest)}});
}

Outcome replay_round_up(const Case& test_case) {
    const json::object& in = test_case.at("in").as_object();
    Quantity quantity = quantity_of(in.at("q"));
    const bool exact = quantity.round_up(static_cast<int>(to_int(in.at("scale"))));
    const json::value* expected = test_case.at("out").as_object().if_contains("q");
    json::value result = described(quantity);
    if (expected != nullptr && expected->is_string()) {
        result = quantity.to_string();
    }
    return compared(test_case.at("out"), json::object{{"exact", exact}, {"q", result}});
}

Outcome replay_new(const Case& test_case, int scale) {
    const json::object& in = test_case.at("in").as_object();
    const Quantity quantity =
        Quantity::of_scaled(to_int(in.at("value")), scale, format_of(in.at("format").as_string()));
    return compared(test_case.at("out"), json::object{{"string", quantity.to_string()}});
}

class QuantityReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        const std::string_view operation = test_case.text("op");
        if (operation == "parse") {
            return replay_parse(test_case);
        }
        if (operation == "pair") {
            return replay_pair(test_case);
        }
        if (operation == "roundup") {
            return replay_round_up(test_case);
        }
        if (operation == "new" || operation == "newMilli") {
            return replay_new(test_case, operation == "new" ? 0 : -3);
        }
        if (operation == "scaled") {
            const json::object& in = test_case.at("in").as_object();
            const int scale = static_cast<int>(to_int(in.at("scale")));
            const std::int64_t value = quantity_of(in.at("q")).scaled_value(scale);
            return compared(test_case.at("out"), json::object{{"value", std::to_string(value)}});
        }
        return skipped("unknown operation " + std::string{operation});
    }
};

}  // namespace

std::unique_ptr<Replayer> make_quantity_replayer() {
    return std::make_unique<QuantityReplayer>();
}

}  // namespace wavetank::fidelity
