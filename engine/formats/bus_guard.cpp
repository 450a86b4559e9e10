#include "formats/bus_guard.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

namespace hearth {

/// A guarded range. Slots are only ever added to the list and are used again after their release,
/// so that the handler can walk the list at any moment. `end` is zero while a slot is free, and
/// `begin` and `faulted` change only then.
struct BusGuardSlot {
    std::atomic<std::uintptr_t> begin{0};
    std::atomic<std::uintptr_t> end{0};
    std::atomic<bool> faulted{false};
    BusGuardSlot* next = nullptr;
};

namespace {

// What the handler reads. It runs on any thread at any instruction: lock-free atomics only.
std::atomic<BusGuardSlot*> allSlots{nullptr};
std::uintptr_t pageBytes = 0;
struct sigaction previousAction {};

static_assert(std::atomic<std::uintptr_t>::is_always_lock_free);
static_assert(std::atomic<BusGuardSlot*>::is_always_lock_free);
static_assert(std::atomic<bool>::is_always_lock_free);

BusGuardSlot* slotOf(std::uintptr_t address) {
    for (BusGuardSlot* slot = allSlots.load(); slot != nullptr; slot = slot->next) {
        const std::uintptr_t end = slot->end.load();
        const std::uintptr_t begin = slot->begin.load();
        if (address < end && address >= begin && slot->end.load() == end)
            return slot;
    }
    return nullptr;
}

bool mendPage(void* fault) {
    const auto address = reinterpret_cast<std::uintptr_t>(fault);
    BusGuardSlot* slot = slotOf(address);
    if (slot == nullptr)
        return false;
    slot->faulted.store(true);
    void* page = static_cast<std::byte*>(fault) - address % pageBytes;
    return mmap(page, pageBytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page;
}

void callPrevious(int signal, siginfo_t* info, void* context) {
    if ((previousAction.sa_flags & SA_SIGINFO) != 0) {
        previousAction.sa_sigaction(signal, info, context);
    } else if (previousAction.sa_handler == SIG_DFL || previousAction.sa_handler == SIG_IGN) {
        // Ends the process as if there were no handler of ours, once this handler returns.
        struct sigaction standard {};
        standard.sa_handler = SIG_DFL;
        sigaction(signal, &standard, nullptr);
        raise(signal);
    } else {
        previousAction.sa_handler(signal);
    }
}

void onBusError(int signal, siginfo_t* info, void* context) {
    const int savedErrno = errno;
    // Positive codes come from the kernel; only those have an address.
    const bool mended = info->si_code > 0 && mendPage(info->si_addr);
    if (!mended)
        callPrevious(signal, info, context);
    errno = savedErrno;
}

void installHandler() {
    pageBytes = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    struct sigaction action {};
    action.sa_sigaction = onBusError;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &previousAction);
}

std::mutex& registryMutex() {
    static std::mutex mutex;
    return mutex;
}

BusGuardSlot* freeSlot() {
    for (BusGuardSlot* slot = allSlots.load(); slot != nullptr; slot = slot->next)
        if (slot->end.load() == 0)
            return slot;
    auto* slot = new BusGuardSlot;
    slot->next = allSlots.load();
    allSlots.store(slot);
    return slot;
}

} // namespace

BusGuardSlot* guardMapping(std::span<const std::byte> mapping) {
    static std::once_flag installed;
    std::call_once(installed, installHandler);
    const std::scoped_lock lock(registryMutex());
    BusGuardSlot* slot = freeSlot();
    const auto begin = reinterpret_cast<std::uintptr_t>(mapping.data());
    slot->faulted.store(false);
    slot->begin.store(begin);
    slot->end.store(begin + mapping.size());
    return slot;
}

void releaseGuard(BusGuardSlot* slot) {
    const std::scoped_lock lock(registryMutex());
    slot->end.store(0);
}

bool hasFaulted(const BusGuardSlot* slot) {
    return slot->faulted.load();
}

} // namespace hearth
