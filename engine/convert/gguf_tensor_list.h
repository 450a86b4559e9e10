#pragma once

#include "convert/gguf_tensors.h"
#include "models/program_builder.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace hearth {

/// Collects the tensors of a GGUF file out of what a ProgramBuilder asks of a checkpoint. What
/// lists an architecture's tensors derives from it.
class GgufTensorList {
protected:
    GgufTensorList(const NormSpec& norm, const Checkpoint& checkpoint);

    /// Jobs of what the builder has got since.
    void collect();
    /// A matrix, joined of several, and its bias where the checkpoint has one.
    void addMatrix(const std::string& role, const std::vector<MatrixSource>& sources);
    /// A matrix that is one whole tensor, or rows of it, without a bias.
    void addTable(const std::string& role, TensorRows rows, std::int64_t columns);
    /// A norm and its bias where there is one; nothing for an empty name.
    void addNorm(const std::string& role, const std::string& name, std::int64_t width);

    ProgramBuilder m_builder;
    std::vector<GgufTensorJob> m_jobs;

private:
    const NormSpec& m_norm;
    std::size_t m_taken = 0;
};

} // namespace hearth
