#include "store/naming.hpp"

#include <wavetank/store/store.hpp>

#include <algorithm>
#include <cstddef>

namespace wavetank::store {
namespace {

std::string resource_name(const KindWords& words) {
    return words.group.empty() ? words.plural : words.plural + "." + words.group;
}

Error error_about(Reason reason, const KindWords& words, const std::string& name) {
    Error error;
    error.reason = reason;
    error.subject = {.group = words.group, .kind = words.plural, .name = name, .uid = {}};
    return error;
}

}  // namespace

Key unstructured_key(const api::GroupVersionKind& gvk, const Key& key) {
    return {key.namespace_, gvk.group + "/" + gvk.version + "/" + gvk.kind + "/" + key.name};
}

KindWords words_of_kind(const api::GroupVersionKind& gvk) {
    if (const api::KindInfo* info = api::find_kind(gvk)) {
        return {std::string{info->group}, std::string{info->plural}};
    }
    std::string plural = gvk.kind + "s";
    std::ranges::transform(plural, plural.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return {gvk.group, plural};
}

std::pair<KindWords, std::string> words_of_unstructured_key(const Key& key) {
    std::string parts[3];
    std::size_t begin = 0;
    for (std::string& part : parts) {
        const std::size_t slash = key.name.find('/', begin);
        if (slash == std::string::npos) {
            return {{}, key.name};
        }
        part = key.name.substr(begin, slash - begin);
        begin = slash + 1;
    }
    return {words_of_kind({parts[0], parts[1], parts[2]}), key.name.substr(begin)};
}

Error already_exists(const KindWords& words, const std::string& name) {
    Error error = error_about(Reason::AlreadyExists, words, name);
    error.message = resource_name(words) + " \"" + name + "\" already exists";
    return error;
}

Error not_found(const KindWords& words, const std::string& name) {
    Error error = error_about(Reason::NotFound, words, name);
    error.message = resource_name(words) + " \"" + name + "\" not found";
    return error;
}

Error conflict(const KindWords& words, const std::string& name) {
    Error error = error_about(Reason::Conflict, words, name);
    error.message = "Operation cannot be fulfilled on " + resource_name(words) + " \"" + name +
                    "\": the object has been modified; please apply your changes to the latest "
                    "version and try again";
    return error;
}

Error expired(std::uint64_t version, std::uint64_t oldest) {
    Error error;
    error.reason = Reason::Expired;
    error.message = "too old resource version: " + std::to_string(version) + " (" +
                    std::to_string(oldest) + ")";
    return error;
}

ObjectName<api::Unstructured>::ObjectName(const api::Unstructured& object)
    : key_(unstructured_key(object.gvk, key_of(object))) {}

Key sort_name(const api::Unstructured& object) {
    return unstructured_key(object.gvk, key_of(object));
}

}  // namespace wavetank::store
