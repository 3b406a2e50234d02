#include "scheduler/plugins/plugins.hpp"

#include <algorithm>

namespace wavetank::scheduler::plugins {
namespace {

using api::corev1::Pod;

constexpr std::int64_t mebibyte = 1024 * 1024;
constexpr std::int64_t score_bytes_min = 23 * mebibyte;
constexpr std::int64_t score_bytes_max_per_image = 1000 * mebibyte;

std::string with_tag(const std::string& name) {
    const auto colon = name.rfind(':');
    const auto slash = name.rfind('/');
    const bool tagged = colon != std::string::npos && (slash == std::string::npos || colon > slash);
    return tagged ? name : name + ":latest";
}

struct WantedImages {
    std::vector<std::string> names;
};

WantedImages wanted_images(const Pod& pod) {
    WantedImages wanted;
    for (const auto& container : pod.spec->initContainers) {
        wanted.names.push_back(with_tag(container.image));
    }
    for (const auto& container : pod.spec->containers) {
        wanted.names.push_back(with_tag(container.image));
    }
    for (const auto& volume : pod.spec->volumes) {
        if (volume.image) {
            wanted.names.push_back(with_tag(volume.image->reference));
        }
    }
    return wanted;
}

/// Prefers nodes that have the pod's images; an image that many nodes have counts more, lest the
/// pods of one image crowd on few nodes (kube-scheduler's `imagelocality`).
class ImageLocality final : public Plugin, public ScorePlugin, public CacheablePlugin {
public:
    explicit ImageLocality(const Snapshot* snapshot) : snapshot_(snapshot) {}

    [[nodiscard]] std::string_view name() const override {
        return "ImageLocality";
    }

    [[nodiscard]] std::int64_t score(const CycleState& /*state*/, const Pod& pod,
                                     const NodeInfo& node) const override {
        if (node.images().empty()) {
            return 0;
        }
        const WantedImages wanted = wanted_images(pod);
        std::int64_t bytes = 0;
        for (const std::string& image : wanted.names) {
            if (const auto state = node.images().find(image); state != node.images().end()) {
                const double spread = static_cast<double>(state->second->nodes) /
                                      static_cast<double>(snapshot_->nodes().size());
                bytes +=
                    static_cast<std::int64_t>(static_cast<double>(state->second->size) * spread);
            }
        }
        const std::int64_t most =
            score_bytes_max_per_image * static_cast<std::int64_t>(wanted.names.size());
        bytes = bytes < score_bytes_min ? score_bytes_min : std::min(bytes, most);
        return node_score_max * (bytes - score_bytes_min) / (most - score_bytes_min);
    }

    [[nodiscard]] Dependence dependence(const Pod& /*pod*/,
                                        const Snapshot& /*snapshot*/) const override {
        return Dependence::NodeObject;
    }
    // An image that no node has adds nothing anywhere.
    [[nodiscard]] bool finds_nodes_alike(const Pod& pod, const Snapshot& snapshot) const override {
        return std::ranges::none_of(wanted_images(pod).names, [&](const std::string& image) {
            return snapshot.has_image(image);
        });
    }

private:
    const Snapshot* snapshot_;
};

}  // namespace

Made make_image_locality(const boost::json::object& /*args*/, const PluginContext& context) {
    return std::unique_ptr<Plugin>(std::make_unique<ImageLocality>(context.snapshot));
}

}  // namespace wavetank::scheduler::plugins
