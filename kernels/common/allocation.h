#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

/// Every allocation of the CPU backend goes through here, so that tests can let each of them fail.
namespace hearth::kernels {

inline constexpr std::size_t kCacheLine = 64;

/// Test hook: the allocation after `successes` further ones fails, once. Negative: none fails.
void failAllocationAfter(std::int64_t successes);
/// Allocations asked for since the process started.
[[nodiscard]] std::int64_t allocationCount();
/// Counts an allocation; false where the test hook lets it fail.
[[nodiscard]] bool mayAllocate();

/// Memory at a multiple of kCacheLine, uninitialised; nullptr where there is none.
[[nodiscard]] void* allocateBytes(std::size_t bytes);
void freeBytes(void* memory);

/// Owns an uninitialised array, aligned to a cache line. Empty after a failed allocate().
template<typename T>
class Buffer {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
    Buffer() = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    Buffer(Buffer&& other) noexcept { swap(other); }
    Buffer& operator=(Buffer&& other) noexcept {
        Buffer(std::move(other)).swap(*this);
        return *this;
    }
    ~Buffer() { freeBytes(m_data); }

    /// Replaces the array. False, and an empty buffer, where there is no memory for it.
    [[nodiscard]] bool allocate(std::size_t count) {
        freeBytes(std::exchange(m_data, nullptr));
        m_size = 0;
        std::size_t size = 0;
        if (__builtin_mul_overflow(count, sizeof(T), &size))
            return false;
        m_data = static_cast<T*>(allocateBytes(size));
        m_size = m_data ? count : 0;
        return m_data != nullptr;
    }
    [[nodiscard]] T* data() const { return m_data; }
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] std::size_t bytes() const { return m_size * sizeof(T); }
    [[nodiscard]] T& operator[](std::size_t index) const { return m_data[index]; }

private:
    void swap(Buffer& other) noexcept {
        std::swap(m_data, other.m_data);
        std::swap(m_size, other.m_size);
    }

    T* m_data = nullptr;
    std::size_t m_size = 0;
};

} // namespace hearth::kernels
