#include "registry/metadata.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace wavetank::registry {
namespace {

using api::metav1::ObjectMeta;
using api::metav1::OwnerReference;

constexpr std::string_view orphan_finalizer = "orphan";
constexpr std::string_view foreground_finalizer = "foregroundDeletion";

/// Writes an owner as upstream's error does, in JSON.
boost::json::object owner_json(const OwnerReference& owner) {
    boost::json::object object{{"apiVersion", owner.apiVersion},
                               {"kind", owner.kind},
                               {"name", owner.name},
                               {"uid", owner.uid}};
    if (owner.controller) {
        object["controller"] = *owner.controller;
    }
    if (owner.blockOwnerDeletion) {
        object["blockOwnerDeletion"] = *owner.blockOwnerDeletion;
    }
    return object;
}

FieldErrors validate_owner(const OwnerReference& owner, const Path& path) {
    FieldErrors errors;
    const auto gvk = api::GroupVersionKind::from(owner.apiVersion, owner.kind);
    if (owner.apiVersion.empty()) {
        errors.push_back(api::required_value(path / "apiVersion", "must not be empty"));
    } else if (gvk.version.empty() || gvk.version.find('/') != std::string::npos) {
        errors.push_back(api::invalid_value(path / "apiVersion", owner.apiVersion,
                                            "must be <group>/<version> or <version>"));
    }
    const std::array<std::pair<std::string_view, const std::string*>, 3> needed{
        {{"kind", &owner.kind}, {"name", &owner.name}, {"uid", &owner.uid}}};
    for (const auto& [field, value] : needed) {
        if (value->empty()) {
            errors.push_back(api::required_value(path / field, "must not be empty"));
        }
    }
    if (owner.apiVersion == "v1" && owner.kind == "Event") {
        errors.push_back(api::invalid_literal(path, boost::json::serialize(owner_json(owner)),
                                              "/v1, Kind=Event is disallowed from being an owner"));
    }
    return errors;
}

FieldErrors validate_owners(const std::vector<OwnerReference>& owners, const Path& path) {
    FieldErrors errors;
    std::string controller;
    for (std::size_t i = 0; i < owners.size(); ++i) {
        const OwnerReference& owner = owners[i];
        append(errors, validate_owner(owner, path[i]));
        if (!owner.controller.value_or(false)) {
            continue;
        }
        std::string name = owner.kind + "/" + owner.name;
        if (controller.empty()) {
            controller = std::move(name);
            continue;
        }
        boost::json::array all;
        for (const OwnerReference& each : owners) {
            all.push_back(owner_json(each));
        }
        errors.push_back(api::invalid_literal(path, boost::json::serialize(all),
                                              "Only one reference can have Controller set to true. "
                                              "Found \"true\" in references for " +
                                                  controller + " and " + name));
    }
    return errors;
}

FieldErrors validate_finalizers(const std::vector<std::string>& finalizers, const Path& path) {
    FieldErrors errors;
    bool orphan = false;
    bool foreground = false;
    for (const std::string& finalizer : finalizers) {
        append_problems(errors, path, finalizer, api::check_qualified_name(finalizer));
        orphan |= finalizer == orphan_finalizer;
        foreground |= finalizer == foreground_finalizer;
    }
    if (orphan && foreground) {
        boost::json::array all(finalizers.begin(), finalizers.end());
        errors.push_back(
            api::invalid_literal(path, boost::json::serialize(all),
                                 "finalizer orphan and foregroundDeletion cannot be both set"));
    }
    return errors;
}

FieldErrors validate_kube_finalizers(const std::vector<std::string>& finalizers, const Path& path) {
    FieldErrors errors;
    for (std::size_t i = 0; i < finalizers.size(); ++i) {
        const std::string& name = finalizers[i];
        const bool standard =
            name == "kubernetes" || name == orphan_finalizer || name == foreground_finalizer;
        if (name.find('/') == std::string::npos && !standard) {
            errors.push_back(api::invalid_value(
                path[i], name,
                "name is neither a standard finalizer name nor is it fully qualified"));
        }
    }
    return errors;
}

/// Checks labels, annotations and owners, except for those that are known to be right, as those of
/// an object that is stored are.
FieldErrors validate_shared_parts(Memos& memos, const ObjectMeta& metadata,
                                  const ObjectMeta* stored) {
    FieldErrors errors;
    const auto check = [&](auto& memo, auto ObjectMeta::*member, auto validate) {
        const auto& part = metadata.*member;
        const bool is_stored = stored != nullptr && part.same_as(stored->*member);
        if (is_stored || part->empty() || memo.find(part) != nullptr) {
            return;
        }
        FieldErrors found = validate();
        if (found.empty()) {
            memo.remember(part, Valid{});
        }
        append(errors, std::move(found));
    };
    check(memos.labels, &ObjectMeta::labels,
          [&] { return api::validate_labels(*metadata.labels, "metadata.labels"); });
    check(memos.annotations, &ObjectMeta::annotations,
          [&] { return api::validate_annotations(*metadata.annotations, "metadata.annotations"); });
    check(memos.owners, &ObjectMeta::ownerReferences, [&] {
        return validate_owners(*metadata.ownerReferences, Path{"metadata.ownerReferences"});
    });
    return errors;
}

FieldErrors validate_namespace_of(const ObjectMeta& metadata, Scope scope) {
    FieldErrors errors;
    const Path path{"metadata.namespace"};
    if (scope == Scope::Cluster) {
        if (!metadata.namespace_.empty()) {
            errors.push_back(api::forbidden_value(path, "not allowed on this type"));
        }
    } else if (metadata.namespace_.empty()) {
        errors.push_back(api::required_value(path, ""));
    } else {
        append_problems(errors, path, metadata.namespace_,
                        check_name(NameRule::DnsLabel, metadata.namespace_, api::NameForm::Whole));
    }
    return errors;
}

/// Writes the names as Go's `%#v` of a list of strings.
std::string go_list(const std::vector<std::string>& names) {
    std::string text = "[]string{";
    for (std::size_t i = 0; i < names.size(); ++i) {
        text += (i == 0 ? "" : ", ") + api::quoted(names[i]);
    }
    return text + "}";
}

FieldErrors validate_no_new_finalizers(const ObjectMeta& next, const ObjectMeta& old) {
    std::vector<std::string> extra;
    for (const std::string& name : next.rare->finalizers) {
        if (std::find(old.rare->finalizers.begin(), old.rare->finalizers.end(), name) ==
            old.rare->finalizers.end()) {
            extra.push_back(name);
        }
    }
    std::sort(extra.begin(), extra.end());
    extra.erase(std::unique(extra.begin(), extra.end()), extra.end());
    if (extra.empty()) {
        return {};
    }
    return {api::forbidden_value("metadata.finalizers",
                                 "no new finalizers can be added if the object is being deleted, "
                                 "found new finalizers " +
                                     go_list(extra))};
}

// Drops what a server does not keep of what clients say. Mostly there is nothing of all that.
void leave_unsaid(ObjectMeta& metadata, std::optional<std::int64_t> grace) {
    const api::metav1::RareMeta kept{.deletionGracePeriodSeconds = grace,
                                     .finalizers = metadata.rare->finalizers};
    if (*metadata.rare != kept) {
        metadata.rare = kept;
    }
}

}  // namespace

