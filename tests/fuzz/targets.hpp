#pragma once

/// \file
/// What must hold for any bytes whatever. Each function aborts if it does not.
///
/// The test suite runs them over the corpus and mutations of it; with Clang and
/// -DWAVETANK_BUILD_FUZZERS=ON each is also a libFuzzer program of its own.

#include <string_view>

namespace wavetank::fuzz {

/// Reading YAML ends, and what is written of it reads back the same; so do decoded objects.
void try_yaml(std::string_view input);

/// The same of JSON.
void try_json(std::string_view input);

/// A quantity's text reads back as an equal quantity.
void try_quantity(std::string_view input);

/// A selector's text reads back as an equal selector.
void try_selector(std::string_view input);

/// A distribution's text reads back as an equal one, whose samples are not negative.
void try_distribution(std::string_view input);

/// A recorded load has rates or times in order, or what is wrong with it has a place.
void try_trace(std::string_view input);

/// What the webhook lets pass can be told to proxies.
void try_istio(std::string_view input);

/// A scheduler's configuration is read, or there are errors with words.
void try_scheduler_configuration(std::string_view input);

}  // namespace wavetank::fuzz

/// Makes a libFuzzer program of a target.
#ifdef WAVETANK_FUZZER
#define WAVETANK_FUZZ_WITH(target)                                                         \
    extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, unsigned long size) { \
        target({reinterpret_cast<const char*>(data), size});                               \
        return 0;                                                                          \
    }
#else
#define WAVETANK_FUZZ_WITH(target)
#endif
