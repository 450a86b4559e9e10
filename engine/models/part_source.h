#pragma once

#include "formats/quantised/unpacked_matrix.h"
#include "formats/tensor_view.h"
#include "hearth/kernels/weights.h"
#include "hearth/result.h"
#include "models/weight_request.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace hearth {

/// Who looks for NaN and infinities in numbers that lie in a mapped file as the backend wants them.
enum class NumberCheck : std::uint8_t {
    Reader,  ///< PartSource::read().
    Backend, ///< The backend (kernels::Backend::looksForNonFinite()).
};

/// A part of a weight as a backend takes it, and the memory that it needs beyond the mapped file.
/// Stays at its address, into which source() points.
class PartSource {
public:
    /// Reads a part that checkPart() has passed: a view into the file where it can be one, else
    /// unpacked or rearranged numbers. Errors: Corrupt naming the place of a number that is not
    /// finite (found in the copy, or in a pass over the mapped numbers just before a backend reads
    /// them, so that memory and disk see them once); those of StoredMatrix.
    static Result<std::unique_ptr<PartSource>> read(const TensorView& tensor,
                                                    const TensorPart& part, WeightShape shape,
                                                    NumberCheck check = NumberCheck::Reader);

    PartSource(const PartSource&) = delete;
    PartSource& operator=(const PartSource&) = delete;

    [[nodiscard]] const kernels::WeightSource& source() const { return m_source; }
    /// True if source() points into memory of this object.
    [[nodiscard]] bool ownsNumbers() const { return m_numbers || m_unpacked; }

private:
    PartSource() = default;
    void setRandom(const TensorView& tensor, const TensorPart& part, WeightShape shape);
    void setMapped(const TensorView& tensor, const TensorPart& part, WeightShape shape);
    Result<void> setTransformed(const TensorView& tensor, const TensorPart& part,
                                WeightShape shape);
    Result<void> setUnpacked(const TensorView& tensor, const TensorPart& part);
    [[nodiscard]] Result<void> checkNumbers(const TensorPart& part) const;

    kernels::WeightSource m_source;
    kernels::GroupQuantisation m_groups; ///< Of random numbers.
    std::unique_ptr<std::byte[]> m_numbers;
    std::unique_ptr<const UnpackedMatrix> m_unpacked;
};

/// Checks that a tensor has the shape that a part says, a type that can be computed with, and
/// columns that can be cut so. Errors: Corrupt with both shapes, Unsupported, each naming the
/// tensor.
Result<void> checkPart(const TensorView& tensor, const TensorPart& part, WeightShape shape);

} // namespace hearth
