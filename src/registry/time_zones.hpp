#pragma once

/// \file
/// Which time zones are there?
///
/// The names are a table and not those of the machine, so that a manifest is accepted by all or by
/// none.

#include <string_view>

namespace wavetank::registry {

/// Tells whether the IANA time zone database has a zone, or an old name of one, called so.
[[nodiscard]] bool is_time_zone(std::string_view name);

}  // namespace wavetank::registry
