#pragma once

#include "formats/checkpoint.h"
#include "hearth/kernels/program.h"
#include "models/weight_request.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// How a rank cuts a matrix: by rows it gets some outputs, by columns some inputs of every output.
enum class Cut : std::uint8_t { None, Rows, Columns };

/// A matrix of a layer (and of an expert in it), [sum of the rows, columns].
struct MatrixSource {
    const MatrixRows& rows;
    std::int64_t columns;
};

/// Writes a program operation by operation, and the requests of its weights beside it.
class ProgramBuilder {
public:
    /// `checkpoint` tells which biases exist.
    ProgramBuilder(const Checkpoint& checkpoint, const Shard& shard)
        : m_checkpoint(checkpoint), m_shard(shard) {}

    /// What {} in the names stands for from now on; `prefix` begins the requests' names.
    void setLayer(std::int32_t layer, std::string prefix);
    /// Likewise the second {}; `experts` is how many there are.
    void setExpert(std::int32_t expert, std::int32_t experts) {
        m_expert = expert;
        m_experts = experts;
    }

    kernels::ValueId addValue(kernels::Rows rows, std::int32_t width);
    [[nodiscard]] kernels::View whole(kernels::ValueId value) const;
    void add(kernels::Operation operation) { program.operations.push_back(std::move(operation)); }

    /// A matrix joined of several, one below the other; every rank's cut of each.
    kernels::WeightId addMatrix(std::string_view role, const std::vector<MatrixSource>& sources,
                                Cut cut);
    /// This rank's heads of a matrix with an entry a head, [entry's rows, columns], each transposed
    /// by itself: [heads * columns, entry's rows].
    kernels::WeightId addTransposedHeads(std::string_view role, const MatrixRows& heads,
                                         std::int64_t columns);
    /// The joined biases of the same rows, kNone if the checkpoint has none for the first: it has
    /// all or none, and the loader names the one that is missing.
    kernels::WeightId addBias(std::string_view role, const std::vector<MatrixSource>& sources,
                              Cut cut);
    /// A whole vector; kNone if the name is empty.
    kernels::WeightId addVector(std::string_view role, const std::string& tensor,
                                std::int64_t length);
    /// Vectors joined as addMatrix() joins matrices.
    kernels::WeightId addVector(std::string_view role, const std::vector<MatrixSource>& sources,
                                Cut cut);

    /// Numbers of a table [rows, columns] in an order of their own.
    kernels::WeightId addPicked(std::string_view role, const std::string& tensor,
                                std::int64_t rows, std::int64_t columns,
                                std::vector<std::int32_t> picked);

    /// Normalises each run of `width` columns by itself. Gain of `name`, and its bias where the
    /// checkpoint has one. `in` and `out` may be the same.
    void addNorm(const NormSpec& norm, kernels::View in, kernels::View out, std::int32_t width,
                 std::string_view role, const std::string& name);
    /// out = in · Wᵀ + bias of matrices joined; every rank computes its rows.
    void addProduct(kernels::View in, kernels::View out, std::string_view role,
                    const std::vector<MatrixSource>& sources, std::int32_t adapterSlot,
                    Cut cut = Cut::Rows);
    /// A product whose inputs are cut, so that the ranks' results are summed: into `out`, or onto
    /// it where `accumulate`. `scratch`, as wide as out, is used where there are several ranks.
    void addSummedProduct(kernels::View in, kernels::View out, bool accumulate,
                          kernels::View scratch, std::string_view role, const MatrixSource& source,
                          std::int32_t adapterSlot);

    [[nodiscard]] const Shard& shard() const { return m_shard; }

    kernels::Program program;
    std::vector<WeightRequest> weights;

private:
    [[nodiscard]] std::string tensorName(const std::string& pattern) const;
    kernels::WeightId addWeight(WeightShape shape, std::string_view role,
                                std::vector<TensorPart> parts);
    /// Rows [first, first + count) of `rows`, this rank's columns.
    [[nodiscard]] TensorPart partOf(const TensorRows& rows, std::int64_t columns,
                                    std::int64_t first, std::int64_t count, Cut cut) const;
    void appendParts(const MatrixSource& source, Cut cut, std::vector<TensorPart>& parts) const;

    const Checkpoint& m_checkpoint;
    const Shard m_shard;
    std::int32_t m_layer = 0;
    std::int32_t m_expert = 0;
    std::int32_t m_experts = 1;
    std::string m_prefix;
};

} // namespace hearth
