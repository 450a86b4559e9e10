#pragma once

#include <cstddef>
#include <span>

namespace hearth {

struct BusGuardSlot;

/// Registers a file mapping with the process-wide SIGBUS handler, which is installed by the first
/// call: a fault inside `mapping` puts a page of zeros there and marks the slot. Any thread.
[[nodiscard]] BusGuardSlot* guardMapping(std::span<const std::byte> mapping);
/// Ends the guard; call it before munmap(). The slot must not be used afterwards.
void releaseGuard(BusGuardSlot* slot);
[[nodiscard]] bool hasFaulted(const BusGuardSlot* slot);

} // namespace hearth