constexpr std::string_view name_alphabet = "bcdfghjklmnpqrstvwxz2456789";
constexpr std::size_t random_length = 5;
constexpr std::size_t prefix_length_max = 63 - random_length;

std::string generate_name(Random& random, std::string_view prefix) {
    std::string name{prefix.substr(0, prefix_length_max)};
    for (std::size_t i = 0; i < random_length; ++i) {
        name += name_alphabet[random.below(name_alphabet.size())];
    }
    return name;
}

bool is_generated_name(std::string_view name, std::string_view prefix) {
    prefix = prefix.substr(0, prefix_length_max);
    return !prefix.empty() && name.size() == prefix.size() + random_length &&
           name.starts_with(prefix) &&
           name.find_first_not_of(name_alphabet, prefix.size()) == std::string_view::npos;
}

api::Uid generate_uid(Random& random) {
    const std::uint64_t high = random.next();
    const std::uint64_t low = random.next();
    return api::Uid::random(high, low);
}

void begin_metadata(Cluster& cluster, ObjectMeta& metadata) {
    if (metadata.name.empty() && !metadata.generateName->empty()) {
        metadata.name = generate_name(cluster.random, *metadata.generateName);
    }
    metadata.uid = generate_uid(cluster.random);
    metadata.creationTimestamp = cluster.now();
    metadata.deletionTimestamp.reset();
    leave_unsaid(metadata, {});
}

