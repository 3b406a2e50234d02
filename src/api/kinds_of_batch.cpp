// The tables of Jobs and of the small kinds: priorities and leases.

#include <wavetank/api/kinds.hpp>

namespace wavetank::api {

template const TypeInfo& type_info<batchv1::JobSpec>();
template const TypeInfo& type_info<batchv1::Job>();
template const TypeInfo& type_info<batchv1::CronJob>();
template const TypeInfo& type_info<schedulingv1::PriorityClass>();
template const TypeInfo& type_info<coordinationv1::Lease>();

}  // namespace wavetank::api
