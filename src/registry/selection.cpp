#include "registry/selection.hpp"

#include "registry/errors.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace wavetank::registry {
namespace {

const std::vector<std::string>& fields_of(std::string_view kind) {
    static const std::vector<std::string> pod{
        "spec.nodeName",    "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
        "spec.hostNetwork", "status.phase",       "status.podIP",       "status.nominatedNodeName"};
    static const std::vector<std::string> node{"spec.unschedulable"};
    static const std::vector<std::string> namespaces{"status.phase"};
    static const std::vector<std::string> event{"involvedObject.kind",
                                                "involvedObject.namespace",
                                                "involvedObject.name",
                                                "involvedObject.uid",
                                                "involvedObject.apiVersion",
                                                "involvedObject.resourceVersion",
                                                "involvedObject.fieldPath",
                                                "reason",
                                                "reportingComponent",
                                                "source",
                                                "type"};
    static const std::vector<std::string> none;
    if (kind == "Pod") {
        return pod;
    }
    if (kind == "Node") {
        return node;
    }
    if (kind == "Namespace") {
        return namespaces;
    }
    return kind == "Event" ? event : none;
}

Result<> check_fields(const api::FieldSelector& selector, const api::KindInfo& kind) {
    for (const auto& requirement : selector.requirements()) {
        const std::string& field = requirement.field;
        const auto& offered = fields_of(kind.kind);
        const bool known = field == "metadata.name" || field == "metadata.namespace" ||
                           std::find(offered.begin(), offered.end(), field) != offered.end();
        if (!known) {
            return bad_request_error(
                "Unable to find " +
                api::quoted(kind.gvk().api_version() + ", Kind=" + std::string{kind.kind}) +
                " that match label selector \"\", field selector " +
                api::quoted(selector.to_string()) + ": field label not supported: " + field);
        }
    }
    return {};
}

std::string flag(bool value) {
    return value ? "true" : "false";
}

/// The continue token: where the last page ended. Opaque to clients.
std::string token_of(const store::Key& key) {
    return key.namespace_ + "/" + key.name;
}

store::Key key_of_token(const std::string& token) {
    const std::size_t slash = token.find('/');
    if (slash == std::string::npos) {
        return {};
    }
    return {token.substr(0, slash), token.substr(slash + 1)};
}

}  // namespace

void add_selectable_fields(FieldMap& fields, const api::corev1::Pod& pod) {
    fields["spec.nodeName"] = pod.spec.nodeName;
    fields["spec.restartPolicy"] = pod.spec->restartPolicy;
    fields["spec.schedulerName"] = pod.spec->schedulerName;
    fields["spec.serviceAccountName"] = pod.spec->serviceAccountName;
    fields["spec.hostNetwork"] = flag(pod.spec->hostNetwork);
    fields["status.phase"] = pod.status.phase;
    fields["status.podIP"] = pod.status.podIP;
    fields["status.nominatedNodeName"] = *pod.status->nominatedNodeName;
}

void add_selectable_fields(FieldMap& fields, const api::corev1::Node& node) {
    fields["spec.unschedulable"] = flag(node.spec.unschedulable);
}

void add_selectable_fields(FieldMap& fields, const api::corev1::Namespace& object) {
    fields["status.phase"] = object.status.phase;
}

void add_selectable_fields(FieldMap& fields, const api::corev1::Event& event) {
    const auto& about = event.involvedObject;
    fields["involvedObject.kind"] = about.kind;
    fields["involvedObject.namespace"] = about.namespace_;
    fields["involvedObject.name"] = about.name;
    fields["involvedObject.uid"] = about.uid;
    fields["involvedObject.apiVersion"] = about.apiVersion;
    fields["involvedObject.resourceVersion"] = *about.resourceVersion;
    fields["involvedObject.fieldPath"] = *about.fieldPath;
    fields["reason"] = event.reason;
    fields["reportingComponent"] = event.reportingComponent;
    fields["source"] =
        event.source.component.empty() ? event.reportingComponent : event.source.component;
    fields["type"] = event.type;
}

Result<Selection> Selection::from(const Route& route) {
    Selection selection;
    auto labels = api::Selector::parse(route.parameter("labelSelector"));
    if (!labels) {
        return bad_request_error(labels.error().message);
    }
    selection.labels_ = std::move(*labels);
    auto fields = api::FieldSelector::parse(route.parameter("fieldSelector"));
    if (!fields) {
        return bad_request_error(fields.error().message);
    }
    if (auto checked = check_fields(*fields, *route.kind); !checked) {
        return checked.error();
    }
    selection.fields_ = std::move(*fields);
    const std::string& limit = route.parameter("limit");
    std::from_chars(limit.data(), limit.data() + limit.size(), selection.limit_);
    selection.after_ = key_of_token(route.parameter("continue"));
    return selection;
}

void ListPage::take(const store::Key& key, boost::json::value object) {
    // The list says what its items are, so they do not.
    object.as_object().erase("apiVersion");
    object.as_object().erase("kind");
    items_.push_back(std::move(object));
    last_ = key;
}

boost::json::object ListPage::body(const api::KindInfo& kind) {
    boost::json::object metadata{{"resourceVersion", std::to_string(version_)}};
    if (more_) {
        metadata["continue"] = token_of(last_);
    }
    return {{"kind", std::string{kind.kind} + "List"},
            {"apiVersion", kind.gvk().api_version()},
            {"metadata", std::move(metadata)},
            {"items", std::move(items_)}};
}

}  // namespace wavetank::registry
