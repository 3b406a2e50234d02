#include <wavetank/mesh/hash_policy.hpp>

#include <wavetank/mesh/hash.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <chrono>

namespace wavetank::mesh {
namespace {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

RequestHash hash_of(std::vector<HashPolicy> policies, const HashSubject& subject) {
    return RequestHasher::make(std::move(policies)).value().hash(subject);
}

TEST(RequestHasher, FindsNothingWithoutWhatItLooksFor) {
    const HeaderList headers{{"x-other", "1"}};

    EXPECT_EQ(hash_of({}, {}).hash, std::nullopt);
    EXPECT_EQ(hash_of({{.policy_specifier = HashHeader{"x-h"}},
                       {.policy_specifier = HashCookie{"sid"}},
                       {.policy_specifier = HashQueryParameter{"u"}},
                       {.policy_specifier = HashConnectionProperties{true}},
                       {.policy_specifier = HashFilterState{"k"}}},
                      {.headers = headers, .path = "/p"})
                  .hash,
              std::nullopt);
}

TEST(RequestHasher, HashesTheValuesOfAHeaderInAnyOrder) {
    const HeaderList one{{"X-H", "a"}, {"x-h", "b"}};
    const HeaderList other{{"x-h", "b"}, {"x-h", "a"}};
    const std::vector<HashPolicy> policies{{.policy_specifier = HashHeader{"x-h"}}};

    EXPECT_EQ(hash_of(policies, {.headers = one}).hash, xx_hash_64("b", xx_hash_64("a")));
    EXPECT_EQ(hash_of(policies, {.headers = one}).hash, hash_of(policies, {.headers = other}).hash);
}

TEST(RequestHasher, RewritesAHeaderFirst) {
    const HeaderList headers{{"x-h", "user-17-session-4"}};

    EXPECT_EQ(
        hash_of({{.policy_specifier = HashHeader{"x-h", RegexRewrite{"^user-(\\d+)-.*$", "\\1"}}}},
                {.headers = headers})
            .hash,
        xx_hash_64("17"));
    EXPECT_EQ(RequestHasher::make({{.policy_specifier = HashHeader{"x-h", RegexRewrite{"(", ""}}}})
                  .error()
                  .reason,
              Reason::Invalid);
}

TEST(RequestHasher, ReadsCookies) {
    const HeaderList headers{{"cookie", "a=b; sid=\"one\"; sid=two"}};

    EXPECT_EQ(hash_of({{.policy_specifier = HashCookie{"sid"}}}, {.headers = headers}).hash,
              xx_hash_64("one"));
}

TEST(RequestHasher, MakesUpACookieThatHasATime) {
    const RequestHash made =
        hash_of({{.policy_specifier =
                      HashCookie{.name = "sid", .ttl = std::chrono::seconds{60}, .path = "/"}}},
                {.remote_address = "10.0.0.9:5000", .local_address = "10.0.0.1:80"});

    ASSERT_EQ(made.cookies.size(), 1);
    EXPECT_EQ(made.cookies[0].value.size(), 16);
    EXPECT_EQ(made.cookies[0].path, "/");
    EXPECT_EQ(made.hash, xx_hash_64(made.cookies[0].value));
}

TEST(RequestHasher, TakesTheFirstValueOfAParameterAsItStands) {
    const std::vector<HashPolicy> policies{{.policy_specifier = HashQueryParameter{"u"}}};

    EXPECT_EQ(hash_of(policies, {.path = "/p?a=1&u=x%20y&u=z"}).hash, xx_hash_64("x%20y"));
    EXPECT_EQ(hash_of(policies, {.path = "/p?u"}).hash, xx_hash_64(""));
}

TEST(RequestHasher, TurnsWhatItHasBeforeItMixesMoreIn) {
    const HeaderList headers{{"x-h", "1"}};
    const std::vector<HashPolicy> policies{{.policy_specifier = HashHeader{"x-h"}},
                                           {.policy_specifier = HashConnectionProperties{true}}};

    EXPECT_EQ(hash_of(policies, {.headers = headers, .source_ip = "10.0.0.9"}).hash,
              std::rotl(xx_hash_64("1"), 1) ^ xx_hash_64("10.0.0.9"));
}

TEST(RequestHasher, StopsAfterATerminalPolicyThatFoundSomething) {
    const HeaderList headers{{"x-h", "1"}};
    const std::vector<HashPolicy> policies{
        {.policy_specifier = HashHeader{"x-g"}, .terminal = true},
        {.policy_specifier = HashHeader{"x-h"}, .terminal = true},
        {.policy_specifier = HashConnectionProperties{true}}};

    EXPECT_EQ(hash_of(policies, {.headers = headers, .source_ip = "10.0.0.9"}).hash,
              xx_hash_64("1"));
}

}  // namespace
}  // namespace wavetank::mesh
