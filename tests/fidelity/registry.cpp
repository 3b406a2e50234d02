// The list of all files of recorded cases, and who replays them. One line a file.

#include "fidelity/fidelity.hpp"

namespace wavetank::fidelity {

std::unique_ptr<Replayer> make_circuit_breaker_replayer();
std::unique_ptr<Replayer> make_cron_replayer();
std::unique_ptr<Replayer> make_cronjob_replayer();
std::unique_ptr<Replayer> make_cycles_replayer();
std::unique_ptr<Replayer> make_daemonset_replayer();
std::unique_ptr<Replayer> make_disruption_replayer();
std::unique_ptr<Replayer> make_endpointslice_replayer();
std::unique_ptr<Replayer> make_filters_replayer();
std::unique_ptr<Replayer> make_hash_replayer();
std::unique_ptr<Replayer> make_health_replayer();
std::unique_ptr<Replayer> make_hpa_behavior_replayer();
std::unique_ptr<Replayer> make_hpa_calculator_replayer();
std::unique_ptr<Replayer> make_hpa_runs_replayer();
std::unique_ptr<Replayer> make_intstr_replayer();
std::unique_ptr<Replayer> make_istio_replayer();
std::unique_ptr<Replayer> make_least_request_replayer();
std::unique_ptr<Replayer> make_job_replayer();
std::unique_ptr<Replayer> make_names_replayer();
std::unique_ptr<Replayer> make_nodelifecycle_replayer();
std::unique_ptr<Replayer> make_objects_replayer();
std::unique_ptr<Replayer> make_outlier_replayer();
std::unique_ptr<Replayer> make_quantity_replayer();
std::unique_ptr<Replayer> make_queue_replayer();
std::unique_ptr<Replayer> make_replicaset_replayer();
std::unique_ptr<Replayer> make_retry_replayer();
std::unique_ptr<Replayer> make_rollouts_replayer();
std::unique_ptr<Replayer> make_round_robin_replayer();
std::unique_ptr<Replayer> make_routes_replayer();
std::unique_ptr<Replayer> make_sampling_replayer();
std::unique_ptr<Replayer> make_selectors_replayer();
std::unique_ptr<Replayer> make_sequences_replayer();
std::unique_ptr<Replayer> make_statefulset_replayer();
std::unique_ptr<Replayer> make_updates_replayer();
std::unique_ptr<Replayer> make_yaml_replayer();

std::vector<Registration> registrations() {
    return {
        // api
        {"cron", make_cron_replayer},
        {"gone", nullptr},
        {"http", nullptr},
        {"intstr", make_intstr_replayer},
        {"names", make_names_replayer},
        {"objects", make_objects_replayer},
        {"patches", nullptr},
        {"quantity", make_quantity_replayer},
        {"selectors", make_selectors_replayer},
        {"updates", make_updates_replayer},
        {"yaml", make_yaml_replayer},
        // scheduler
        {"cycles", make_cycles_replayer},
        {"queue", make_queue_replayer},
        {"sampling", make_sampling_replayer},
        {"sequences", make_sequences_replayer},
        // controllers
        {"cronjob", make_cronjob_replayer},
        {"daemonset", make_daemonset_replayer},
        {"disruption", make_disruption_replayer},
        {"endpointslice", make_endpointslice_replayer},
        {"hpa_behavior", make_hpa_behavior_replayer},
        {"hpa_calculator", make_hpa_calculator_replayer},
        {"hpa_runs", make_hpa_runs_replayer},
        {"job", make_job_replayer},
        {"nodelifecycle", make_nodelifecycle_replayer},
        {"replicaset", make_replicaset_replayer},
        {"rollouts", make_rollouts_replayer},
        {"statefulset", make_statefulset_replayer},
        // mesh
        {"circuit_breaker", make_circuit_breaker_replayer},
        {"clusters", make_istio_replayer},
        {"endpoints", make_istio_replayer},
        {"filters", make_filters_replayer},
        {"hash", make_hash_replayer},
        {"health", make_health_replayer},
        {"httproute", make_istio_replayer},
        {"least_request", make_least_request_replayer},
        {"outlier", make_outlier_replayer},
        {"retry", make_retry_replayer},
        {"round_robin", make_round_robin_replayer},
        {"routes", make_routes_replayer},  // Envoy's and Istio's
        {"validation", make_istio_replayer},
    };
}

}  // namespace wavetank::fidelity
