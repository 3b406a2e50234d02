#include "registry/limit_range.hpp"

#include "registry/pod/resources.hpp"
#include "registry/resource_names.hpp"

#include <boost/json.hpp>

#include <array>
#include <cstdio>
#include <set>

namespace wavetank::registry {
namespace {

using api::Quantity;
using api::ResourceList;
using api::corev1::LimitRange;
using api::corev1::LimitRangeItem;

const Quantity* amount_in(const ResourceList& list, const std::string& resource) {
    const auto found = list.find(resource);
    return found == list.end() ? nullptr : &found->second;
}

void add_missing(ResourceList& list, const ResourceList& from) {
    for (const auto& [resource, amount] : from) {
        list.emplace(resource, amount);
    }
}

FieldErrors validate_limit_type(const std::string& type, const Path& path) {
    FieldErrors errors;
    append_problems(errors, path, type, api::check_qualified_name(type));
    const bool standard = type == "Pod" || type == "Container" || type == "PersistentVolumeClaim";
    if (errors.empty() && type.find('/') == std::string::npos && !standard) {
        errors.push_back(
            api::invalid_value(path, type, "must be a standard limit type or fully qualified"));
    }
    return errors;
}

void check_limit_names(FieldErrors& errors, const std::string& type, const ResourceList& list,
                       const Path& path) {
    for (const auto& [resource, amount] : list) {
        const bool of_containers = type == "Pod" || type == "Container";
        append(errors, of_containers
                           ? validate_container_resource_name(resource, path.key(resource))
                           : validate_resource_name(resource, path.key(resource)));
    }
}

/// Compares the amounts of one resource in one item.
class LimitCheck {
public:
    LimitCheck(FieldErrors& errors, const LimitRangeItem& item, const std::string& resource,
               const Path& path)
        : errors_{errors},
          resource_{resource},
          path_{path},
          min_{amount_in(item.min, resource)},
          max_{amount_in(item.max, resource)},
          default_{item.type == "Pod" ? nullptr : amount_in(item.default_, resource)},
          request_{item.type == "Pod" ? nullptr : amount_in(item.defaultRequest, resource)},
          ratio_{amount_in(item.maxLimitRequestRatio, resource)} {}

    void run() {
        check_order({"min", min_}, {"min value", min_}, {"max value", max_});
        check_order({"defaultRequest", request_}, {"min value", min_},
                    {"default request value", request_});
        check_order({"defaultRequest", request_}, {"default request value", request_},
                    {"max value", max_});
        check_order({"defaultRequest", request_}, {"default request value", request_},
                    {"default limit value", default_});
        check_order({"default", min_}, {"min value", min_}, {"default value", default_});
        check_order({"default", max_}, {"default value", default_}, {"max value", max_});
        check_ratio();
        check_overcommit();
    }

private:
    struct Named {
        std::string_view name;
        const Quantity* amount = nullptr;
    };

    void report(std::string_view field, const Quantity& shown, const std::string& why) {
        errors_.push_back(
            api::invalid_value((path_ / field).key(resource_), shown.to_string(), why));
    }

    void check_order(Named reported, Named less, Named more) {
        if (less.amount != nullptr && more.amount != nullptr && *less.amount > *more.amount) {
            report(reported.name, *reported.amount,
                   std::string{less.name} + " " + less.amount->to_string() + " is greater than " +
                       std::string{more.name} + " " + more.amount->to_string());
        }
    }

    void check_ratio() {
        if (ratio_ == nullptr) {
            return;
        }
        if (*ratio_ < Quantity::of(1)) {
            report("maxLimitRequestRatio", *ratio_,
                   "ratio " + ratio_->to_string() + " is less than 1");
        }
        if (min_ == nullptr || max_ == nullptr) {
            return;
        }
        constexpr std::int64_t milli_value_max = INT64_MAX / 1000;
        auto ratio = static_cast<double>(ratio_->value());
        std::int64_t least = min_->value();
        std::int64_t most = max_->value();
        if (ratio_->value() < milli_value_max && least < milli_value_max &&
            most < milli_value_max) {
            ratio = static_cast<double>(ratio_->milli_value()) / 1000;
            least = min_->milli_value();
            most = max_->milli_value();
        }
        const double ratio_max = static_cast<double>(most) / static_cast<double>(least);
        if (ratio > ratio_max) {
            std::array<char, 400> text{};
            std::snprintf(text.data(), text.size(), "%f", ratio_max);
            report("maxLimitRequestRatio", *ratio_,
                   "ratio " + ratio_->to_string() + " is greater than max/min = " + text.data());
        }
    }

