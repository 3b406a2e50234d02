#pragma once

/// \file
/// How is an answer of Wavetank's API compared with a recorded one of kube-apiserver?

#include "fidelity/fidelity.hpp"

#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>
#include <wavetank/store/store.hpp>

#include <boost/json.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::fidelity {

/// Replaces in the answers of one case what the server chose: identities, versions, times,
/// addresses, ports and random names. What the requests themselves contained stays.
class Normaliser {
public:
    /// Notes the values of a request, before its variables are filled in.
    void note_request(const boost::json::value& body);

    /// Returns the answer as the recorded one was written down.
    [[nodiscard]] boost::json::value normalised(const boost::json::value& answer);

private:
    [[nodiscard]] boost::json::value text(std::string_view key, const std::string& text,
                                          bool in_metadata);
    /// Numbers the UIDs that are part of a longer text.
    [[nodiscard]] std::string without_uids(std::string text);
    [[nodiscard]] std::string without_random(const std::string& text) const;
    [[nodiscard]] boost::json::value walk(std::string_view key, const boost::json::value& value,
                                          bool in_metadata);

    std::set<std::string> given_texts_;
    std::set<std::int64_t> given_numbers_;
    std::vector<std::string> prefixes_;  ///< of generated names
    std::map<std::string, std::size_t> uids_;
    std::map<std::string, std::size_t> versions_;
};

/// A cluster with the namespace `vec`, and what it answered to the steps of a case.
class ServerCase {
public:
    ServerCase();

    /// Sends the request of a step or of a case with one request. `literal_body` is the text of its
    /// body, where it is known.
    [[nodiscard]] registry::ApiResponse send(const boost::json::object& step,
                                             std::string_view literal_body = {});

    /// Compares the answer with what was recorded.
    [[nodiscard]] Outcome compare(const boost::json::object& step,
                                  const registry::ApiResponse& response);

    /// Lets later steps refer to the answer, and its values be recognised.
    void remember(const registry::ApiResponse& response);

private:
    [[nodiscard]] std::string filled_in(std::string_view text) const;

    // At no time that a case names.
    runtime::VirtualRuntime runtime_{
        {.wall_epoch = default_wall_epoch + std::chrono::seconds{12345}}};
    store::Store store_{};
    registry::Registry registry_{store_, runtime_, Random{1}};
    Normaliser normaliser_;
    std::vector<boost::json::value> answers_;
};

/// Tells whether Wavetank has a struct for the kind that a path is about.
[[nodiscard]] bool is_modelled_path(std::string_view path);

}  // namespace wavetank::fidelity
