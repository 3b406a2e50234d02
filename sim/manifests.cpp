#include <wavetank/sim/manifests.hpp>

#include "sim/cluster/plan.hpp"

#include <wavetank/codec/manifest.hpp>
#include <wavetank/codec/yaml.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

codec::Manifest read(const std::vector<std::string>& paths, codec::Recursion recursion) {
    return codec::read_manifest_files(paths, {.recursion = recursion});
}

// What a server writes into metadata; a manifest that was read back from one has them.
constexpr std::array<std::string_view, 7> server_fields{
    "uid",      "resourceVersion", "generation",       "creationTimestamp",
    "selfLink", "managedFields",   "deletionTimestamp"};

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

std::string file_name_of(const codec::ManifestObject& object) {
    std::string kind = object.gvk.kind;
    std::transform(kind.begin(), kind.end(), kind.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const bool elsewhere = !object.namespace_.empty() && object.namespace_ != "default";
    return kind + "-" + (elsewhere ? object.namespace_ + "-" : "") + object.name + ".yaml";
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
    const codec::Manifest manifest = read(paths, recursion);
    CheckResult result{.objects = manifest.objects.size(), .errors = manifest.errors};
    const Plan plan = make_plan(manifest, result.errors);
    const std::vector<Error> refused = rehearse(plan.objects);
    result.errors.insert(result.errors.end(), refused.begin(), refused.end());
    return result;
}

Result<std::vector<ExportedFile>> export_manifests(const std::vector<std::string>& paths,
                                                   codec::Recursion recursion) {
    const codec::Manifest manifest = read(paths, recursion);
    std::vector<Error> errors = manifest.errors;
    const Plan plan = make_plan(manifest, errors);
    if (errors.empty()) {
        errors = rehearse(plan.objects);
    }
    if (!errors.empty()) {
        return combined(errors);
    }
    std::vector<ExportedFile> files;
    std::set<std::string> names;
    for (const auto* objects : {&plan.objects, &plan.ignored}) {
        for (const codec::ManifestObject& object : *objects) {
            std::string name = file_name_of(object);
            while (!names.insert(name).second) {
                name.insert(name.size() - 5, "-" + std::to_string(names.size()));
            }
            files.push_back({.name = name, .text = codec::to_yaml(cleaned(object.json()))});
        }
    }
    files.push_back({.name = "kustomization.yaml", .text = kustomization(files)});
    return files;
}

}  // namespace wavetank::sim
