#include <wavetank/codec/patch.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavetank::codec {
namespace {

namespace json = boost::json;

constexpr std::string_view directive = "$patch";
constexpr std::string_view retain_keys = "$retainKeys";
constexpr std::string_view element_order = "$setElementOrder/";
constexpr std::string_view delete_from_list = "$deleteFromPrimitiveList/";

// What the type says of the value at hand; null for what it does not know.
struct Schema {
    const api::TypeInfo* type = nullptr;
    const api::FieldFacts* facts = nullptr;

    [[nodiscard]] std::string_view merge_key() const {
        return facts != nullptr ? facts->patch_key : std::string_view{};
    }
    [[nodiscard]] bool merges_list() const {
        return facts != nullptr && (facts->patch_set || !facts->patch_key.empty());
    }
};

const api::TypeInfo* without_wrapping(const api::TypeInfo* type) {
    while (type != nullptr &&
           (type->kind == api::TypeKind::Optional || type->kind == api::TypeKind::Shared)) {
        type = &type->element();
    }
    return type;
}

Schema schema_of(const api::TypeInfo* type, std::string_view key) {
    type = without_wrapping(type);
    if (type == nullptr || type->kind != api::TypeKind::Object) {
        return {};
    }
    if (const api::FieldInfo* field = type->find(key)) {
        return {without_wrapping(&field->type()), &field->facts};
    }
    for (const api::FieldInfo& field : type->fields) {
        if (field.facts.inlined) {
            if (const Schema found = schema_of(&field.type(), key); found.type != nullptr) {
                return found;
            }
        }
    }
    return {};
}

const api::TypeInfo* element_of(const Schema& list) {
    const bool is_list = list.type != nullptr && list.type->kind == api::TypeKind::List;
    return is_list ? without_wrapping(&list.type->element()) : nullptr;
}

const json::value* member(const json::value& value, std::string_view key) {
    const json::object* object = value.if_object();
    return object != nullptr ? object->if_contains(key) : nullptr;
}

// Takes what a patch adds as it is, without nulls and directives. Nothing is left of a map with a
// `$patch` of its own.
std::optional<json::value> plain(const json::value& value) {
    if (const json::object* object = value.if_object()) {
        if (object->contains(directive)) {
            return std::nullopt;
        }
        json::object kept;
        for (const auto& [key, inner] : *object) {
            if (inner.is_null() || std::string_view{key}.starts_with('$')) {
                continue;
            }
            if (auto taken = plain(inner)) {
                kept.emplace(key, std::move(*taken));
            }
        }
        return kept;
    }
    if (const json::array* array = value.if_array()) {
        json::array kept;
        for (const json::value& inner : *array) {
            if (auto taken = plain(inner)) {
                kept.push_back(std::move(*taken));
            }
        }
        return kept;
    }
    return value;
}

// Merges one patch. Goes no further after the first failure.
class StrategicPatch {
public:
    json::value run(json::value document, const json::value& patch, const api::TypeInfo& type) {
        if (!patch.is_object() || !document.is_object()) {
            return document;
        }
        return merge_map(std::move(document.get_object()), patch.get_object(), &type);
    }

    [[nodiscard]] const std::optional<Error>& error() const {
        return error_;
    }

private:
    void fail(std::string message) {
        if (!error_) {
            error_ = Error{.reason = Reason::InternalError, .message = std::move(message)};
        }
    }

    static std::string go_map(const json::object& object) {
        std::vector<std::string> members;
        for (const auto& [key, value] : object) {
            members.push_back(
                std::string{key} + ":" +
                (value.is_string() ? std::string{value.get_string()} : json::serialize(value)));
        }
        std::ranges::sort(members);
        std::string text = "map[";
        for (const std::string& shown : members) {
            text += (text.size() > 4 ? " " : "") + shown;
        }
        return text + "]";
    }

    json::object merge_map(json::object original, const json::object& patch,
                           const api::TypeInfo* type) {
        if (const json::value* wanted = patch.if_contains(directive)) {
            return replaced_map(*wanted, patch);
        }
        if (const json::value* kept = patch.if_contains(retain_keys)) {
            retain(original, *kept);
        }
        std::vector<std::string> ordered;
        for (const auto& [key, order] : patch) {
            if (std::string_view{key}.starts_with(element_order)) {
                ordered.emplace_back(std::string_view{key}.substr(element_order.size()));
                merge_ordered(original, patch, ordered.back(), order, type);
            }
        }
        for (const auto& [key, value] : patch) {
            const bool done = std::string_view{key}.starts_with(element_order) ||
                              key == retain_keys || std::ranges::count(ordered, key) != 0;
            if (!done) {
                merge_member(original, key, value, type);
            }
        }
        return original;
    }

