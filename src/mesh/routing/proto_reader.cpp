#include "mesh/routing/proto_reader.hpp"

#include <algorithm>
#include <charconv>

namespace wavetank::mesh {

namespace json = boost::json;

const json::value* ProtoReader::find(std::string_view member) {
    known_.push_back(member);
    const json::value* found = object_.if_contains(member);
    return found == nullptr || found->is_null() ? nullptr : found;
}

void ProtoReader::refuse(const std::string& at, std::string_view why) {
    if (!problem_) {
        problem_ = Error{.reason = Reason::Invalid, .message = at + ": " + std::string{why}};
    }
}

void ProtoReader::ignore(std::initializer_list<std::string_view> members) {
    known_.insert(known_.end(), members);
}

void ProtoReader::finish() {
    for (const auto& member : object_) {
        if (std::ranges::find(known_, std::string_view{member.key()}) == known_.end()) {
            refuse(below(member.key()), "is not understood");
        }
    }
}

std::string ProtoReader::text(std::string_view member, std::string otherwise) {
    const json::value* found = find(member);
    if (found == nullptr) {
        return otherwise;
    }
    if (!found->is_string()) {
        wrong(member, "a text is expected");
        return otherwise;
    }
    return std::string{found->get_string()};
}

bool ProtoReader::flag(std::string_view member) {
    const json::value* found = find(member);
    if (found != nullptr && found->is_object()) {  // a wrapped one
        found = found->get_object().if_contains("value");
    }
    if (found != nullptr && !found->is_bool()) {
        wrong(member, "true or false is expected");
        return false;
    }
    return found != nullptr && found->get_bool();
}

bool ProtoReader::flag_or_true(std::string_view member) {
    return has(member) ? flag(member) : (ignore({member}), true);
}

std::optional<double> ProtoReader::number(std::string_view member) {
    const json::value* found = find(member);
    if (found != nullptr && found->is_object()) {
        const json::value* inner = found->get_object().if_contains("value");
        if (inner == nullptr) {
            return 0;
        }
        found = inner;
    }
    if (found == nullptr) {
        return std::nullopt;
    }
    if (found->is_number()) {
        return found->to_number<double>();
    }
    if (found->is_string()) {
        const std::string_view text = found->get_string();
        std::int64_t number = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (failure == std::errc{} && end == text.data() + text.size()) {
            return static_cast<double>(number);
        }
    }
    wrong(member, "a number is expected");
    return std::nullopt;
}

std::optional<Duration> ProtoReader::duration(std::string_view member) {
    if (!has(member)) {
        known_.push_back(member);
        return std::nullopt;
    }
    const std::string written = text(member);
    const auto parsed = parse_duration(written);
    if (!parsed) {
        wrong(member, "a duration is expected, such as 1.5s");
        return std::nullopt;
    }
    return *parsed;
}

std::vector<std::string> ProtoReader::texts(std::string_view member) {
    std::vector<std::string> read;
    const json::value* found = find(member);
    if (found == nullptr) {
        return read;
    }
    if (!found->is_array()) {
        wrong(member, "a list is expected");
        return read;
    }
    for (const json::value& each : found->get_array()) {
        if (each.is_string()) {
            read.emplace_back(each.get_string());
        } else {
            wrong(member, "texts are expected");
        }
    }
    return read;
}

json::object ProtoReader::as_it_stands(std::string_view member) {
    const json::value* found = find(member);
    return found == nullptr || !found->is_object() ? json::object{} : found->get_object();
}

json::array ProtoReader::as_list(std::string_view member) {
    const json::value* found = find(member);
    return found == nullptr || !found->is_array() ? json::array{} : found->get_array();
}

}  // namespace wavetank::mesh
