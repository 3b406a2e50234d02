#include <wavetank/mesh/hash.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace wavetank::mesh {
namespace {

// The published test vectors of xxHash, and those of Envoy's hash_test.cc.
TEST(Hash, IsXxHash64) {
    EXPECT_EQ(xx_hash_64(""), 0xef46db3751d8e999);
    EXPECT_EQ(xx_hash_64("foo"), 3728699739546630719U);
    EXPECT_EQ(xx_hash_64("bar"), 5234164152756840025U);
}

// The hash of libstdc++, by which Envoy's is compatible with it.
TEST(Hash, IsTheMurmurHashOfTheStandardLibrary) {
    for (const std::string text : {"", "1", "22", "333", "4444", "55555", "666666", "7777777",
                                   "88888888", "999999999", "10.0.0.1:80_1023"}) {
        EXPECT_EQ(murmur_hash_2(text), std::_Hash_bytes(text.data(), text.size(), murmur_seed))
            << text;
    }
}

}  // namespace
}  // namespace wavetank::mesh
