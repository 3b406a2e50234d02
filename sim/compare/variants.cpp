#include <wavetank/sim/compare.hpp>

#include "sim/cluster/plan.hpp"

#include <charconv>
#include <filesystem>
#include <set>
#include <string_view>
#include <utility>

namespace wavetank::sim {
namespace {

using api::appsv1::Deployment;
using api::autoscalingv2::HorizontalPodAutoscaler;

/// "web.replicas=3"; without a name, all Deployments that are meant.
struct Sizing {
    std::string name;
    std::int32_t replicas = 0;
};

Error variant_error(const std::string& word, const std::string& what) {
    return {.reason = Reason::BadRequest, .message = "\"" + word + "\" " + what};
}

Result<std::optional<Sizing>> read_sizing(const std::string& word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || std::filesystem::exists(word)) {
        return std::optional<Sizing>{};
    }
    std::string_view left = std::string_view{word}.substr(0, equals);
    constexpr std::string_view field = "replicas";
    if (!left.ends_with(field)) {
        return variant_error(word, "is neither a file nor replicas=N or DEPLOYMENT.replicas=N");
    }
    left.remove_suffix(field.size());
    if (!left.empty() && (left.size() == 1 || !left.ends_with('.'))) {
        return variant_error(word, "is neither a file nor replicas=N or DEPLOYMENT.replicas=N");
    }
    Sizing sizing{.name = std::string{left.substr(0, left.empty() ? 0 : left.size() - 1)}};
    const char* const begin = word.data() + equals + 1;
    const char* const end = word.data() + word.size();
    const auto [rest, problem] = std::from_chars(begin, end, sizing.replicas);
    if (problem != std::errc{} || rest != end || sizing.replicas < 0) {
        return variant_error(word, "has no whole number of replicas");
    }
    return std::optional{std::move(sizing)};
}

Result<codec::Manifest> read_all(const std::vector<std::string>& paths) {
    codec::Manifest manifest = read_manifests(paths, codec::Recursion::No);
    if (!manifest.errors.empty()) {
        return combined(manifest.errors);
    }
    return manifest;
}

std::string name_of(const codec::ManifestObject& object) {
    return (object.namespace_.empty() ? "default" : object.namespace_) + "/" + object.name;
}

/// Adds the Deployments that autoscalers of a manifest scale.
void add_targets(const codec::Manifest& manifest, std::set<std::string>& targets) {
    for (const codec::ManifestObject& object : manifest.objects) {
        if (object.gvk.kind != api::kind_info<HorizontalPodAutoscaler>.kind ||
            object.gvk.version != "v2") {
            continue;
        }
        codec::Diagnostics ignored;
        const auto decoded =
            object.decode_as<HorizontalPodAutoscaler>(codec::Mode::Strict, ignored);
        if (decoded.spec.scaleTargetRef.kind == "Deployment") {
            targets.insert((object.namespace_.empty() ? "default" : object.namespace_) + "/" +
                           decoded.spec.scaleTargetRef.name);
        }
    }
}

/// What an autoscaler of the base would undo; it has to go.
std::vector<std::string> autoscalers_of(const codec::Manifest& manifest) {
    std::vector<std::string> names;
    for (const codec::ManifestObject& object : manifest.objects) {
        if (object.gvk.kind == api::kind_info<HorizontalPodAutoscaler>.kind) {
            names.push_back(name_of(object));
        }
    }
    return names;
}

store::Key key_from(const std::string& name) {
    const std::size_t slash = name.find('/');
    return {name.substr(0, slash), name.substr(slash + 1)};
}

Variant fixed(const std::string& word, std::int32_t replicas, std::vector<std::string> deployments,
              std::vector<std::string> autoscalers) {
    std::string fingerprint = word;
    for (const std::string& name : deployments) {
        fingerprint += " " + name;
    }
    return {
        .name = word,
        .apply = [replicas, deployments = std::move(deployments),
                  autoscalers = std::move(autoscalers)](Simulation& simulation) -> Result<void> {
            for (const std::string& name : autoscalers) {
                static_cast<void>(
                    simulation.registry().remove<HorizontalPodAutoscaler>(key_from(name)));
            }
            for (const std::string& name : deployments) {
                if (auto scaled = simulation.scale(key_from(name), replicas); !scaled) {
                    return scaled;
                }
            }
            return {};
        },
        .fingerprint = std::move(fingerprint)};
}

std::string text_of(const codec::Manifest& manifest) {
    std::string text;
    for (const codec::ManifestObject& object : manifest.objects) {
        text += boost::json::serialize(object.json()) + "\n";
    }
    return text;
}

}  // namespace

Result<std::vector<Variant>> make_variants(const std::vector<std::string>& words,
                                           const std::vector<std::string>& base) {
    const auto base_manifest = read_all(base);
    if (!base_manifest) {
        return base_manifest.error();
    }
    std::vector<std::string> all;
    for (const codec::ManifestObject& object : base_manifest->objects) {
        if (object.gvk.kind == api::kind_info<Deployment>.kind) {
            all.push_back(name_of(object));
        }
    }
    std::set<std::string> scaled;
    add_targets(*base_manifest, scaled);
    std::vector<std::pair<std::string, std::optional<Sizing>>> read;
    for (const std::string& word : words) {
        auto sizing = read_sizing(word);
        if (!sizing) {
            return sizing.error();
        }
        if (!*sizing) {
            const auto manifest = read_all({word});
            if (!manifest) {
                return manifest.error();
            }
            add_targets(*manifest, scaled);
        }
        read.emplace_back(word, *std::move(sizing));
    }
    const std::vector<std::string> meant =
        scaled.empty() ? all : std::vector<std::string>{scaled.begin(), scaled.end()};
    std::vector<Variant> variants;
    for (const auto& [word, sizing] : read) {
        if (sizing) {
            std::vector<std::string> deployments = meant;
            if (!sizing->name.empty()) {
                deployments.clear();
                for (const std::string& name : all) {
                    if (key_from(name).name == sizing->name) {
                        deployments.push_back(name);
                    }
                }
            }
            if (deployments.empty()) {
                return variant_error(word, "means a Deployment that is not there");
            }
            variants.push_back(fixed(word, sizing->replicas, std::move(deployments),
                                     autoscalers_of(*base_manifest)));
            variants.back().fingerprint += "\n" + text_of(*base_manifest);
        } else {
            variants.push_back(
                {.name = std::filesystem::path{word}.stem().string(),
                 .apply =
                     [path = word](Simulation& simulation) { return simulation.apply_file(path); },
                 .fingerprint = text_of(*read_all({word})) + text_of(*base_manifest)});
        }
    }
    std::set<std::string> names;
    for (const Variant& variant : variants) {
        if (!names.insert(variant.name).second) {
            return variant_error(variant.name, "is the name of two variants");
        }
    }
    return variants;
}

}  // namespace wavetank::sim
