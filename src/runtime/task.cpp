#include <wavetank/runtime/task.hpp>

#include <array>
#include <new>

// A pool would hide the use of a dead frame from the sanitizer.
#if defined(__SANITIZE_ADDRESS__)
#define WAVETANK_POOLS_FRAMES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WAVETANK_POOLS_FRAMES 0
#endif
#endif
#ifndef WAVETANK_POOLS_FRAMES
#define WAVETANK_POOLS_FRAMES 1
#endif

namespace wavetank::runtime {
namespace {

constexpr bool pools_frames = WAVETANK_POOLS_FRAMES != 0;
constexpr std::size_t granule = 64;
constexpr std::size_t class_count = 33;  // frames of up to 2 KiB

struct FreeFrame {
    FreeFrame* next;
};

// Trivial, so that frames may still be given back while the thread's other variables go.
struct FrameLists {
    std::array<FreeFrame*, class_count> heads;
    bool open;
};

constinit thread_local FrameLists lists{};

// Opens the lists of a thread at their first use and frees what they hold as the thread ends.
class FrameListsOwner {
public:
    FrameListsOwner() {
        lists.open = true;
    }
    ~FrameListsOwner() {
        lists.open = false;
        for (FreeFrame*& head : lists.heads) {
            while (head != nullptr) {
                ::operator delete(std::exchange(head, head->next));
            }
        }
    }
    FrameListsOwner(const FrameListsOwner&) = delete;
    FrameListsOwner& operator=(const FrameListsOwner&) = delete;
};

void open_lists() {
    static thread_local const FrameListsOwner owner;
}

std::size_t class_of(std::size_t size) {
    return (size + granule - 1) / granule;
}

}  // namespace

void* CoroutinePromise::operator new(std::size_t size) {
    const std::size_t index = class_of(size);
    if (!pools_frames || index >= class_count) {
        return ::operator new(size);
    }
    if (FreeFrame* const frame = lists.heads[index]; frame != nullptr) {
        lists.heads[index] = frame->next;
        return frame;
    }
    return ::operator new(index* granule);
}

void CoroutinePromise::operator delete(void* frame, std::size_t size) noexcept {
    const std::size_t index = class_of(size);
    if (!pools_frames || index >= class_count) {
        ::operator delete(frame);
        return;
    }
    if (!lists.open) {
        open_lists();
    }
    if (!lists.open) {
        ::operator delete(frame);
        return;
    }
    lists.heads[index] = ::new (frame) FreeFrame{lists.heads[index]};
}

}  // namespace wavetank::runtime
