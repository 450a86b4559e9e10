#include "kernels/program_harness.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace hearth::kernels::testing {

float ProgramHarness::random(float mean, float spread) {
    return mean + spread * std::normal_distribution<float>()(m_random);
}

WeightId ProgramHarness::addMatrix(std::int64_t rows, std::int64_t columns, float spread) {
    TestMatrix matrix{rows, columns, std::vector<float>(std::size_t(rows * columns))};
    for (float& value : matrix.values)
        value = random(0.0F, spread);
    m_matrices.push_back(std::move(matrix));
    m_isVector.push_back(false);
    return WeightId(m_matrices.size() - 1);
}

WeightId ProgramHarness::addVector(std::int64_t length, float mean, float spread) {
    const WeightId id = addMatrix(1, length, spread);
    for (float& value : m_matrices.back().values)
        value += mean;
    m_isVector.back() = true;
    return id;
}

ValueId ProgramHarness::addValue(std::int32_t width, Rows rows) {
    program.values.push_back({rows, width});
    return ValueId(program.values.size() - 1);
}

void ProgramHarness::quantise(WeightId id, std::uint8_t bits, std::int32_t groupSize,
                              ColumnOrder order) {
    TestMatrix& matrix = m_matrices[std::size_t(id)];
    QuantisedMatrix& out = m_quantised[std::size_t(id)];
    const std::int64_t rowBytes = (matrix.columns * bits + 7) / 8;
    const auto largestCode = float((1U << bits) - 1U);
    out.codes.resize(std::size_t(matrix.rows * rowBytes));
    out.order.resize(std::size_t(matrix.columns));
    std::iota(out.order.begin(), out.order.end(), 0);
    if (order == ColumnOrder::Shuffled)
        std::shuffle(out.order.begin(), out.order.end(), m_random);
    for (std::int64_t row = 0; row < matrix.rows; ++row)
        for (std::int64_t first = 0; first < matrix.columns; first += groupSize) {
            float* const values = matrix.values.data() + row * matrix.columns;
            const std::int32_t* const columns = out.order.data() + first;
            const std::int64_t count = std::min<std::int64_t>(groupSize, matrix.columns - first);
            const auto [low, high] = std::minmax_element(
                columns, columns + count, [&](auto a, auto b) { return values[a] < values[b]; });
            const float offset = values[*low];
            const float scale = (values[*high] - offset) / largestCode;
            out.scales.push_back(scale);
            out.offsets.push_back(offset);
            for (std::int64_t i = 0; i < count; ++i) {
                float& value = values[columns[i]];
                const float code = scale > 0 ? std::nearbyint((value - offset) / scale) : 0;
                value = code * scale + offset;
                for (std::int64_t bit = 0; bit < bits; ++bit) {
                    const std::int64_t place = (first + i) * bits + bit;
                    out.codes[std::size_t(row * rowBytes + place / 8)] |=
                        std::byte(unsigned(code) >> bit & 1U) << int(place % 8);
                }
            }
        }
    out.groups = {bits,
                  groupSize,
                  out.scales.data(),
                  out.offsets.data(),
                  nullptr,
                  order == ColumnOrder::Shuffled ? out.order.data() : nullptr};
}

WeightSource ProgramHarness::sourceOf(std::size_t id) const {
    const TestMatrix& matrix = m_matrices[id];
    WeightSource source;
    source.rows = matrix.rows;
    source.columns = matrix.columns;
    if (const auto found = m_quantised.find(id); found != m_quantised.end()) {
        source.data = found->second.codes.data();
        source.type = DType::U8;
        source.rowBytes = std::int64_t(found->second.codes.size()) / matrix.rows;
        source.groups = &found->second.groups;
    } else {
        source.data = reinterpret_cast<const std::byte*>(matrix.values.data());
        source.rowBytes = matrix.columns * 4;
    }
    return source;
}

Status ProgramHarness::packWeights() {
    for (std::size_t i = 0; i < m_matrices.size(); ++i) {
        const WeightSource source = sourceOf(i);
        std::unique_ptr<PackedWeight> packed;
        const Status status = m_isVector[i] ? m_backend->packVector({&source, 1}, packed)
                                            : m_backend->packMatrix({&source, 1}, packed);
        if (status != Status::Ok)
            return status;
        m_packed.push_back(std::move(packed));
    }
    return Status::Ok;
}

