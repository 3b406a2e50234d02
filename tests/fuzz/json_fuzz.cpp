#include "fuzz/targets.hpp"

#include <wavetank/api/kinds.hpp>
#include <wavetank/base/assert.hpp>
#include <wavetank/codec/json.hpp>

namespace wavetank::fuzz {

void try_json(std::string_view input) {
    const auto document = codec::parse_json(input);
    if (!document) {
        WAVETANK_ASSERT(!document.error().message.empty());
        WAVETANK_ASSERT(document.error().where.line > 0);
        return;
    }
    const auto first = codec::parse_json(codec::to_text(codec::to_value(document->root)));
    WAVETANK_ASSERT(first.has_value());
    const std::string text = codec::to_text(codec::to_value(first->root));
    const auto second =
        codec::parse_json(codec::to_text(codec::to_value(first->root), {.indent = 2}));
    WAVETANK_ASSERT(second.has_value());
    WAVETANK_ASSERT(codec::to_text(codec::to_value(second->root)) == text);

    codec::Diagnostics diagnostics;
    const auto pod =
        codec::from_document<api::corev1::Pod>(*document, codec::Mode::Strict, diagnostics);
    const boost::json::value written = codec::to_json(pod);
    const auto again = codec::from_json<api::corev1::Pod>(written, codec::Mode::Lenient);
    WAVETANK_ASSERT(again.has_value());
    WAVETANK_ASSERT(codec::to_json(*again) == written);
}

}  // namespace wavetank::fuzz

WAVETANK_FUZZ_WITH(wavetank::fuzz::try_json)