    json::object replaced_map(const json::value& wanted, const json::object& patch) {
        if (wanted == "replace") {
            json::object result = patch;
            result.erase(directive);
            return result;
        }
        if (wanted != "delete") {
            const std::string shown =
                wanted.is_string() ? std::string{wanted.get_string()} : json::serialize(wanted);
            fail("unknown patch type: " + shown + " in map: " + go_map(patch));
        }
        return {};
    }

    static void retain(json::object& original, const json::value& kept) {
        std::vector<std::string> gone;
        for (const auto& [key, value] : original) {
            const bool stays = kept.is_array() &&
                               std::ranges::find(kept.get_array(), key) != kept.get_array().end();
            if (!stays) {
                gone.emplace_back(key);
            }
        }
        for (const std::string& key : gone) {
            original.erase(key);
        }
    }

    void merge_member(json::object& original, std::string_view key, const json::value& value,
                      const api::TypeInfo* type) {
        const bool deletes = key.starts_with(delete_from_list);
        if (deletes) {
            delete_values(original, key.substr(delete_from_list.size()), value);
            return;
        }
        if (value.is_null()) {
            original.erase(key);
            return;
        }
        json::value* current = original.if_contains(key);
        const Schema schema = schema_of(type, key);
        if (current != nullptr && current->is_object() && value.is_object()) {
            *current = merge_map(std::move(current->get_object()), value.get_object(), schema.type);
        } else if (current != nullptr && current->is_array() && value.is_array()) {
            *current = merge_list(std::move(current->get_array()), value.get_array(), schema);
        } else if (auto taken = plain(value)) {
            original.insert_or_assign(key, std::move(*taken));
        } else {
            original.erase(key);
        }
    }

    static void delete_values(json::object& original, std::string_view key,
                              const json::value& values) {
        json::value* current = original.if_contains(key);
        if (current == nullptr || !current->is_array() || !values.is_array()) {
            return;
        }
        json::array kept;
        for (const json::value& value : current->get_array()) {
            if (std::ranges::find(values.get_array(), value) == values.get_array().end()) {
                kept.push_back(value);
            }
        }
        *current = std::move(kept);
    }

    json::array merge_list(json::array original, const json::array& patch, const Schema& schema) {
        if (!schema.merges_list()) {
            return patch;
        }
        const json::array before = original;
        if (schema.merge_key().empty()) {
            for (const json::value& value : patch) {
                if (std::ranges::find(original, value) == original.end()) {
                    original.push_back(value);
                }
            }
            return in_order(std::move(original), patch, before, {});
        }
        json::array additions;
        if (take_directives(original, patch, additions, schema.merge_key())) {
            original.clear();
        }
        merge_elements(original, additions, schema);
        return in_order(std::move(original), additions, before, schema.merge_key());
    }

    // Carries out the elements with a `$patch`, collects the others; returns whether the list is
    // replaced.
    bool take_directives(json::array& original, const json::array& patch, json::array& additions,
                         std::string_view merge_key) {
        bool replaces = false;
        for (const json::value& element : patch) {
            const json::value* wanted = member(element, directive);
            if (wanted == nullptr) {
                additions.push_back(element);
            } else if (*wanted == "replace") {
                replaces = true;
            } else if (*wanted == "delete") {
                erase_matching(original, element, merge_key);
            } else {
                (void)replaced_map(*wanted, element.get_object());
            }
        }
        return replaces;
    }

    void erase_matching(json::array& list, const json::value& element, std::string_view merge_key) {
        const json::value* key = member(element, merge_key);
        if (key == nullptr) {
            return fail("delete patch type with no merge key defined");
        }
        json::array kept;
        for (const json::value& candidate : list) {
            const json::value* other = member(candidate, merge_key);
            if (other == nullptr || *other != *key) {
                kept.push_back(candidate);
            }
        }
        list = std::move(kept);
    }

