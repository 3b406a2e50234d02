// What a Scenario says of images and kubelets.

#include "sim/cluster/own_kinds.hpp"

#include <wavetank/node/image_name.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <system_error>

namespace wavetank::sim {
namespace {

using api::wavetankv1::ImageRegistry;
using api::wavetankv1::KubeletSettings;

const std::string kubelet_field = "spec.kubelet.";

// What a later Scenario does not say stays as it is.
void put_over(KubeletSettings& settings, const KubeletSettings& later) {
    const auto take = [](auto& mine, const auto& theirs) {
        if (theirs) {
            mine = theirs;
        }
    };
    take(settings.serializeImagePulls, later.serializeImagePulls);
    take(settings.maxParallelImagePulls, later.maxParallelImagePulls);
    for (const auto& [signal, text] : later.evictionHard) {
        settings.evictionHard[signal] = text;
    }
    take(settings.imageGCHighThresholdPercent, later.imageGCHighThresholdPercent);
    take(settings.imageGCLowThresholdPercent, later.imageGCLowThresholdPercent);
    take(settings.nodeStatusMaxImages, later.nodeStatusMaxImages);
    take(settings.processesMax, later.processesMax);
}

std::int64_t image_bytes(const std::string& field, const api::Quantity& size, Checker& check) {
    constexpr std::int64_t most = std::int64_t{1} << 50;  // of many images, the sum is a number
    const std::int64_t bytes = check.bytes(field, size);
    if (bytes > most) {
        check.invalid(field, "Invalid value: " + size.to_string() + ": must be at most 1Pi");
        return most;
    }
    return bytes;
}

void read_registry(SimulationOptions& options, PlannedNodeSettings& settings,
                   const ImageRegistry& registry, Checker& check) {
    if (registry.bandwidth) {
        constexpr double bits_of_byte = 8;
        const double bits =
            check.factor("spec.registry.bandwidth", registry.bandwidth, bits_of_byte);
        settings.bytes_per_second = std::max<std::int64_t>(1, std::llround(bits / bits_of_byte));
    }
    for (std::size_t i = 0; i < registry.images.size(); ++i) {
        const auto& image = registry.images[i];
        const std::string field = "spec.registry.images[" + std::to_string(i) + "].";
        if (image.name.empty()) {
            check.invalid(field + "name", "Required value: as containers have it");
        }
        auto& sizes = options.image_sizes ? *options.image_sizes : options.image_sizes.emplace();
        const std::int64_t bytes = image_bytes(field + "size", image.size, check);
        if (!sizes.emplace(node::listed_name(image.name), bytes).second) {
            check.invalid(field + "name", "Duplicate value: \"" + image.name + "\"");
        }
    }
}

void read_pulls(SimulationOptions& options, const PlannedNodeSettings& planned, Checker& check) {
    const KubeletSettings& settings = planned.kubelet;
    if (!planned.bytes_per_second && !settings.serializeImagePulls &&
        !settings.maxParallelImagePulls) {
        return;
    }
    const bool is_serial = settings.serializeImagePulls.value_or(true);
    const std::string field = kubelet_field + "maxParallelImagePulls";
    const std::uint32_t most = check.count(field, settings.maxParallelImagePulls, 1).value_or(0);
    if (is_serial && most > 1) {
        check.invalid(field, "Invalid value: " + std::to_string(most) +
                                 ": must not be larger than 1 unless serializeImagePulls is false");
    }
    options.image_pulls =
        node::ImagePulls{.bytes_per_second = planned.bytes_per_second.value_or(0),
                         .order = is_serial ? node::PullOrder::Serial : node::PullOrder::Parallel,
                         .parallel_max = static_cast<std::int32_t>(most)};
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

// As upstream's `parseThresholdStatement`, which takes them for no threshold at all.
bool is_ignored(const std::string& threshold) {
    return threshold == "0%" || threshold == "100%";
}

// Reads a percentage, "7.5%".
double percentage(const std::string& field, const std::string& text, Checker& check) {
    double part = 0;
    const char* const end = text.data() + text.size() - 1;
    const auto [read_to, error] = std::from_chars(text.data(), end, part);
    const bool is_one = error == std::errc{} && read_to == end && part >= 0 && part <= 100;
    if (!is_one) {
        check.invalid(field, "Invalid value: \"" + text + "\": must be between 0% and 100%");
    }
    return is_one ? part : 0;
}

// A departure: parts of a hundred are not divided further.
std::int32_t whole_percentage(const std::string& field, const std::string& text, Checker& check) {
    const double part = is_ignored(text) ? 0 : percentage(field, text, check);
    if (part != std::floor(part)) {
        check.invalid(field, "Invalid value: \"" + text + "\": must be a whole percentage");
    }
    return static_cast<std::int32_t>(part);
}

// Reads an amount, or a part of `whole`: "10%". Memory is of each node, so parts of it are not
// simulated.
std::int64_t threshold(const std::string& field, const std::string& text,
                       std::optional<std::int64_t> whole, Checker& check) {
    if (is_ignored(text)) {
        return 0;
    }
    if (text.ends_with('%') && whole) {
        constexpr double all = 100;
        return static_cast<std::int64_t>(static_cast<double>(*whole) *
                                         percentage(field, text, check) / all);
    }
    const auto amount = api::Quantity::parse(text);
    if (text.ends_with('%') || !amount || amount->value() <= 0) {
        check.invalid(field,
                      "Invalid value: \"" + text + "\": must be an amount above 0: \"100Mi\"");
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
            rules.disk_available_percent = whole_percentage(field, text, check);
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
        constexpr std::int64_t most = 4'194'304;  // the kernel's PID_MAX_LIMIT
        if (*settings.processesMax < 1 || *settings.processesMax > most) {
            check.invalid(kubelet_field + "processesMax",
                          "Invalid value: " + std::to_string(*settings.processesMax) +
                              ": must be between 1 and " + std::to_string(most) + ", inclusive");
        } else {
            rules.processes_max = *settings.processesMax;
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

void read_node_settings(SimulationOptions& options, PlannedNodeSettings& settings,
                        const api::wavetankv1::ScenarioSpec& spec, Checker& check) {
    if (spec.registry) {
        read_registry(options, settings, *spec.registry, check);
    }
    if (spec.kubelet) {
        put_over(settings.kubelet, *spec.kubelet);
        read_eviction(options, settings.kubelet, check);
        options.status_images_max = spec.kubelet->nodeStatusMaxImages;
        if (options.status_images_max.value_or(-1) < -1) {
            check.invalid(kubelet_field + "nodeStatusMaxImages",
                          "Invalid value: " + std::to_string(*options.status_images_max) +
                              ": must be -1 or greater");
        }
    }
    if (spec.registry || spec.kubelet) {
        read_pulls(options, settings, check);
    }
}

}  // namespace wavetank::sim
