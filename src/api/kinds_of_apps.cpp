// The tables of the kinds of apps/v1 that kinds.cpp does not make.

#include <wavetank/api/kinds.hpp>

namespace wavetank::api {

template const TypeInfo& type_info<appsv1::ControllerRevision>();
template const TypeInfo& type_info<appsv1::StatefulSet>();
template const TypeInfo& type_info<appsv1::DaemonSet>();

}  // namespace wavetank::api
