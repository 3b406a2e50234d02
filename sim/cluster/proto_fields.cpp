#include "sim/cluster/proto_fields.hpp"

#include <wavetank/base/ascii.hpp>

#include <algorithm>
#include <charconv>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

std::string snake_case_of(std::string_view name) {
    if (name.find('.') != std::string_view::npos || name.starts_with('@')) {
        return std::string{name};
    }
    std::string made;
    for (const char letter : name) {
        if (is_upper(letter)) {
            made += '_';
        }
        made += to_lower(letter);
    }
    return made;
}

// A wrapper is written as the value, or as an object that has it.
const json::value* unwrapped(const json::value* value) {
    if (value != nullptr && value->is_object() && value->get_object().size() == 1) {
        const json::value* inner = value->get_object().if_contains("value");
        return inner != nullptr ? inner : value;
    }
    return value;
}

}  // namespace

json::value in_snake_case(const json::value& value) {
    if (const json::object* members = value.if_object()) {
        json::object made;
        for (const auto& member : *members) {
            made[snake_case_of(member.key())] = in_snake_case(member.value());
        }
        return made;
    }
    if (const json::array* items = value.if_array()) {
        json::array made;
        for (const json::value& item : *items) {
            made.push_back(in_snake_case(item));
        }
        return made;
    }
    return value;
}

std::optional<double> proto_number(const json::value& value) {
    const json::value& inner = *unwrapped(&value);
    if (inner.is_string()) {  // as those of 64 bits are written
        std::int64_t read = 0;
        const json::string& text = inner.get_string();
        const auto end = std::from_chars(text.data(), text.data() + text.size(), read);
        const bool is_whole = end.ec == std::errc{} && end.ptr == text.data() + text.size();
        return is_whole ? std::optional{static_cast<double>(read)} : std::nullopt;
    }
    return inner.is_number() ? std::optional{inner.to_number<double>()} : std::nullopt;
}

const json::value* ProtoFields::find(std::string_view name) {
    known_.emplace_back(name);
    return object_.if_contains(name);
}

std::string ProtoFields::text(std::string_view name) {
    const json::value* value = find(name);
    if (value == nullptr) {
        return "";
    }
    if (!value->is_string()) {
        wrong(name, "a text is expected");
        return "";
    }
    return std::string{value->get_string()};
}

std::optional<bool> ProtoFields::flag(std::string_view name) {
    const json::value* value = unwrapped(find(name));
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_bool()) {
        wrong(name, "true or false is expected");
        return std::nullopt;
    }
    return value->get_bool();
}

std::optional<double> ProtoFields::number(std::string_view name) {
    const json::value* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    constexpr double most = 4'294'967'295;  // what 32 bits hold
    const auto read = proto_number(*value);
    if (!read || *read < 0 || *read > most) {
        wrong(name, "a number is expected, from 0 to 4294967295");
        return std::nullopt;
    }
    return read;
}

std::optional<Duration> ProtoFields::duration(std::string_view name) {
    const json::value* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    const auto read =
        value->is_string() ? parse_duration(value->get_string()) : Result<Duration>{Error{}};
    if (!read || *read < Duration::zero()) {
        wrong(name, "a duration is expected: \"1.5s\"");
        return std::nullopt;
    }
    return *read;
}

void ProtoFields::require(std::string_view name) {
    if (!has(name)) {
        wrong(name, "value is required");
    }
}

const json::object* ProtoFields::as_it_stands(std::string_view name) {
    const json::value* value = find(name);
    return value != nullptr ? value->if_object() : nullptr;
}

void ProtoFields::no_effect(std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        if (find(name) != nullptr) {
            problems_.no_effect.push_back(below(name));
        }
    }
}

void ProtoFields::pass_over(std::initializer_list<std::string_view> names) {
    known_.insert(known_.end(), names.begin(), names.end());
}

void ProtoFields::wrong(std::string_view name, std::string_view why) {
    if (problems_.error.empty()) {
        problems_.error = below(name) + ": " + std::string{why};
    }
}

void ProtoFields::not_simulated(std::string_view name) {
    if (problems_.not_simulated.empty()) {
        problems_.not_simulated = below(name);
    }
}

void ProtoFields::finish() {
    for (const auto& member : object_) {
        if (std::ranges::find(known_, std::string_view{member.key()}) == known_.end()) {
            not_simulated(member.key());
        }
    }
}

mesh::FractionalPercent read_fraction(ProtoFields& fraction) {
    using Denominator = mesh::FractionalPercent::Denominator;
    mesh::FractionalPercent read;
    fraction.take("numerator", read.numerator);
    const std::string name = fraction.text("denominator");
    read.denominator = name == "MILLION"        ? Denominator::Million
                       : name == "TEN_THOUSAND" ? Denominator::TenThousand
                                                : Denominator::Hundred;
    return read;
}

}  // namespace wavetank::sim
