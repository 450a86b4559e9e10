#pragma once

#include "cuda_emulation/emulation.h"

#include <cuda_runtime.h>

#include <cstddef>

/// What the parts of the emulated runtime share.
namespace hearth::kernels::cuda::emulation {

/// Contents of memory that nobody has written: NaN in every floating type.
inline constexpr int kPoison = 0xff;

DeviceSettings deviceSettings();
int currentDevice();

/// The sticky error, if there is one.
cudaError_t stickyError();
/// Keeps an error for cudaGetLastError() and returns it; a sticky one goes first.
cudaError_t finish(cudaError_t error);

/// Counts a kernel that is about to run; an error if it has to fail.
cudaError_t countLaunch();
void countGraphLaunch();
void countObject(int change);

/// Takes from the memory of a device; false if it has too little.
bool takeMemory(int device, std::size_t bytes);
void returnMemory(int device, std::size_t bytes);
std::size_t freeMemory(int device);
void countReserved(std::size_t bytes, bool reserved);

/// Whether the whole range is device memory, which may be of several neighbouring pieces.
bool isDeviceMemory(const void* address, std::size_t bytes);
void addDeviceRange(const void* address, std::size_t bytes);
void removeDeviceRange(const void* address);
std::size_t pinnedBytes();

/// Whether a recording forbids calls that wait or allocate on this thread.
bool captureForbids();

} // namespace hearth::kernels::cuda::emulation
