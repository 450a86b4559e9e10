#pragma once

#include "formats/tensor_view.h"
#include "hearth/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

class StoredMatrix;

/// The tensors of a checkpoint from which a format's reader takes the parts of its matrices; what
/// nobody takes stays a tensor of its own.
class PartTable {
public:
    /// `tensors` sorted by name; `path` for errors.
    PartTable(std::string path, std::span<const TensorView> tensors)
        : m_path(std::move(path))
        , m_tensors(tensors)
        , m_taken(tensors.size()) {}

    [[nodiscard]] std::span<const TensorView> tensors() const { return m_tensors; }
    [[nodiscard]] bool isTaken(std::size_t index) const { return m_taken[index]; }
    [[nodiscard]] const TensorView* find(std::string_view name) const;

    /// nullptr if absent.
    const TensorView* take(std::string_view name);
    /// Errors: NotFound naming the tensor.
    Result<const TensorView*> require(std::string_view name);

    [[nodiscard]] Failure failure(ErrorCode code, std::string field, std::string detail) const;

private:
    std::string m_path;
    std::span<const TensorView> m_tensors;
    std::vector<bool> m_taken;
};

/// A matrix that replaces its parts, and what its TensorView says. `shape` is [N, K], or [E, N, K]
/// for the matrices of E experts, rows joined.
struct LogicalTensor {
    std::string name;
    std::vector<std::int64_t> shape;
    GroupFormat groups;
    std::shared_ptr<const StoredMatrix> matrix;
};

/// A tensor's shape must be `wanted`; `reason` is what needs that. Errors: Corrupt naming the
/// tensor, with both shapes.
Result<void> requireShape(const PartTable& table, const TensorView& tensor,
                          const std::vector<std::int64_t>& wanted,
                          std::string_view reason = "its matrix needs");
/// Its type must be one of these. Errors: Unsupported naming the tensor and its type.
Result<void> requireType(const PartTable& table, const TensorView& tensor,
                         std::initializer_list<kernels::DType> wanted);
/// Numbers that scales may be: F32, F16, BF16.
Result<void> requireScales(const PartTable& table, const TensorView& tensor);

/// `count` numbers of a tensor, of a type that requireScales() or U8 (8-bit exponents) allow.
void readNumbers(const TensorView& tensor, std::int64_t first, std::int64_t count, float* out);

} // namespace hearth
