#include "mesh/balancing/subset_metadata.hpp"

#include <wavetank/mesh/host.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <map>

namespace wavetank::mesh {
namespace {

namespace json = boost::json;

json::value with_doubles(const json::value& value) {
    if (value.is_number()) {
        return value.to_number<double>();
    }
    if (const json::array* array = value.if_array()) {
        json::array result;
        for (const json::value& element : *array) {
            result.push_back(with_doubles(element));
        }
        return result;
    }
    if (const json::object* object = value.if_object()) {
        std::map<std::string_view, json::value> sorted;
        for (const auto& [key, member] : *object) {
            sorted.emplace(key, with_doubles(member));
        }
        json::object result;
        for (auto& [key, member] : sorted) {
            result.emplace(key, std::move(member));
        }
        return result;
    }
    return value;
}

std::vector<std::string> texts_of(const json::value& value, bool list_as_any) {
    std::vector<std::string> texts;
    if (list_as_any && value.is_array()) {
        for (const json::value& element : value.get_array()) {
            texts.push_back(canonical_text(element));
        }
    } else {
        texts.push_back(canonical_text(value));
    }
    return texts;
}

}  // namespace

std::string canonical_text(const json::value& value) {
    return json::serialize(with_doubles(value));
}

SubsetKey subset_key_of(const json::object& criteria) {
    SubsetKey key;
    for (const auto& [name, value] : criteria) {
        key.pairs.emplace_back(name, canonical_text(value));
    }
    std::ranges::sort(key.pairs);
    return key;
}

// An empty list in the first place is passed over, and the next key begins anew, as upstream.
std::vector<SubsetKey> subset_keys_of(const LbEndpoint& endpoint,
                                      const std::vector<std::string>& keys, bool list_as_any) {
    std::vector<SubsetKey> made;
    for (const std::string& key : keys) {
        const json::value* value = endpoint.metadata.find(lb_metadata, key);
        if (value == nullptr) {
            return {};
        }
        const std::vector<SubsetKey> before =
            made.empty() ? std::vector<SubsetKey>{SubsetKey{}} : std::exchange(made, {});
        for (const SubsetKey& start : before) {
            for (const std::string& text : texts_of(*value, list_as_any)) {
                made.push_back(start);
                made.back().pairs.emplace_back(key, text);
            }
        }
    }
    return made;
}

bool has_metadata(const LbEndpoint& endpoint, const json::object& wanted, bool list_as_any) {
    return std::ranges::all_of(wanted, [&](const json::key_value_pair& pair) {
        const json::value* value = endpoint.metadata.find(lb_metadata, pair.key());
        if (value == nullptr) {
            return false;
        }
        const std::vector<std::string> texts = texts_of(*value, list_as_any);
        return std::ranges::find(texts, canonical_text(pair.value())) != texts.end();
    });
}

json::object only_keys(const json::object& criteria, const std::vector<std::string>& keys) {
    json::object result;
    for (const auto& [key, value] : criteria) {
        if (std::ranges::binary_search(keys, std::string_view{key})) {
            result.emplace(key, value);
        }
    }
    return result;
}

}  // namespace wavetank::mesh
