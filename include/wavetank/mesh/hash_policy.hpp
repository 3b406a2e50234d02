#pragma once

/// \file
/// What is it of a request that says where it goes? Envoy's `RouteAction.HashPolicy`.

#include <wavetank/base/result.hpp>
#include <wavetank/base/time.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace wavetank::mesh {

/// Replaces all that matches an RE2 `pattern`; `\1` in the substitution is the first group.
struct RegexRewrite {
    std::string pattern{};
    std::string substitution{};
};

/// All values of a header, in any order.
struct HashHeader {
    std::string header_name{};
    std::optional<RegexRewrite> regex_rewrite{};
};

/// The value of a cookie. If there is none and it has a `ttl`, the proxy makes one up and sends it
/// along with the answer.
struct HashCookie {
    std::string name{};
    std::optional<Duration> ttl{};
    std::string path{};
};

struct HashConnectionProperties {
    bool source_ip = false;
};

/// The first value of a query parameter, as it stands in the path.
struct HashQueryParameter {
    std::string name{};
};

/// What a filter has put down for the request, if that has a hash.
struct HashFilterState {
    std::string key{};
};

struct HashPolicy {
    std::variant<HashHeader, HashCookie, HashConnectionProperties, HashQueryParameter,
                 HashFilterState>
        policy_specifier{};
    bool terminal = false;  ///< if there is a hash after it, the policies that follow do not count
};

/// What is known of a request. Lifetime: all of it is borrowed for a call.
struct HashSubject {
    std::span<const std::pair<std::string, std::string>> headers{};  ///< names in any case
    std::string_view path{};                                         ///< with its query
    std::string_view source_ip{};       ///< without a port; empty: not known
    std::string_view remote_address{};  ///< with its port, for cookies that are made up
    std::string_view local_address{};
    std::span<const std::pair<std::string, std::uint64_t>> filter_state{};  ///< hashes by key
};

/// A cookie that the proxy makes up.
struct MadeCookie {
    std::string name{};
    std::string value{};
    std::string path{};
    Duration ttl{};

    bool operator==(const MadeCookie&) const = default;
};

struct RequestHash {
    std::optional<std::uint64_t> hash{};  ///< unset: no policy found what it looks for
    std::vector<MadeCookie> cookies{};
};

/// Hashes requests by a list of policies: each that finds something turns what was there by a bit
/// and mixes its own in.
class RequestHasher {
public:
    /// Reads the policies. Errors: `Invalid` for a pattern that is no regular expression.
    [[nodiscard]] static Result<RequestHasher> make(std::vector<HashPolicy> policies);

    RequestHasher(RequestHasher&&) noexcept;
    RequestHasher& operator=(RequestHasher&&) noexcept;
    ~RequestHasher();

    [[nodiscard]] RequestHash hash(const HashSubject& subject) const;

private:
    struct Compiled;
    explicit RequestHasher(std::vector<Compiled> policies);

    std::vector<Compiled> policies_;
};

}  // namespace wavetank::mesh
