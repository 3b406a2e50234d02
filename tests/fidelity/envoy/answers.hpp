#pragma once

/// \file
/// Is an answer of the proxy in virtual time the one that was recorded?

#include "fidelity/envoy/virtual_proxy.hpp"

#include <optional>
#include <string>

namespace wavetank::fidelity {

/// Returns the addresses of all hosts of a case's cluster, and of those that come later.
[[nodiscard]] boost::json::array hosts_of_case(const Case& test_case);

/// Returns what is wrong with an answer: its status, flags, words, host and attempts. Hosts must
/// be the same, so that the proxy must have begun where the recorded one did.
[[nodiscard]] std::optional<std::string> problem_of_answer(const Case& test_case,
                                                           const boost::json::array& hosts,
                                                           const boost::json::object& expected,
                                                           const RecordedAnswer& actual);

/// The same without hosts and attempts.
[[nodiscard]] std::optional<std::string> problem_of_words(const Case& test_case,
                                                          const boost::json::object& expected,
                                                          const RecordedAnswer& actual);

/// Sends all requests of a case, each at its time or after the end of the one before, and lets
/// them come to their ends. `at_gauges` is called at `gauges_at_ms`.
void send_all(const Case& test_case, VirtualProxy& proxy,
              const std::function<void()>& at_gauges = {});

/// Replays a case whose answers are all recorded; the proxy may begin anywhere.
[[nodiscard]] Outcome replay_from_some_start(const Case& test_case);

/// Compares counters, or gauges.
[[nodiscard]] Outcome compared_counters(const boost::json::value& expected,
                                        const CaseCounters& actual);

}  // namespace wavetank::fidelity
