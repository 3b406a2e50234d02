#include <wavetank/mesh/update_merge_window.hpp>

#include <chrono>

namespace wavetank::mesh {

// Envoy counts whole milliseconds, and a change just at the end of the window still waits.
TimePoint UpdateMergeWindow::note(HostChange change, TimePoint now) {
    using std::chrono::milliseconds;
    if (window_ <= Duration::zero()) {
        return now;
    }
    const bool is_within = updated_ && std::chrono::duration_cast<milliseconds>(now - *updated_) <=
                                           std::chrono::duration_cast<milliseconds>(window_);
    if (change == HostChange::Membership || !is_within) {
        due_.reset();
        updated_ = now;
        return now;
    }
    if (!due_) {
        due_ = now + window_;
    }
    return *due_;
}

void UpdateMergeWindow::end(TimePoint now) {
    due_.reset();
    updated_ = now;
}

}  // namespace wavetank::mesh
