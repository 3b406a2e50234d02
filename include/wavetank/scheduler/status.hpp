#pragma once

/// \file
/// What a plugin says of a pod, or of a pod on a node.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::scheduler {

/// Kubernetes' `framework.Code`.
enum class Code : std::uint8_t {
    Success,
    Error,                         ///< something broke; the pod is tried again after its back-off
    Unschedulable,                 ///< does not fit now; evicting pods could help
    UnschedulableAndUnresolvable,  ///< does not fit, and evicting pods would not help
    Wait,                          ///< Permit alone: not yet
    Skip,                          ///< the plugin has nothing to do with this pod
    Pending,                       ///< not ready; evicting pods would not help
};

/// Returns the name as Kubernetes writes it: "UnschedulableAndUnresolvable".
[[nodiscard]] std::string_view to_string(Code code);

/// An answer with its reasons. The default one is success.
struct Status {
    Code code = Code::Success;
    std::vector<std::string> reasons{};
    std::string plugin{};  ///< who said so; set by the framework

    [[nodiscard]] static Status skip();
    [[nodiscard]] static Status error(std::string reason);
    [[nodiscard]] static Status unschedulable(std::string reason);
    [[nodiscard]] static Status unresolvable(std::string reason);

    [[nodiscard]] bool ok() const {
        return code == Code::Success;
    }
    [[nodiscard]] bool skipped() const {
        return code == Code::Skip;
    }

    /// Tells whether a plugin turned the pod down, as opposed to having failed itself.
    [[nodiscard]] bool rejected() const;

    /// Returns the reasons, joined by ", ".
    [[nodiscard]] std::string message() const;

    bool operator==(const Status&) const = default;
};

}  // namespace wavetank::scheduler
