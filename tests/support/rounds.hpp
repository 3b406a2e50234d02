#pragma once

/// \file
/// How often does a test repeat itself with other random numbers?

namespace wavetank::test {

/// Returns `rounds`, or a quarter of them under a sanitizer, where each takes six times as long.
constexpr unsigned rounds(unsigned rounds) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return rounds / 4;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return rounds / 4;
#else
    return rounds;
#endif
#else
    return rounds;
#endif
}

}  // namespace wavetank::test
