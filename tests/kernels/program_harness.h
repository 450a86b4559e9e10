#pragma once

#include "hearth/kernels/backend.h"
#include "kernels/program_reference.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace hearth::kernels::testing {

/// A program with random weights, float32 unless quantise() says otherwise, and KV arenas on one
/// backend. Sequences live in scattered blocks; a step takes the next tokens of any of them.
class ProgramHarness {
public:
    ProgramHarness(Backend& backend, std::uint32_t seed)
        : m_backend(&backend)
        , m_random(seed) {}

    /// Parts of a program, in the order of their ids.
    WeightId addMatrix(std::int64_t rows, std::int64_t columns, float spread = 1.0F);
    WeightId addVector(std::int64_t length, float mean = 0.0F, float spread = 1.0F);
    ValueId addValue(std::int32_t width, Rows rows = Rows::Tokens);
    View view(ValueId value, std::int32_t offset, std::int32_t width) const {
        return {value, offset, width};
    }
    View whole(ValueId value) const { return {value, 0, program.values[std::size_t(value)].width}; }

    /// Before prepare(): keeps a matrix as codes with a scale and an offset a group of columns,
    /// which are neighbours or, as in act order, any; and replaces its numbers by what the codes
    /// stand for.
    enum class ColumnOrder : std::uint8_t { Own, Shuffled };
    void quantise(WeightId id, std::uint8_t bits, std::int32_t groupSize,
                  ColumnOrder order = ColumnOrder::Own);
    /// Before prepare(): group `group` is a Cross group that `owner` fills as its `ownerGroup`, for
    /// sequences of the same index, which must have been added there before.
    void borrow(std::size_t group, ProgramHarness& owner, std::size_t ownerGroup) {
        m_borrowed[group] = {&owner, ownerGroup};
    }

    /// Packs the weights, makes the arenas and prepares the program.
    Status prepare(const ExecutionLimits& limits, std::int32_t blocks = 64);

    /// Opens a sequence of random tokens below `vocabulary`.
    std::size_t addSequence(std::int32_t length, std::int32_t vocabulary);
    const std::vector<std::int32_t>& tokens(std::size_t sequence) const {
        return m_sequences[sequence].tokens;
    }
    /// Runs the next `tokens` of each sequence; logits of all rows.
    struct Chunk {
        std::size_t sequence = 0;
        std::int32_t tokens = 0;
    };
    /// With a tree mask of one word a token, `positions` are those of the step's tokens.
    Status step(const std::vector<Chunk>& chunks, const std::vector<std::uint64_t>& treeMask = {},
                std::vector<std::int32_t> positions = {});
    /// Takes the first blocks of a sequence's table away.
    void dropBlocks(std::size_t sequence, std::size_t group, std::int32_t blocks);
    void setToken(std::size_t sequence, std::size_t index, std::int32_t token) {
        m_sequences[sequence].tokens[index] = token;
    }
    /// HostStep::ropeLengths of a sequence.
    void setRopeLength(std::size_t sequence, std::int32_t length) {
        m_sequences[sequence].ropeLength = length;
    }
    /// Before prepare(): fills one row of a weight.
    void setMatrix(WeightId id, std::int64_t row, float value);
    /// Before prepare(): sets one number of a weight.
    void setNumber(WeightId id, std::int64_t row, std::int64_t column, float value) {
        TestMatrix& matrix = m_matrices[std::size_t(id)];
        matrix.values[std::size_t(row * matrix.columns + column)] = value;
    }
    /// Forgets what a sequence has run, so that it can run again in other chunks.
    void rewind(std::size_t sequence);

    /// Results so far, [tokens run, width].
    const std::vector<float>& hidden(std::size_t sequence) const {
        return m_sequences[sequence].hidden;
    }
    const std::vector<float>& logits(std::size_t sequence) const {
        return m_sequences[sequence].logits;
    }
    ReferenceResult reference(std::size_t sequence) const;
    const std::vector<TestMatrix>& matrices() const { return m_matrices; }
    Executable& executable() { return *m_executable; }
    std::vector<KvArena*> arenas() const;
    float random(float mean, float spread);

    Program program;
    std::vector<KvLayout> kv;

private:
    struct Sequence {
        std::vector<std::int32_t> tokens;
        std::int32_t done = 0;
        std::int32_t ropeLength = 0;
        std::vector<std::vector<std::int32_t>> blocks; ///< A group's block table.
        std::vector<std::int32_t> firstBlocks;         ///< A group's blocks that are gone.
        std::vector<float> hidden;
        std::vector<float> logits;
    };

    /// A matrix that is packed as codes.
    struct QuantisedMatrix {
        std::vector<std::byte> codes;
        std::vector<float> scales;
        std::vector<float> offsets;
        std::vector<std::int32_t> order;
        GroupQuantisation groups;
    };
    struct Borrowed {
        ProgramHarness* owner = nullptr;
        std::size_t group = 0;
    };
    /// What a step's GroupTables of one group point to.
    struct Tables {
        std::vector<std::int32_t> blocks;
        std::vector<std::int32_t> firstBlocks;
        std::vector<std::int32_t> contexts;
    };

    Status packWeights();
    [[nodiscard]] WeightSource sourceOf(std::size_t id) const;
    [[nodiscard]] GroupTables tablesOf(std::size_t group, const std::vector<Chunk>& chunks,
                                       Tables& memory) const;
    void readResults(const std::vector<Chunk>& chunks, std::size_t rows);

    Backend* m_backend;
    std::mt19937 m_random;
    std::vector<TestMatrix> m_matrices;
    std::vector<bool> m_isVector;
    std::map<std::size_t, QuantisedMatrix> m_quantised; ///< By weight.
    std::map<std::size_t, Borrowed> m_borrowed;         ///< By group.
    std::vector<std::unique_ptr<PackedWeight>> m_packed;
    std::vector<std::unique_ptr<KvArena>> m_arenas;      ///< nullptr where borrowed.
    std::vector<std::vector<std::int32_t>> m_freeBlocks; ///< Shuffled, one list a group.
    std::unique_ptr<Executable> m_executable;
    std::vector<Sequence> m_sequences;
};

} // namespace hearth::kernels::testing