    void check_overcommit() {
        if (default_ != nullptr && request_ != nullptr && *default_ != *request_ &&
            !is_overcommit_allowed(resource_)) {
            report("defaultRequest", *request_,
                   "default value " + default_->to_string() +
                       " must equal to defaultRequest value " + request_->to_string() + " in " +
                       resource_);
        }
    }

    FieldErrors& errors_;
    const std::string& resource_;
    const Path& path_;
    const Quantity* min_;
    const Quantity* max_;
    const Quantity* default_;
    const Quantity* request_;
    const Quantity* ratio_;
};

void check_limit_item(FieldErrors& errors, const LimitRangeItem& item, const Path& path) {
    check_limit_names(errors, item.type, item.max, path / "max");
    check_limit_names(errors, item.type, item.min, path / "min");
    if (item.type == "Pod") {
        constexpr std::string_view detail = "may not be specified when `type` is 'Pod'";
        if (!item.default_.empty()) {
            errors.push_back(api::forbidden_value(path / "default", detail));
        }
        if (!item.defaultRequest.empty()) {
            errors.push_back(api::forbidden_value(path / "defaultRequest", detail));
        }
    } else {
        check_limit_names(errors, item.type, item.default_, path / "default");
        check_limit_names(errors, item.type, item.defaultRequest, path / "defaultRequest");
    }
    if (item.type == "PersistentVolumeClaim" && !item.min.contains("storage") &&
        !item.max.contains("storage")) {
        errors.push_back(api::required_value(
            path / "limits",
            "either minimum or maximum storage value is required, but neither was provided"));
    }
    check_limit_names(errors, item.type, item.maxLimitRequestRatio, path / "maxLimitRequestRatio");
    // Upstream's order is random.
    std::set<std::string> resources;
    for (const ResourceList* list :
         {&item.max, &item.min, &item.default_, &item.defaultRequest, &item.maxLimitRequestRatio}) {
        for (const auto& [resource, amount] : *list) {
            resources.insert(resource);
        }
    }
    for (const std::string& resource : resources) {
        LimitCheck{errors, item, resource, path}.run();
    }
}

}  // namespace

void Rules<LimitRange>::set_defaults(Cluster& /*cluster*/, LimitRange& object) {
    for (LimitRangeItem& item : object.spec.limits) {
        if (item.type == "Container") {
            add_missing(item.default_, item.max);
            add_missing(item.defaultRequest, item.default_);
            add_missing(item.defaultRequest, item.min);
        }
    }
}

Result<> Rules<LimitRange>::admit(Cluster& cluster, LimitRange& object, DryRun /*dry_run*/) {
    if (object.metadata.name.empty()) {
        object.metadata.name = generate_uid(cluster.random).str();
    }
    return {};
}

// What is known of the namespace's ranges is then read again.
Result<> Rules<LimitRange>::admit_update(Cluster& cluster, LimitRange& next,
                                         const LimitRange& /*old*/, DryRun /*dry_run*/) {
    cluster.limits.ranges[next.metadata.namespace_].reset();
    return {};
}

void Rules<LimitRange>::release(Cluster& cluster, const LimitRange& object) {
    cluster.limits.ranges[object.metadata.namespace_].reset();
}

FieldErrors Rules<LimitRange>::validate(Cluster& /*cluster*/, const LimitRange& object,
                                        const LimitRange* /*old*/) {
    FieldErrors errors;
    std::set<std::string> types;
    for (std::size_t i = 0; i < object.spec.limits.size(); ++i) {
        const LimitRangeItem& item = object.spec.limits[i];
        const Path path = Path{"spec.limits"}[i];
        append(errors, validate_limit_type(item.type, path / "type"));
        if (!types.insert(item.type).second) {
            errors.push_back(api::duplicate_value(path / "type", item.type));
        }
        check_limit_item(errors, item, path);
    }
    return errors;
}

}  // namespace wavetank::registry
