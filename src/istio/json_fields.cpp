#include "istio/json_fields.hpp"

#include <algorithm>
#include <cmath>

namespace wavetank::istio {

const json::value* field(const json::object* message, std::string_view name) {
    const json::value* found = message == nullptr ? nullptr : message->if_contains(name);
    const bool is_absent =
        found == nullptr || found->is_null() || (found->is_array() && found->get_array().empty());
    return is_absent ? nullptr : found;
}

const json::object* message_in(const json::object* message, std::string_view name) {
    const json::value* found = field(message, name);
    return found == nullptr ? nullptr : found->if_object();
}

const json::array* list_in(const json::object* message, std::string_view name) {
    const json::value* found = field(message, name);
    return found == nullptr ? nullptr : found->if_array();
}

std::vector<const json::object*> messages_in(const json::object* message, std::string_view name) {
    std::vector<const json::object*> messages;
    if (const json::array* list = list_in(message, name)) {
        for (const json::value& each : *list) {
            if (each.is_object()) {
                messages.push_back(&each.get_object());
            }
        }
    }
    return messages;
}

std::vector<std::string> texts_in(const json::object* message, std::string_view name) {
    std::vector<std::string> texts;
    if (const json::array* list = list_in(message, name)) {
        for (const json::value& each : *list) {
            if (each.is_string()) {
                texts.emplace_back(each.get_string());
            }
        }
    }
    return texts;
}

std::string text_in(const json::object* message, std::string_view name) {
    const json::value* found = field(message, name);
    return found != nullptr && found->is_string() ? std::string{found->get_string()}
                                                  : std::string{};
}

bool flag_in(const json::object* message, std::string_view name) {
    const json::value* found = field(message, name);
    return found != nullptr && found->is_bool() && found->get_bool();
}

double number_in(const json::object* message, std::string_view name) {
    const json::value* found = field(message, name);
    return found != nullptr && found->is_number() ? found->to_number<double>() : 0;
}

std::int64_t integer_in(const json::object* message, std::string_view name) {
    return static_cast<std::int64_t>(number_in(message, name));
}

std::optional<Duration> duration_in(const json::object* message, std::string_view name) {
    const json::value* found = field(message, name);
    if (found == nullptr || !found->is_string()) {
        return std::nullopt;
    }
    const auto parsed = parse_duration(std::string_view{found->get_string()});
    return parsed ? std::optional{*parsed} : std::nullopt;
}

Labels labels_in(const json::object* message, std::string_view name) {
    Labels labels;
    if (const json::object* map = message_in(message, name)) {
        for (const auto& [key, value] : *map) {
            labels[std::string{key}] = value.is_string() ? std::string{value.get_string()} : "";
        }
    }
    return labels;
}

std::string proto_duration(Duration duration) {
    constexpr std::int64_t second = 1'000'000'000;
    const std::int64_t count = std::chrono::nanoseconds{duration}.count();
    const std::int64_t whole = std::abs(count / second);
    std::string fraction = std::to_string(std::abs(count % second));
    fraction.insert(0, 9 - fraction.size(), '0');
    while (fraction.ends_with("000")) {
        fraction.resize(fraction.size() - 3);
    }
    return (count < 0 ? "-" : "") + std::to_string(whole) +
           (fraction.empty() ? "" : "." + fraction) + "s";
}

void copy_duration(const json::object* from, std::string_view name, json::object& to,
                   std::string_view as) {
    if (const auto duration = duration_in(from, name)) {
        to[as] = proto_duration(*duration);
    }
}

bool is_subset(const Labels& some, const Labels& all) {
    return std::ranges::all_of(some, [&](const auto& label) {
        const auto found = all.find(label.first);
        return found != all.end() && found->second == label.second;
    });
}

const std::string& label_of(const Labels& labels, std::string_view name) {
    static const std::string none;
    const auto found = labels.find(name);
    return found == labels.end() ? none : found->second;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    std::size_t start = 0;
    while (true) {
        const std::size_t end = text.find(separator, start);
        parts.emplace_back(text.substr(start, end - start));
        if (end == std::string_view::npos) {
            return parts;
        }
        start = end + 1;
    }
}

std::string lower_case(std::string_view text) {
    std::string lower{text};
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    return lower;
}

bool equal_fold(std::string_view one, std::string_view other) {
    return lower_case(one) == lower_case(other);
}

json::value proto_number(double number) {
    if (std::floor(number) == number && std::abs(number) < 1e15) {
        return static_cast<std::int64_t>(number);
    }
    return number;
}

}  // namespace wavetank::istio