    void merge_elements(json::array& original, const json::array& additions, const Schema& schema) {
        for (const json::value& element : additions) {
            const json::value* key = member(element, schema.merge_key());
            if (key == nullptr) {
                const std::string shown =
                    element.is_object() ? go_map(element.get_object()) : json::serialize(element);
                return fail("map: " + shown + " does not contain declared merge key: " +
                            std::string{schema.merge_key()});
            }
            const std::size_t index = position(original, element, schema.merge_key());
            if (index < original.size()) {
                original[index] = merge_map(std::move(original[index].get_object()),
                                            element.get_object(), element_of(schema));
            } else if (auto taken = plain(element)) {
                original.push_back(std::move(*taken));
            }
        }
    }

    // Returns where `list` has an element of the same key, or of the same value without a key; its
    // size if nowhere.
    static std::size_t position(const json::array& list, const json::value& element,
                                std::string_view merge_key) {
        const json::value* key = merge_key.empty() ? &element : member(element, merge_key);
        for (std::size_t i = 0; key != nullptr && i < list.size(); ++i) {
            const json::value* other = merge_key.empty() ? &list[i] : member(list[i], merge_key);
            if (other != nullptr && *other == *key) {
                return i;
            }
        }
        return list.size();
    }

    // Puts the elements that `order` names in its order and weaves the others in, as `before` has
    // them: one that stood in front of the next named one stays there.
    static json::array in_order(json::array merged, const json::array& order,
                                const json::array& before, std::string_view merge_key) {
        json::array named;
        json::array others;
        for (json::value& element : merged) {
            const bool is_named = position(order, element, merge_key) < order.size();
            (is_named ? named : others).push_back(std::move(element));
        }
        const auto sort_by = [&](json::array& list, const json::array& by) {
            std::vector<json::value> sorted{list.begin(), list.end()};
            std::ranges::stable_sort(sorted, {}, [&](const json::value& element) {
                return position(by, element, merge_key);
            });
            list = json::array(sorted.begin(), sorted.end());
        };
        sort_by(named, order);
        sort_by(others, before);
        json::array woven;
        std::size_t other = 0;
        for (json::value& element : named) {
            const std::size_t at = position(before, element, merge_key);
            while (other < others.size() && at < before.size() &&
                   position(before, others[other], merge_key) < at) {
                woven.push_back(std::move(others[other++]));
            }
            woven.push_back(std::move(element));
        }
        for (; other < others.size(); ++other) {
            woven.push_back(std::move(others[other]));
        }
        return woven;
    }

    void merge_ordered(json::object& original, const json::object& patch, const std::string& key,
                       const json::value& order, const api::TypeInfo* type) {
        const Schema schema = schema_of(type, key);
        const json::value* addition = patch.if_contains(key);
        const json::value* current = original.if_contains(key);
        const json::array before =
            current != nullptr && current->is_array() ? current->get_array() : json::array{};
        if (!order.is_array()) {
            return fail("expected a list for " + std::string{element_order} + key);
        }
        if (addition != nullptr) {
            check_order(*addition, order.get_array(), schema.merge_key());
            merge_member(original, key, *addition, type);
        }
        json::value* merged = original.if_contains(key);
        if (merged != nullptr && merged->is_array()) {
            *merged = in_order(std::move(merged->get_array()), order.get_array(), before,
                               schema.merge_key());
        }
    }

    // The order must name every element that the patch sets, and in the patch's own order.
    void check_order(const json::value& addition, const json::array& order,
                     std::string_view merge_key) {
        std::size_t from = 0;
        const json::array none;
        for (const json::value& element : addition.is_array() ? addition.get_array() : none) {
            if (member(element, directive) != nullptr) {
                continue;
            }
            const std::size_t at = position(order, element, merge_key);
            if (at >= order.size() || at < from) {
                return fail("The order in patch list:\n" + json::serialize(addition) +
                            "\n doesn't match $setElementOrder list:\n" + json::serialize(order) +
                            "\n");
            }
            from = at;
        }
    }

    std::optional<Error> error_;
};

}  // namespace

Result<json::value> apply_strategic_patch(json::value document, const json::value& patch,
                                          const api::TypeInfo& type) {
    StrategicPatch merge;
    json::value merged = merge.run(std::move(document), patch, type);
    if (merge.error()) {
        return *merge.error();
    }
    return merged;
}

}  // namespace wavetank::codec
