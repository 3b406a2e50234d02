// The tables of the kinds of `autoscaling`, in a unit of their own: each takes long to compile.

#include <wavetank/api/kinds.hpp>

namespace wavetank::api {

template const TypeInfo& type_info<autoscalingv2::HorizontalPodAutoscaler>();

}  // namespace wavetank::api
