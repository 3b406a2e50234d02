#include "registry/pod/containers.hpp"
#include "registry/pod/warnings.hpp"

#include <map>
#include <optional>

namespace wavetank::registry {
namespace {

using namespace api::corev1;

// A file of a volume and, if several write to it, who does.
struct Target {
    std::string path;
    std::string source;

    bool operator==(const Target&) const = default;
};

std::string to_text(const Target& target) {
    return target.source.empty() ? api::quoted(target.path)
                                 : api::quoted(target.path) + " (" + target.source + ")";
}

bool overlaps(const Target& one, const Target& other) {
    if (one.path.empty() || other.path.empty()) {
        return false;
    }
    return one == other || (one.path + "/").starts_with(other.path + "/") ||
           (other.path + "/").starts_with(one.path + "/");
}

// For the items of Secrets and ConfigMaps, and for those of the downward API.
template <class I>
std::vector<Target> targets_of(const std::vector<I>& items, const std::string& source) {
    std::vector<Target> targets;
    for (const I& item : items) {
        targets.push_back({.path = item.path, .source = source});
    }
    return targets;
}

std::vector<Target> targets_of(const PodCertificateProjection& certificate) {
    std::vector<Target> targets;
    const auto add = [&](const std::string& path, const char* source) {
        if (!path.empty()) {
            targets.push_back({.path = path, .source = source});
        }
    };
    add(certificate.certificateChainPath, "PodCertificate chain");
    add(certificate.keyPath, "PodCertificate key");
    add(certificate.credentialBundlePath, "PodCertificate credential bundle");
    return targets;
}

std::vector<Target> targets_of(const VolumeProjection& source) {
    if (source.configMap && !source.configMap->items.empty()) {
        return targets_of(source.configMap->items,
                          "ConfigMap " + api::quoted(source.configMap->name));
    }
    if (source.secret && !source.secret->items.empty()) {
        return targets_of(source.secret->items, "Secret " + api::quoted(source.secret->name));
    }
    if (source.downwardAPI && !source.downwardAPI->items.empty()) {
        return targets_of(source.downwardAPI->items, "DownwardAPI");
    }
    if (source.serviceAccountToken) {
        return {{.path = source.serviceAccountToken->path, .source = "ServiceAccountToken"}};
    }
    if (const auto& bundle = source.clusterTrustBundle) {
        return {{.path = bundle->path,
                 .source = "ClusterTrustBundle " +
                           api::quoted(bundle->name.value_or(bundle->signerName.value_or("")))}};
    }
    return source.podCertificate ? targets_of(*source.podCertificate) : std::vector<Target>{};
}

Warnings overlaps_among(std::vector<Target> targets, const std::string& volume) {
    Warnings warnings;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        while (targets[i].path.ends_with('/')) {
            targets[i].path.pop_back();
        }
        for (std::size_t j = 0; j < i; ++j) {
            if (overlaps(targets[i], targets[j])) {
                warnings.push_back(volume + ": overlapping paths: " + to_text(targets[i]) +
                                   " with " + to_text(targets[j]));
            }
        }
    }
    return warnings;
}

bool is_empty(const VolumeProjection& source) {
    return source == VolumeProjection{};
}

Warnings projected_warnings(const Volume& volume) {
    Warnings warnings;
    const std::string name = "volume " + api::quoted(volume.name) + " (Projected)";
    std::vector<Target> all;
    for (const VolumeProjection& source : volume.projected->sources) {
        if (is_empty(source)) {
            warnings.push_back(name + " has no sources provided");
        }
        for (Target& target : targets_of(source)) {
            all.push_back(std::move(target));
        }
    }
    append(warnings, overlaps_among(std::move(all), name));
    return warnings;
}

// A port as one container has it, and where.
struct Claim {
    Path path;
    ContainerPort port;
};

std::optional<std::string> conflict_of(const ContainerPort& port, const ContainerPort& other) {
    if (port.hostIP == other.hostIP && port.hostPort == other.hostPort) {
        return "duplicate";
    }
    if (port.hostPort == 0 || other.hostPort == 0) {
        return "overlapping";
    }
    if (port.hostPort == other.hostPort && port.hostIP.empty() != other.hostIP.empty()) {
        return "dangerously ambiguous";
    }
    return std::nullopt;
}

// Writes a port as Go prints the struct.
std::string to_text(const ContainerPort& port) {
    return "{Name:" + port.name + " HostPort:" + std::to_string(port.hostPort) +
           " ContainerPort:" + std::to_string(port.containerPort) + " Protocol:" + port.protocol +
           " HostIP:" + port.hostIP + "}";
}

}  // namespace

Warnings overlap_warnings(const std::vector<Volume>& volumes) {
    Warnings warnings;
    for (const Volume& volume : volumes) {
        const std::string name = "volume " + api::quoted(volume.name);
        if (volume.configMap) {
            append(warnings, overlaps_among(targets_of(volume.configMap->items, ""),
                                            name + " (ConfigMap " +
                                                api::quoted(volume.configMap->name) + ")"));
        }
        if (volume.secret) {
            append(warnings, overlaps_among(targets_of(volume.secret->items, ""),
                                            name + " (Secret " +
                                                api::quoted(volume.secret->secretName) + ")"));
        }
        if (volume.downwardAPI) {
            append(warnings, overlaps_among(targets_of(volume.downwardAPI->items, ""),
                                            name + " (DownwardAPI)"));
        }
        if (volume.projected) {
            append(warnings, projected_warnings(volume));
        }
    }
    return warnings;
}

Warnings port_warnings(const PodSpecBody& spec, const Path& path) {
    Warnings warnings;
    std::map<std::string, std::vector<Claim>> claims;
    for_each_container(spec, path, [&](const Container& container, const Path& at) {
        for (std::size_t i = 0; i < container.ports.size(); ++i) {
            const ContainerPort& port = container.ports[i];
            const Path own = (at / "ports")[i];
            if (!port.hostIP.empty() && port.hostPort == 0) {
                warnings.push_back(own.text() + ": hostIP set without hostPort: " + to_text(port));
            }
            auto& others = claims[std::to_string(port.containerPort) + "/" + port.protocol];
            for (const Claim& other : others) {
                if (const auto conflict = conflict_of(port, other.port)) {
                    warnings.push_back(own.text() + ": " + *conflict + " port definition with " +
                                       other.path.text());
                }
            }
            others.push_back({.path = own, .port = port});
        }
    });
    std::map<std::string, std::string> names;
    for_each_container(spec, path, [&](const Container& container, const Path& at) {
        for (std::size_t i = 0; i < container.ports.size(); ++i) {
            const std::string& name = container.ports[i].name;
            const Path own = (at / "ports")[i];
            if (name.empty()) {
                continue;
            }
            if (const auto [other, fresh] = names.try_emplace(name, own.text()); !fresh) {
                warnings.push_back(own.text() + ": duplicate port name " + api::quoted(name) +
                                   " with " + other->second +
                                   ", services and probes that select ports by name will use " +
                                   other->second);
            }
        }
    });
    return warnings;
}

}  // namespace wavetank::registry
