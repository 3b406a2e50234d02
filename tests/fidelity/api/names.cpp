// names.jsonl: the validators of names, keys, labels and annotations.

#include "fidelity/fidelity.hpp"

#include <wavetank/api/names.hpp>

#include <map>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using api::FieldErrors;
using api::NameForm;
using api::NameProblems;

using Check = NameProblems (*)(std::string_view);
using NumberCheck = NameProblems (*)(std::int64_t);
using NameCheck = NameProblems (*)(std::string_view, NameForm);
using FieldCheck = FieldErrors (*)(std::string_view, std::string_view);

const std::map<std::string_view, Check> checks{
    {"IsCIdentifier", api::check_c_identifier},
    {"IsConfigMapKey", api::check_config_map_key},
    {"IsDNS1035Label", api::check_dns1035_label},
    {"IsDNS1123Label", api::check_dns1123_label},
    {"IsDNS1123Subdomain", api::check_dns1123_subdomain},
    {"IsDNS1123SubdomainCaseless", api::check_dns1123_subdomain_caseless},
    {"IsDNS1123SubdomainWithUnderscore", api::check_dns1123_subdomain_with_underscore},
    {"IsDecimalInteger", api::check_decimal_integer},
    {"IsEnvVarName", api::check_env_var_name},
    {"IsHTTPHeaderName", api::check_http_header_name},
    {"IsLabelKey", api::check_qualified_name},
    {"IsLabelValue", api::check_label_value},
    {"IsPathSegmentName", api::check_path_segment_name},
    {"IsPathSegmentPrefix", api::check_path_segment_prefix},
    {"IsPrefixedLabelKey", api::check_prefixed_label_key},
    {"IsQualifiedName", api::check_qualified_name},
    {"IsRelaxedEnvVarName", api::check_relaxed_env_var_name},
    {"IsValidLabelValue", api::check_label_value},
    {"IsValidPathSegmentName", api::check_path_segment_name},
    {"IsValidPathSegmentPrefix", api::check_path_segment_prefix},
    {"IsValidPercent", api::check_percent},
    {"IsValidPortName", api::check_port_name},
    {"IsWildcardDNS1123Subdomain", api::check_wildcard_dns1123_subdomain},
};

const std::map<std::string_view, NumberCheck> number_checks{
    {"IsValidGroupID", api::check_group_id},
    {"IsValidPortNum", api::check_port_number},
    {"IsValidUserID", api::check_user_id},
};

const std::map<std::string_view, NameCheck> name_checks{
    {"NameIsDNS1035Label", api::check_name_as_dns1035_label},
    {"NameIsDNSLabel", api::check_name_as_dns_label},
    {"NameIsDNSSubdomain", api::check_name_as_dns_subdomain},
    {"ValidateNamespaceName", api::check_name_as_dns_label},
    {"ValidateServiceAccountName", api::check_name_as_dns_subdomain},
};

const std::map<std::string_view, FieldCheck> field_checks{
    {"IsDomainPrefixedKey", api::validate_domain_prefixed_key},
    {"IsDomainPrefixedPath", api::validate_domain_prefixed_path},
    {"IsFullyQualifiedDomainName", api::validate_fully_qualified_domain_name},
    {"IsFullyQualifiedName", api::validate_fully_qualified_name},
};

json::array described(const FieldErrors& errors) {
    json::array array;
    for (const Cause& error : errors) {
        array.push_back(json::object{
            {"field", error.field}, {"message", api::to_string(error)}, {"type", error.reason}});
    }
    return array;
}

std::map<std::string, std::string> map_of(const json::value& value) {
    std::map<std::string, std::string> map;
    for (const auto& [key, text] : value.as_object()) {
        map[std::string{key}] = std::string{text.as_string()};
    }
    return map;
}

/// Upstream reports in the random order of a Go map, so both sides are sorted.
json::value sorted(const json::value& errors) {
    std::map<std::string, json::value> by_text;
    for (const json::value& error : errors.as_array()) {
        by_text.emplace(json::serialize(error), error);
    }
    json::array array;
    for (auto& [text, error] : by_text) {
        array.push_back(std::move(error));
    }
    return array;
}

class NamesReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        const std::string_view operation = test_case.text("op");
        const json::value& in = test_case.at("in");
        const json::value& out = test_case.at("out");
        if (const auto check = checks.find(operation); check != checks.end()) {
            return compared(out, to_json(check->second(in.as_string())));
        }
        if (const auto check = number_checks.find(operation); check != number_checks.end()) {
            return compared(out, to_json(check->second(in.to_number<std::int64_t>())));
        }
        if (const auto check = name_checks.find(operation); check != name_checks.end()) {
            const bool plain = in.is_string();
            const json::value* prefix = plain ? nullptr : in.as_object().if_contains("prefix");
            const bool is_prefix = prefix != nullptr && prefix->as_bool();
            const json::string& name = plain ? in.as_string() : in.at("name").as_string();
            return compared(
                out, to_json(check->second(name, is_prefix ? NameForm::Prefix : NameForm::Whole)));
        }
        if (const auto check = field_checks.find(operation); check != field_checks.end()) {
            return replay_field_check(check->second, in, out);
        }
        if (operation == "ValidateLabels") {
            const auto errors = api::validate_labels(map_of(in), "metadata.labels");
            return compared(sorted(out), sorted(described(errors)));
        }
        if (operation == "ValidateAnnotations") {
            const auto errors = api::validate_annotations(map_of(in), "metadata.annotations");
            return compared(sorted(out), sorted(described(errors)));
        }
        return skipped("unknown operation " + std::string{operation});
    }

private:
    /// These report a field that the case names only in its answer.
    static Outcome replay_field_check(FieldCheck check, const json::value& in,
                                      const json::value& out) {
        const json::array& expected = out.as_array();
        std::string field;
        if (!expected.empty() && expected[0].is_object()) {
            field = expected[0].at("field").as_string();
        }
        return compared(out, described(check(in.as_string(), field)));
    }
};

}  // namespace

std::unique_ptr<Replayer> make_names_replayer() {
    return std::make_unique<NamesReplayer>();
}

}  // namespace wavetank::fidelity
