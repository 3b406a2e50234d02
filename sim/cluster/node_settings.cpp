// What a Scenario says of images and kubelets.

#include "sim/cluster/own_kinds.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace wavetank::sim {
namespace {

using api::wavetankv1::ImageRegistry;
using api::wavetankv1::KubeletSettings;

const std::string kubelet_field = "spec.kubelet.";

void read_registry(SimulationOptions& options, const ImageRegistry& registry, Checker& check) {
    if (registry.bandwidth) {
        constexpr double bits_of_byte = 8;
        const double bits =
            check.factor("spec.registry.bandwidth", registry.bandwidth, bits_of_byte);
        options.image_pulls.emplace().bytes_per_second =
            std::max<std::int64_t>(1, std::llround(bits / bits_of_byte));
    }
    for (std::size_t i = 0; i < registry.images.size(); ++i) {
        const auto& image = registry.images[i];
        const std::string field = "spec.registry.images[" + std::to_string(i) + "].";
        if (image.name.empty()) {
            check.invalid(field + "name", "Required value: as containers have it");
        }
        auto& sizes = options.image_sizes ? *options.image_sizes : options.image_sizes.emplace();
        if (!sizes.emplace(image.name, check.bytes(field + "size", image.size)).second) {
            check.invalid(field + "name", "Duplicate value: \"" + image.name + "\"");
        }
    }
}

void read_pulls(SimulationOptions& options, const KubeletSettings& settings, Checker& check) {
    if (!settings.serializeImagePulls && !settings.maxParallelImagePulls) {
        return;
    }
    auto& pulls = options.image_pulls ? *options.image_pulls : options.image_pulls.emplace();
    const bool is_serial = settings.serializeImagePulls.value_or(true);
    pulls.order = is_serial ? node::PullOrder::Serial : node::PullOrder::Parallel;
    const std::string field = kubelet_field + "maxParallelImagePulls";
    const std::uint32_t most = check.count(field, settings.maxParallelImagePulls, 1).value_or(0);
    if (is_serial && most > 1) {
        check.invalid(field, "Invalid value: " + std::to_string(most) +
                                 ": must not be larger than 1 unless serializeImagePulls is false");
    }
    pulls.parallel_max = static_cast<std::int32_t>(most);
}

std::int32_t percent(const std::string& field, const std::optional<std::int32_t>& value,
                     std::int32_t by_default, Checker& check) {
    constexpr std::int32_t all = 100;
    const std::int32_t read = value.value_or(by_default);
    if (read < 0 || read > all) {
        check.invalid(field, "Invalid value: " + std::to_string(read) +
                                 ": must be between 0 and 100, inclusive");
        return by_default;
    }
    return read;
}

// Reads an amount, or a part of `whole`: "10%". Of memory and disks, which are of each node, one of
// both is not simulated.
std::int64_t threshold(const std::string& field, const std::string& text,
                       std::optional<std::int64_t> whole, Checker& check) {
    if (text.ends_with('%')) {
        const auto part = api::Quantity::parse(text.substr(0, text.size() - 1));
        constexpr std::int64_t all = 100;
        if (!whole || !part || part->value() < 0 || part->value() > all) {
            check.invalid(field, "Invalid value: \"" + text + "\": must be " +
                                     (whole ? "between 0% and 100%" : "an amount: \"100Mi\""));
            return 0;
        }
        return *whole * part->value() / all;
    }
    const auto amount = api::Quantity::parse(text);
    if (!amount || amount->value() < 0) {
        check.invalid(field, "Invalid value: \"" + text + "\": must be an amount of at least 0");
        return 0;
    }
    return amount->value();
}

// As upstream, what the map does not name is off.
void read_thresholds(node::EvictionRules& rules, const KubeletSettings& settings, Checker& check) {
    rules.memory_available = 0;
    rules.disk_available_percent = 0;
    rules.processes_available = 0;
    for (const auto& [signal, text] : settings.evictionHard) {
        const std::string field = kubelet_field + "evictionHard[" + signal + "]";
        if (signal == "memory.available") {
            rules.memory_available = threshold(field, text, std::nullopt, check);
        } else if (signal == "pid.available") {
            rules.processes_available = threshold(field, text, rules.processes_max, check);
        } else if (signal == "imagefs.available" && text.ends_with('%')) {
            rules.disk_available_percent =
                static_cast<std::int32_t>(threshold(field, text, 100, check));
        } else if (signal == "imagefs.available") {
            check.invalid(field, "Invalid value: \"" + text + "\": must be a percentage: \"15%\"");
        } else {
            check.invalid(field, "Unsupported value: \"" + signal +
                                     "\": supported values: \"imagefs.available\", "
                                     "\"memory.available\", \"pid.available\"");
        }
    }
}

void read_eviction(SimulationOptions& options, const KubeletSettings& settings, Checker& check) {
    node::EvictionRules rules;
    if (settings.processesMax) {
        rules.processes_max = *settings.processesMax;
        if (rules.processes_max < 1) {
            check.invalid(
                kubelet_field + "processesMax",
                "Invalid value: " + std::to_string(rules.processes_max) + ": must be at least 1");
        }
    }
    if (!settings.evictionHard.empty()) {
        read_thresholds(rules, settings, check);
    }
    rules.image_gc_high_percent =
        percent(kubelet_field + "imageGCHighThresholdPercent", settings.imageGCHighThresholdPercent,
                rules.image_gc_high_percent, check);
    rules.image_gc_low_percent =
        percent(kubelet_field + "imageGCLowThresholdPercent", settings.imageGCLowThresholdPercent,
                rules.image_gc_low_percent, check);
    if (rules.image_gc_low_percent >= rules.image_gc_high_percent) {
        check.invalid(kubelet_field + "imageGCLowThresholdPercent",
                      "Invalid value: " + std::to_string(rules.image_gc_low_percent) +
                          ": must be less than imageGCHighThresholdPercent, " +
                          std::to_string(rules.image_gc_high_percent));
    }
    options.eviction = rules;
}

}  // namespace

void read_node_settings(SimulationOptions& options, const api::wavetankv1::ScenarioSpec& spec,
                        Checker& check) {
    if (spec.registry) {
        read_registry(options, *spec.registry, check);
    }
    if (!spec.kubelet) {
        return;
    }
    const KubeletSettings& settings = *spec.kubelet;
    read_pulls(options, settings, check);
    read_eviction(options, settings, check);
    if (settings.nodeStatusMaxImages) {
        options.status_images_max = *settings.nodeStatusMaxImages;
        if (*settings.nodeStatusMaxImages < -1) {
            check.invalid(kubelet_field + "nodeStatusMaxImages",
                          "Invalid value: " + std::to_string(*settings.nodeStatusMaxImages) +
                              ": must be -1 or greater");
        }
    }
}

}  // namespace wavetank::sim
