#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace hearth {

/// An unsigned 64-bit number that came from outside (a file, a request). Arithmetic that would
/// overflow yields an invalid number, and an invalid number stays invalid, so that one check at
/// the end is enough. The only way to a plain integer is get<T>(), which also checks the range.
class Checked {
public:
    Checked() = default;
    template<std::integral T>
    constexpr Checked(T value) {
        if (std::in_range<std::uint64_t>(value))
            m_value = static_cast<std::uint64_t>(value);
        else
            m_valid = false;
    }

    [[nodiscard]] constexpr bool valid() const { return m_valid; }
    /// The value, if it is valid and fits T.
    template<std::integral T>
    [[nodiscard]] constexpr std::optional<T> get() const {
        if (!m_valid || !std::in_range<T>(m_value))
            return std::nullopt;
        return static_cast<T>(m_value);
    }
    /// True if valid and not above `limit`.
    [[nodiscard]] constexpr bool atMost(std::uint64_t limit) const {
        return m_valid && m_value <= limit;
    }

    friend constexpr Checked operator+(Checked a, Checked b) {
        Checked sum;
        sum.m_valid = a.m_valid && b.m_valid &&
                      !__builtin_add_overflow(a.m_value, b.m_value, &sum.m_value);
        return sum;
    }
    friend constexpr Checked operator-(Checked a, Checked b) {
        Checked difference;
        difference.m_valid = a.m_valid && b.m_valid &&
                             !__builtin_sub_overflow(a.m_value, b.m_value, &difference.m_value);
        return difference;
    }
    friend constexpr Checked operator*(Checked a, Checked b) {
        Checked product;
        product.m_valid = a.m_valid && b.m_valid &&
                          !__builtin_mul_overflow(a.m_value, b.m_value, &product.m_value);
        return product;
    }
    /// Rounds up to a multiple of `alignment`, which must not be zero.
    [[nodiscard]] constexpr Checked alignedUp(std::uint64_t alignment) const {
        if (alignment == 0)
            return invalid();
        const Checked raised = *this + Checked(alignment - 1);
        return raised.m_valid ? Checked(raised.m_value / alignment * alignment) : invalid();
    }
    [[nodiscard]] static constexpr Checked invalid() {
        Checked none;
        none.m_valid = false;
        return none;
    }

private:
    std::uint64_t m_value = 0;
    bool m_valid = true;
};

} // namespace hearth
