#pragma once

/// \file
/// Which addresses and node ports do Services have?

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace wavetank::registry {

/// Hands out cluster IPs of 10.96.0.0/16 and node ports of 30000-32767, the lowest free one first.
///
/// As upstream, dynamic allocation keeps out of the lower band of the range, which is left to
/// Services that ask for an address of their own. Departs from upstream in that it does not
/// choose at random.
class ServiceNetwork {
public:
    /// Reserves and returns a free cluster IP; empty if all are taken.
    [[nodiscard]] std::string take_address();
    /// Reserves that address. Returns false if another Service has it or it is out of range.
    [[nodiscard]] bool take_address(std::string_view address);
    void free_address(std::string_view address);

    /// Reserves and returns a free node port; 0 if all are taken.
    [[nodiscard]] std::int32_t take_port();
    /// Reserves that port. Returns false if it is taken.
    [[nodiscard]] bool take_port(std::int32_t port);
    void free_port(std::int32_t port);

private:
    std::set<std::uint32_t> addresses_;  ///< offsets within the range
    std::set<std::int32_t> ports_;
};

}  // namespace wavetank::registry
