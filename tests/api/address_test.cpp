#include <wavetank/api/address.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

namespace wavetank::api {
namespace {

TEST(Address, KeepsAddressesOfVersion4AsNumbers) {
    const Address address{"10.244.0.17"};

    EXPECT_EQ(sizeof(Address), 8U);
    EXPECT_EQ(address.ipv4(), 0x0af40011U);
    EXPECT_EQ(address.str(), "10.244.0.17");
    EXPECT_EQ(Address{"255.255.255.255"}.str(), "255.255.255.255");
    EXPECT_EQ(Address{"0.0.0.0"}.ipv4(), 0U);
    EXPECT_FALSE(Address{"0.0.0.0"}.empty());
}

TEST(Address, KeepsWhatIsNoneAsItIs) {
    for (const std::string text :
         {"", "1", "1.2.3", "1.2.3.", ".1.2.3", "1.2.3.4.", "1.2.3.4.5", "01.2.3.4", "1.2.3.00",
          "1.2.3.256", "1.2.3.1000", "1..2.3", "+1.2.3.4", "1.2.3.4 ", "fd00::17", "::ffff:1.2.3.4",
          "a-name-of-a-node", "\xff\xff"}) {
        const Address address{text};

        EXPECT_EQ(address.ipv4(), std::nullopt) << text;
        EXPECT_EQ(address.str(), text);
        EXPECT_EQ(address.empty(), text.empty());
        EXPECT_EQ(address, Address{text});
    }
}

TEST(Address, IsComparedWithTexts) {
    const Address address{"10.0.0.1"};

    EXPECT_EQ(address, "10.0.0.1");
    EXPECT_EQ(address, Address{std::string{"10.0.0.1"}});
    EXPECT_NE(address, "10.0.0.2");
    EXPECT_NE(address, "10.0.0.01");
    EXPECT_NE(address, Address{});
    EXPECT_NE(Address{"fd00::1"}, address);
}

TEST(Address, OutlivesWhatItWasCopiedFrom) {
    Address copy;
    {
        const Address address{"2001:db8::8a2e:370:7334"};
        copy = address;
    }
    const Address moved = std::move(copy);

    EXPECT_EQ(moved, "2001:db8::8a2e:370:7334");
}

}  // namespace
}  // namespace wavetank::api
