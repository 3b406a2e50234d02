// selectors.jsonl: label and field selectors. A line "maps" sets the maps that the `matches` of
// the lines behind it refer to.

#include "fidelity/fidelity.hpp"

#include <wavetank/api/field_selector.hpp>
#include <wavetank/api/selector.hpp>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using api::FieldSelector;
using api::Labels;
using api::Selector;
using api::SelectorExpression;

Labels labels_of(const json::value& value) {
    Labels labels;
    if (const json::object* object = value.if_object()) {
        for (const auto& [key, text] : *object) {
            labels[std::string{key}] = std::string{text.as_string()};
        }
    }
    return labels;
}

json::object to_json(const Labels& labels) {
    json::object object;
    for (const auto& [key, value] : labels) {
        object[key] = value;
    }
    return object;
}

json::array to_json(const api::FieldErrors& errors) {
    json::array array;
    for (const Cause& error : errors) {
        array.push_back(json::object{
            {"field", error.field}, {"message", api::to_string(error)}, {"type", error.reason}});
    }
    return array;
}

std::string text_of(const json::object& object, std::string_view member) {
    const json::value* value = object.if_contains(member);
    return value == nullptr ? std::string{} : std::string{value->as_string()};
}

std::vector<SelectorExpression> expressions_of(const json::object& selector) {
    std::vector<SelectorExpression> expressions;
    if (const json::value* list = selector.if_contains("matchExpressions")) {
        for (const json::value& entry : list->as_array()) {
            const json::object& object = entry.as_object();
            SelectorExpression expression{.key = text_of(object, "key"),
                                          .operator_ = text_of(object, "operator")};
            if (const json::value* values = object.if_contains("values")) {
                for (const json::value& value : values->as_array()) {
                    expression.values.emplace_back(value.as_string());
                }
            }
            expressions.push_back(std::move(expression));
        }
    }
    return expressions;
}

class SelectorsReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        const std::string_view operation = test_case.text("op");
        if (operation == "maps") {
            maps_.clear();
            for (const json::value& map : test_case.at("in").as_array()) {
                maps_.push_back(labels_of(map));
            }
            return passed();
        }
        if (operation == "labels.Parse") {
            return replay_parse(test_case);
        }
        if (operation == "LabelSelector") {
            return replay_label_selector(test_case);
        }
        if (operation == "fields.ParseSelector") {
            return replay_fields(test_case);
        }
        if (operation == "set") {
            const Labels labels = labels_of(test_case.at("in"));
            const std::string text = Selector::from(labels).to_string();
            return compared(test_case.at("out"),
                            json::object{{"formatLabels", api::format_labels(labels)},
                                         {"selector", text},
                                         {"string", text}});
        }
        return skipped("unknown operation " + std::string{operation});
    }

private:
    template <class AnySelector>
    [[nodiscard]] json::array matches(const AnySelector& selector) const {
        json::array result;
        for (const Labels& map : maps_) {
            result.emplace_back(selector.matches(map));
        }
        return result;
    }

    [[nodiscard]] Outcome replay_parse(const Case& test_case) const {
        const auto selector = Selector::parse(test_case.text("in"));
        if (!selector) {
            return compared(test_case.at("out"), json::object{{"error", selector.error().message}});
        }
        return compared(test_case.at("out"),
                        json::object{{"empty", selector->empty()},
                                     {"matches", matches(*selector)},
                                     {"requirements", selector->requirements().size()},
                                     {"selectable", !selector->selects_nothing()},
                                     {"string", selector->to_string()}});
    }

    [[nodiscard]] Outcome replay_label_selector(const Case& test_case) const {
        if (test_case.at("in").is_null()) {
            const Selector nothing = Selector::nothing();
            return compared(test_case.at("out"), json::object{{"empty", nothing.empty()},
                                                              {"format", "<none>"},
                                                              {"map", nullptr},
                                                              {"matches", matches(nothing)},
                                                              {"string", nothing.to_string()},
                                                              {"validation", json::array{}}});
        }
        const json::object& in = test_case.at("in").as_object();
        const json::value* match_labels = in.if_contains("matchLabels");
        const Labels labels = match_labels == nullptr ? Labels{} : labels_of(*match_labels);
        const auto expressions = expressions_of(in);
        const auto selector = Selector::from(labels, expressions);
        json::object out{
            {"format", api::format_selector(selector)},
            {"validation", to_json(api::validate_selector(labels, expressions, "spec.selector"))}};
        if (const auto map = api::selector_as_map(labels, expressions)) {
            out["map"] = to_json(*map);
        } else {
            out["mapError"] = map.error().message;
        }
        if (selector) {
            out["empty"] = selector->empty();
            out["matches"] = matches(*selector);
            out["string"] = selector->to_string();
        } else {
            out["error"] = selector.error().message;
        }
        return compared(test_case.at("out"), out);
    }

    [[nodiscard]] Outcome replay_fields(const Case& test_case) const {
        const auto selector = FieldSelector::parse(test_case.text("in"));
        if (!selector) {
            return compared(test_case.at("out"), json::object{{"error", selector.error().message}});
        }
        json::array requirements;
        for (const api::FieldRequirement& each : selector->requirements()) {
            requirements.push_back(json::object{{"field", each.field},
                                                {"op", api::to_string(each.operation)},
                                                {"value", each.value}});
        }
        return compared(test_case.at("out"), json::object{{"empty", selector->empty()},
                                                          {"matches", matches(*selector)},
                                                          {"requirements", requirements},
                                                          {"string", selector->to_string()}});
    }

    std::vector<Labels> maps_;
};

}  // namespace

std::unique_ptr<Replayer> make_selectors_replayer() {
    return std::make_unique<SelectorsReplayer>();
}

}  // namespace wavetank::fidelity