Status ProgramHarness::prepare(const ExecutionLimits& limits, std::int32_t blocks) {
    if (const Status status = packWeights(); status != Status::Ok)
        return status;
    for (const KvLayout& layout : kv) {
        std::unique_ptr<KvArena>& arena = m_arenas.emplace_back();
        if (m_borrowed.contains(m_freeBlocks.size())) {
            m_freeBlocks.emplace_back();
            continue;
        }
        if (const Status status = m_backend->createKvArena(layout, blocks, arena);
            status != Status::Ok)
            return status;
        if (const Status status = arena->resize(blocks); status != Status::Ok)
            return status;
        std::vector<std::int32_t>& free = m_freeBlocks.emplace_back(std::size_t(blocks));
        std::iota(free.begin(), free.end(), 0);
        std::shuffle(free.begin(), free.end(), m_random);
    }
    std::vector<const PackedWeight*> weights;
    for (const std::unique_ptr<PackedWeight>& weight : m_packed)
        weights.push_back(weight.get());
    return m_backend->prepare(program, weights, kv, limits, m_executable);
}

std::size_t ProgramHarness::addSequence(std::int32_t length, std::int32_t vocabulary) {
    Sequence& sequence = m_sequences.emplace_back();
    for (std::int32_t i = 0; i < length; ++i)
        sequence.tokens.push_back(
            std::uniform_int_distribution<std::int32_t>(0, vocabulary - 1)(m_random));
    for (std::size_t group = 0; group < kv.size(); ++group) {
        sequence.firstBlocks.push_back(0);
        if (const auto borrowed = m_borrowed.find(group); borrowed != m_borrowed.end()) {
            const auto& [owner, ownerGroup] = borrowed->second;
            sequence.blocks.push_back(
                owner->m_sequences[m_sequences.size() - 1].blocks[ownerGroup]);
            continue;
        }
        const std::int32_t blockTokens = kv[group].blockTokens;
        std::vector<std::int32_t>& free = m_freeBlocks[group];
        const std::size_t needed = std::size_t((length + blockTokens - 1) / blockTokens);
        sequence.blocks.emplace_back(free.end() - std::ptrdiff_t(needed), free.end());
        free.resize(free.size() - needed);
    }
    return m_sequences.size() - 1;
}

void ProgramHarness::rewind(std::size_t sequence) {
    m_sequences[sequence].done = 0;
    m_sequences[sequence].hidden.clear();
    m_sequences[sequence].logits.clear();
}

std::vector<KvArena*> ProgramHarness::arenas() const {
    std::vector<KvArena*> result;
    for (std::size_t group = 0; group < m_arenas.size(); ++group) {
        const auto borrowed = m_borrowed.find(group);
        result.push_back(borrowed == m_borrowed.end()
                             ? m_arenas[group].get()
                             : borrowed->second.owner->m_arenas[borrowed->second.group].get());
    }
    return result;
}

ReferenceResult ProgramHarness::reference(std::size_t sequence) const {
    ReferenceCache held;
    for (const auto& [group, borrowed] : m_borrowed)
        for (const auto& [place, stored] : borrowed.owner->reference(sequence).stored)
            if (std::size_t(place.first) == borrowed.group)
                held[{std::int32_t(group), place.second}] = stored;
    return runReference(program, m_matrices,
                        {tokens(sequence), {}, {}, m_sequences[sequence].ropeLength, &held});
}

