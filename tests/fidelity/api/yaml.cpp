// yaml.jsonl: YAML as Kubernetes reads it, document by document.

#include "fidelity/fidelity.hpp"

#include <wavetank/codec/document.hpp>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;

json::value parsed(const json::value& text) {
    return codec::to_value(codec::parse_json(std::string_view{text.get_string()}).value().root);
}

class YamlReplayer : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        const std::string input{test_case.text("in")};
        if (test_case.text("op") == "multidoc") {
            return replay_stream(input, test_case.at("out").as_array());
        }
        return replay_document(input, test_case.at("out").as_object());
    }

private:
    static Outcome replay_document(const std::string& input, const json::object& expected) {
        const Result<codec::Document> document = codec::parse_yaml(input);
        if (expected.contains("error")) {
            return document ? failed("accepted; expected " + json::serialize(expected.at("error")))
                            : passed();
        }
        if (!document) {
            return failed(to_string(document.error()));
        }
        if (expected.contains("strictError") == document->duplicates.empty()) {
            return failed("strict form: " + std::to_string(document->duplicates.size()) +
                          " duplicate keys");
        }
        if (expected.contains("strictError") &&
            expected.at("strictError").get_string() != strict_text(*document)) {
            return failed("strict form: " + strict_text(*document));
        }
        return compared(parsed(expected.at("json")), codec::to_value(document->root));
    }

    static std::string strict_text(const codec::Document& document) {
        std::string text = "yaml: unmarshal errors:";
        for (const codec::DuplicateKey& duplicate : document.duplicates) {
            text += "\n  line " + std::to_string(duplicate.line) + ": key " + duplicate.key +
                    " already set in map";
        }
        return text;
    }

    // The real reader stops at the first error; ours goes on, so only what comes before counts.
    static Outcome replay_stream(const std::string& input, const json::array& expected) {
        const std::vector<codec::StreamPart> parts = codec::parse_stream(input);
        std::size_t index = 0;
        for (const json::value& part : expected) {
            if (index == parts.size()) {
                return failed("only " + std::to_string(index) + " documents");
            }
            const codec::StreamPart& actual = parts[index++];
            if (part.as_object().contains("error")) {
                return actual.document ? failed("accepted a broken document") : passed();
            }
            if (!actual.document) {
                return failed(to_string(actual.document.error()));
            }
            if (part.as_object().contains("skipped")) {
                if (!actual.empty) {
                    return failed("did not skip document " + std::to_string(index));
                }
                continue;
            }
            const Outcome outcome =
                compared(parsed(part.at("json")), codec::to_value(actual.document->root));
            if (outcome.verdict != Verdict::Passed) {
                return outcome;
            }
        }
        return index == parts.size() ? passed() : failed("more documents than expected");
    }
};

}  // namespace

std::unique_ptr<Replayer> make_yaml_replayer() {
    return std::make_unique<YamlReplayer>();
}

}  // namespace wavetank::fidelity
