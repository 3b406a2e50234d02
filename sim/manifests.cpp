#include <wavetank/sim/manifests.hpp>

#include "sim/cluster/plan.hpp"

#include <wavetank/codec/manifest.hpp>
#include <wavetank/codec/yaml.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <utility>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

// What a server writes into metadata; a manifest that was read back from one has them.
constexpr std::array<std::string_view, 8> server_fields{
    "uid",      "resourceVersion", "generation",        "creationTimestamp",
    "selfLink", "managedFields",   "deletionTimestamp", "deletionGracePeriodSeconds"};

json::object cleaned(const json::object& object) {
    json::object copy = object;
    copy.erase("status");
    if (json::value* metadata = copy.if_contains("metadata");
        metadata != nullptr && metadata->is_object()) {
        for (const std::string_view field : server_fields) {
            metadata->as_object().erase(field);
        }
    }
    return copy;
}

// What an object is called in a folder: "deployment-web". Names of some kinds have colons and
// slashes ("system:node"), which file systems or shells mind; a dash stands for them. Cut, as a
// file's name has 255 bytes at most.
std::string stem_of(const codec::ManifestObject& object) {
    constexpr std::size_t longest = 200;
    const bool elsewhere = !object.namespace_.empty() && object.namespace_ != "default";
    std::string stem = object.gvk.kind + "-" + (elsewhere ? object.namespace_ + "_" : "") +
                       (object.name.empty() ? object.generate_name : object.name);
    for (char& letter : stem) {
        const auto byte = static_cast<unsigned char>(letter);
        letter = static_cast<char>(std::tolower(byte));
        if (std::isalnum(byte) == 0 && letter != '.' && letter != '_') {
            letter = '-';
        }
    }
    return stem.substr(0, longest);
}

// Names files so that no two objects meet: "role-a.yaml", then "role-a_2.yaml", which sorts behind
// it.
class FileNames {
public:
    std::string next(const codec::ManifestObject& object) {
        const std::string stem = stem_of(object);
        std::string name = stem + ".yaml";
        for (int number = 2; !taken_.insert(name).second; ++number) {
            name = stem + "_" + std::to_string(number) + ".yaml";
        }
        return name;
    }

private:
    std::set<std::string> taken_;
};

// Adds an error for each object that is described a second time: of two, a folder of manifests
// says nothing about which is meant, and kustomize refuses it.
void refuse_twins(const std::vector<const codec::ManifestObject*>& objects,
                  std::vector<Error>& errors) {
    std::map<std::array<std::string, 4>, const codec::ManifestObject*> seen;
    for (const codec::ManifestObject* object : objects) {
        const std::string namespace_ = object->namespace_.empty() ? "default" : object->namespace_;
        const auto [first, is_new] = seen.try_emplace(
            {object->gvk.group, object->gvk.kind, namespace_, object->name}, object);
        if (!is_new && !object->name.empty()) {
            const SourcePosition& where = first->second->where;
            errors.push_back({.reason = Reason::AlreadyExists,
                              .message = object->gvk.kind + " \"" + object->name +
                                         "\" is described twice, first at " + where.file + ":" +
                                         std::to_string(where.line) +
                                         "; an export holds each object once",
                              .where = object->where});
        }
    }
}

// A kustomization that does more than list files would be lost: it is not built, and the export
// has one of its own.
void refuse_changes(const codec::ManifestObject& object, std::vector<Error>& errors) {
    constexpr std::array<std::string_view, 4> harmless{"apiVersion", "kind", "metadata",
                                                       "resources"};
    for (const auto& member : object.json()) {
        const std::string_view key = member.key();
        if (std::find(harmless.begin(), harmless.end(), key) == harmless.end()) {
            errors.push_back({.reason = Reason::BadRequest,
                              .message = "the kustomization's \"" + std::string{key} +
                                         "\" would be lost; export what kustomize builds: "
                                         "kubectl kustomize DIR | wavetank export -f -",
                              .where = object.where});
        }
    }
}

std::string kustomization(const std::vector<ExportedFile>& files) {
    json::array resources;
    for (const ExportedFile& file : files) {
        resources.emplace_back(file.name);
    }
    return codec::to_yaml(json::object{{"apiVersion", "kustomize.config.k8s.io/v1beta1"},
                                       {"kind", "Kustomization"},
                                       {"resources", std::move(resources)}});
}

}  // namespace

CheckResult check_manifests(const std::vector<std::string>& paths, codec::Recursion recursion) {
    const codec::Manifest manifest = read_manifests(paths, recursion);
    CheckResult result{.objects = manifest.objects.size(), .errors = manifest.errors};
    const Plan plan = make_plan(manifest, result.errors);
    const std::vector<Error> refused = rehearse(plan.objects);
    result.errors.insert(result.errors.end(), refused.begin(), refused.end());
    return result;
}

Result<std::vector<ExportedFile>> export_manifests(const std::vector<std::string>& paths,
                                                   codec::Recursion recursion) {
    const codec::Manifest manifest = read_manifests(paths, recursion);
    std::vector<Error> errors = manifest.errors;
    const Plan plan = make_plan(manifest, errors);
    if (errors.empty()) {
        errors = rehearse(plan.objects);
    }
    std::vector<const codec::ManifestObject*> objects;
    for (const auto* some : {&plan.objects, &plan.istio, &plan.ignored}) {
        for (const codec::ManifestObject& object : *some) {
            objects.push_back(&object);
        }
    }
    refuse_twins(objects, errors);
    for (const codec::ManifestObject& kustomization : plan.kustomizations) {
        refuse_changes(kustomization, errors);
    }
    if (!errors.empty()) {
        return combined(errors);
    }
    std::vector<ExportedFile> files;
    FileNames names;
    for (const codec::ManifestObject* object : objects) {
        files.push_back(
            {.name = names.next(*object), .text = codec::to_yaml(cleaned(object->json()))});
    }
    files.push_back({.name = "kustomization.yaml", .text = kustomization(files)});
    return files;
}

}  // namespace wavetank::sim