GroupTables ProgramHarness::tablesOf(std::size_t group, const std::vector<Chunk>& chunks,
                                     Tables& memory) const {
    GroupTables tables;
    for (const Chunk& chunk : chunks)
        tables.stride =
            std::max(tables.stride, std::int32_t(m_sequences[chunk.sequence].blocks[group].size()));
    const auto borrowed = m_borrowed.find(group);
    for (const Chunk& chunk : chunks) {
        std::vector<std::int32_t> row = m_sequences[chunk.sequence].blocks[group];
        row.resize(std::size_t(tables.stride), -1);
        memory.blocks.insert(memory.blocks.end(), row.begin(), row.end());
        memory.firstBlocks.push_back(m_sequences[chunk.sequence].firstBlocks[group]);
        if (borrowed != m_borrowed.end())
            memory.contexts.push_back(borrowed->second.owner->m_sequences[chunk.sequence].done);
    }
    tables.blockTables = memory.blocks.data();
    tables.firstBlocks = memory.firstBlocks.data();
    if (!memory.contexts.empty())
        tables.contextLengths = memory.contexts.data();
    return tables;
}

void ProgramHarness::dropBlocks(std::size_t sequence, std::size_t group, std::int32_t blocks) {
    std::vector<std::int32_t>& table = m_sequences[sequence].blocks[group];
    table.erase(table.begin(), table.begin() + blocks);
    m_sequences[sequence].firstBlocks[group] += blocks;
}

void ProgramHarness::setMatrix(WeightId id, std::int64_t row, float value) {
    TestMatrix& matrix = m_matrices[std::size_t(id)];
    std::fill_n(matrix.values.begin() + row * matrix.columns, matrix.columns, value);
}

Status ProgramHarness::step(const std::vector<Chunk>& chunks,
                            const std::vector<std::uint64_t>& treeMask,
                            std::vector<std::int32_t> positions) {
    const bool ownPositions = !positions.empty();
    std::vector<std::int32_t> tokens;
    std::vector<std::int32_t> starts{0};
    std::vector<std::int32_t> contexts;
    std::vector<std::int32_t> ropeLengths;
    for (const Chunk& chunk : chunks) {
        Sequence& sequence = m_sequences[chunk.sequence];
        for (std::int32_t i = 0; i < chunk.tokens; ++i) {
            tokens.push_back(sequence.tokens[std::size_t(sequence.done + i)]);
            if (!ownPositions)
                positions.push_back(sequence.done + i);
        }
        sequence.done += chunk.tokens;
        starts.push_back(std::int32_t(tokens.size()));
        contexts.push_back(sequence.done);
        ropeLengths.push_back(sequence.ropeLength);
    }
    std::vector<Tables> memory(kv.size());
    std::vector<GroupTables> groups;
    for (std::size_t group = 0; group < kv.size(); ++group)
        groups.push_back(tablesOf(group, chunks, memory[group]));
    std::vector<std::int32_t> logitRows(tokens.size());
    std::iota(logitRows.begin(), logitRows.end(), 0);
    HostStep host;
    host.tokens = tokens;
    host.positions = positions;
    host.queryStarts = starts;
    host.contextLengths = contexts;
    host.groups = groups;
    host.ropeLengths = ropeLengths;
    host.treeMask = treeMask;
    host.treeMaskWords = treeMask.empty() ? 0 : 1;
    if (program.logits.value != kNone)
        host.logitRows = logitRows;
    if (const Status status = m_executable->stage(host); status != Status::Ok)
        return status;
    if (const Status status = m_executable->run(arenas()); status != Status::Ok)
        return status;
    readResults(chunks, tokens.size());
    return Status::Ok;
}

void ProgramHarness::readResults(const std::vector<Chunk>& chunks, std::size_t rows) {
    const auto append = [&](const View& view, auto read, std::vector<float> Sequence::*target) {
        if (view.value == kNone)
            return;
        std::vector<float> all(rows * std::size_t(view.width));
        if (read(all) != Status::Ok)
            return;
        auto next = all.begin();
        for (const Chunk& chunk : chunks) {
            const auto end = next + std::ptrdiff_t{chunk.tokens} * view.width;
            std::vector<float>& out = m_sequences[chunk.sequence].*target;
            out.insert(out.end(), next, end);
            next = end;
        }
    };
    append(
        program.hidden, [&](auto& all) { return m_executable->readHidden(all); },
        &Sequence::hidden);
    append(
        program.logits, [&](auto& all) { return m_executable->readLogits(all); },
        &Sequence::logits);
}

} // namespace hearth::kernels::testing
