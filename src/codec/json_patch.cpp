#include "codec/number.hpp"

#include <wavetank/codec/patch.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavetank::codec {
namespace {

namespace json = boost::json;

Error cannot_apply(std::string message) {
    return {.reason = Reason::Invalid, .message = std::move(message)};
}

// What stands before the first slash is not looked at, as upstream has it.
std::vector<std::string> steps_of(std::string_view pointer) {
    std::vector<std::string> steps;
    std::size_t slash = pointer.find('/');
    while (slash != std::string_view::npos) {
        const std::size_t next = pointer.find('/', slash + 1);
        std::string step;
        const std::string_view written = pointer.substr(slash + 1, next - slash - 1);
        for (std::size_t at = 0; at < written.size(); ++at) {
            const bool escaped = written[at] == '~' && at + 1 < written.size() &&
                                 (written[at + 1] == '0' || written[at + 1] == '1');
            step += escaped ? (written[at + 1] == '0' ? '~' : '/') : written[at];
            at += escaped ? 1 : 0;
        }
        steps.push_back(std::move(step));
        slash = next;
    }
    return steps;
}

// Returns the index that a step names in a list of `size` places; negative ones count from the end.
std::optional<std::size_t> index_of(const std::string& step, std::size_t size) {
    const auto number = integer_of(step);
    const auto count = static_cast<std::int64_t>(size);
    if (!number || *number >= count || *number < -count) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(*number < 0 ? *number + count : *number);
}

json::value* child_of(json::value& parent, const std::string& step) {
    if (json::object* object = parent.if_object()) {
        return object->if_contains(step);
    }
    if (json::array* array = parent.if_array()) {
        const auto index = index_of(step, array->size());
        return index ? &(*array)[*index] : nullptr;
    }
    return nullptr;
}

json::value* parent_of(json::value& document, const std::vector<std::string>& steps) {
    json::value* at = &document;
    for (std::size_t i = 0; at != nullptr && i + 1 < steps.size(); ++i) {
        at = child_of(*at, steps[i]);
    }
    return steps.empty() ? nullptr : at;
}

json::value* find(json::value& document, std::string_view pointer) {
    const std::vector<std::string> steps = steps_of(pointer);
    json::value* parent = parent_of(document, steps);
    return parent != nullptr ? child_of(*parent, steps.back()) : nullptr;
}

bool add(json::value& document, std::string_view pointer, json::value value) {
    const std::vector<std::string> steps = steps_of(pointer);
    json::value* parent = parent_of(document, steps);
    if (parent == nullptr) {
        return false;
    }
    if (json::object* object = parent->if_object()) {
        object->insert_or_assign(steps.back(), std::move(value));
        return true;
    }
    json::array* array = parent->if_array();
    if (array == nullptr) {
        return false;
    }
    const auto index = steps.back() == "-" ? std::optional{array->size()}
                                           : index_of(steps.back(), array->size() + 1);
    if (!index) {
        return false;
    }
    array->insert(array->begin() + *index, std::move(value));
    return true;
}

bool remove(json::value& document, std::string_view pointer) {
    const std::vector<std::string> steps = steps_of(pointer);
    json::value* parent = parent_of(document, steps);
    if (parent == nullptr || child_of(*parent, steps.back()) == nullptr) {
        return false;
    }
    if (json::object* object = parent->if_object()) {
        object->erase(steps.back());
    } else {
        json::array& array = parent->get_array();
        array.erase(array.begin() + *index_of(steps.back(), array.size()));
    }
    return true;
}

std::string_view text_of(const json::object& operation, std::string_view member) {
    const json::value* value = operation.if_contains(member);
    return value != nullptr && value->is_string() ? std::string_view{value->get_string()}
                                                  : std::string_view{};
}

bool apply_one(json::value& document, const json::object& operation) {
    const std::string_view op = text_of(operation, "op");
    const std::string_view path = text_of(operation, "path");
    const json::value* given = operation.if_contains("value");
    const json::value value = given != nullptr ? *given : json::value{};
    if (op == "add") {
        return add(document, path, value);
    }
    if (op == "remove") {
        return remove(document, path);
    }
    if (op == "replace") {
        json::value* at = find(document, path);
        return at != nullptr && (*at = value, true);
    }
    if (op == "test") {
        const json::value* at = find(document, path);
        return at != nullptr ? *at == value : value.is_null();
    }
    if (op != "move" && op != "copy") {
        return false;
    }
    const std::string_view from = text_of(operation, "from");
    const json::value* source = find(document, from);
    if (source == nullptr) {
        return false;
    }
    json::value moved = *source;
    return (op == "copy" || remove(document, from)) && add(document, path, std::move(moved));
}

}  // namespace

Result<json::value> apply_json_patch(json::value document, const json::value& patch) {
    if (!patch.is_array()) {
        return Error{.reason = Reason::BadRequest, .message = "invalid JSON patch"};
    }
    for (const json::value& operation : patch.get_array()) {
        if (!operation.is_object()) {
            return Error{.reason = Reason::BadRequest, .message = "invalid JSON patch"};
        }
        if (!apply_one(document, operation.get_object())) {
            return cannot_apply("the server rejected our request due to an error in our request");
        }
    }
    return document;
}

json::value apply_merge_patch(json::value document, const json::value& patch) {
    if (!patch.is_object()) {
        return patch;
    }
    if (!document.is_object()) {
        document = json::object{};
    }
    json::object& object = document.get_object();
    for (const auto& [key, value] : patch.get_object()) {
        if (value.is_null()) {
            object.erase(key);
        } else {
            json::value& member = object[key];
            member = apply_merge_patch(std::move(member), value);
        }
    }
    return document;
}

}  // namespace wavetank::codec
