#include "support/broken_manifests.hpp"

#include <wavetank/codec/manifest.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace wavetank::codec {
namespace {

using test::broken_manifests;
using test::BrokenManifest;

std::vector<BrokenManifest> of_stages(std::string_view first, std::string_view second) {
    std::vector<BrokenManifest> all = broken_manifests(WAVETANK_SOURCE_DIR);
    std::erase_if(all, [&](const BrokenManifest& manifest) {
        return manifest.stage != first && manifest.stage != second;
    });
    return all;
}

std::string listed(const Diagnostics& diagnostics) {
    std::string all;
    for (const Diagnostic& item : diagnostics.items) {
        all += to_string(item) + '\n';
    }
    return all;
}

TEST(BrokenManifests, AreMany) {
    EXPECT_GE(broken_manifests(WAVETANK_SOURCE_DIR).size(), 60u);
}

TEST(BrokenManifests, AreRefusedInTheRightLine) {
    for (const BrokenManifest& broken : of_stages("syntax", "object")) {
        SCOPED_TRACE(broken.name);
        const Manifest manifest = read_manifest_text(broken.text, broken.name);

        ASSERT_FALSE(manifest.errors.empty());
        EXPECT_FALSE(manifest.errors.front().message.empty());
        EXPECT_GT(manifest.errors.front().where.line, 0);
        if (broken.line != 0) {
            EXPECT_EQ(manifest.errors.front().where.line, broken.line) << manifest.errors.front();
        }
    }
}

TEST(BrokenManifests, AreDecodedWithEveryMistakeAtItsField) {
    for (const BrokenManifest& broken : of_stages("decode", "decode")) {
        SCOPED_TRACE(broken.name);
        const Manifest manifest = read_manifest_text(broken.text, broken.name);

        const Diagnostics diagnostics = check_manifest(manifest);

        EXPECT_TRUE(manifest.errors.empty()) << manifest.errors.front();
        ASSERT_TRUE(diagnostics.has_errors());
        EXPECT_TRUE(std::ranges::any_of(diagnostics.items, [&](const Diagnostic& item) {
            return item.field == broken.field && item.where.line == broken.line;
        })) << listed(diagnostics);
    }
}

TEST(BrokenManifests, ThatOnlyBreakRulesAreDecoded) {
    for (const BrokenManifest& broken : of_stages("rule", "rule")) {
        SCOPED_TRACE(broken.name);
        const Manifest manifest = read_manifest_text(broken.text, broken.name);

        EXPECT_TRUE(manifest.errors.empty());
        EXPECT_EQ(listed(check_manifest(manifest)), "");
        EXPECT_FALSE(broken.field.empty());
    }
}

}  // namespace
}  // namespace wavetank::codec