api::NameProblems check_name(NameRule rule, std::string_view name, api::NameForm form) {
    switch (rule) {
        case NameRule::DnsLabel:
            return api::check_name_as_dns_label(name, form);
        case NameRule::PathSegment:
            return form == api::NameForm::Whole ? api::check_path_segment_name(name)
                                                : api::check_path_segment_prefix(name);
        case NameRule::DnsSubdomain:
            break;
    }
    return api::check_name_as_dns_subdomain(name, form);
}

FieldErrors validate_metadata(Cluster& cluster, const ObjectMeta& metadata, NameRule rule,
                              Scope scope) {
    FieldErrors errors;
    if (!metadata.generateName->empty()) {
        append_problems(errors, Path{"metadata.generateName"}, *metadata.generateName,
                        check_name(rule, *metadata.generateName, api::NameForm::Prefix));
    }
    if (metadata.name.empty()) {
        errors.push_back(api::required_value("metadata.name", "name or generateName is required"));
    } else {
        append_problems(errors, Path{"metadata.name"}, metadata.name,
                        check_name(rule, metadata.name, api::NameForm::Whole));
    }
    append(errors, validate_namespace_of(metadata, scope));
    if (metadata.generation < 0) {
        errors.push_back(api::invalid_value("metadata.generation", metadata.generation,
                                            "must be greater than or equal to 0"));
    }
    append(errors, validate_shared_parts(cluster.memos, metadata, nullptr));
    if (!metadata.rare->finalizers.empty()) {
        const Path path{"metadata.finalizers"};
        append(errors, validate_finalizers(metadata.rare->finalizers, path));
        if (rule != NameRule::PathSegment) {  // that of the kinds with no rules of their own
            append(errors, validate_kube_finalizers(metadata.rare->finalizers, path));
        }
    }
    return errors;
}

void begin_update(ObjectMeta& next, const ObjectMeta& old) {
    next.generation = old.generation;
    if (next.uid.empty()) {
        next.uid = old.uid;
    }
    const auto& grace = next.rare->deletionGracePeriodSeconds;
    leave_unsaid(next, grace ? grace : old.rare->deletionGracePeriodSeconds);
    next.creationTimestamp = old.creationTimestamp;
    if (old.deletionTimestamp) {
        next.deletionTimestamp = old.deletionTimestamp;
    }
}

FieldErrors validate_metadata_update(Cluster& cluster, const ObjectMeta& next,
                                     const ObjectMeta& old) {
    constexpr std::string_view immutable = "field is immutable";
    FieldErrors errors;
    if (old.deletionTimestamp) {
        append(errors, validate_no_new_finalizers(next, old));
    }
    if (next.uid != old.uid) {
        errors.push_back(api::invalid_value("metadata.uid", next.uid.str(), immutable));
    }
    if (next.deletionTimestamp != old.deletionTimestamp) {
        const std::string value = next.deletionTimestamp
                                      ? api::quoted(to_rfc3339(next.deletionTimestamp->value))
                                      : "null";
        errors.push_back(api::invalid_literal("metadata.deletionTimestamp", value, immutable));
    }
    if (next.rare->deletionGracePeriodSeconds != old.rare->deletionGracePeriodSeconds) {
        const std::string value = next.rare->deletionGracePeriodSeconds
                                      ? std::to_string(*next.rare->deletionGracePeriodSeconds)
                                      : "null";
        errors.push_back(
            api::invalid_literal("metadata.deletionGracePeriodSeconds", value, immutable));
    }
    append(errors, validate_shared_parts(cluster.memos, next, &old));
    if (!next.rare->finalizers.empty() && !(next.rare->finalizers == old.rare->finalizers)) {
        append(errors,
               validate_kube_finalizers(next.rare->finalizers, Path{"metadata.finalizers"}));
    }
    return errors;
}

FieldErrors validate_finalizer(std::string_view name, const Path& path) {
    FieldErrors errors;
    append_problems(errors, path, name, api::check_qualified_name(name));
    if (name.find('/') == std::string_view::npos && name != "kubernetes" &&
        name != orphan_finalizer && name != foreground_finalizer) {
        errors.push_back(api::invalid_value(
            path, name, "name is neither a standard finalizer name nor is it fully qualified"));
    }
    return errors;
}

}  // namespace wavetank::registry
