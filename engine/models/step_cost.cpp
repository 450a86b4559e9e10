#include "models/step_cost.h"

#include <set>
#include <variant>
#include <vector>

namespace hearth {

using namespace kernels;

namespace {

class Counter {
public:
    Counter(const Program& program, std::span<const WeightSize> weights,
            std::span<const KvLayout> kv)
        : m_program(program), m_weights(weights), m_kv(kv), m_isExpert(weights.size()) {}

    StepCost count() {
        for (const Operation& operation : m_program.operations)
            std::visit([this](const auto& op) { add(op); }, operation);
        for (std::size_t i = 0; i < m_weights.size(); ++i) {
            const auto id = WeightId(i);
            if (!m_isExpert[i] && (!m_tables.contains(id) || m_multiplied.contains(id)))
                m_cost.weightBytes += m_weights[i].bytes;
        }
        return m_cost;
    }

private:
    [[nodiscard]] const WeightSize& size(WeightId id) const { return m_weights[std::size_t(id)]; }

    template<typename Other>
    void add(const Other& /*op*/) {}
    void add(const EmbedOp& op) {
        m_tables.insert(op.table);
        m_tables.insert(op.positions);
    }
    void add(const LinearOp& op) {
        m_multiplied.insert(op.weight);
        const Rows rows = m_program.values[std::size_t(op.in.value)].rows;
        (rows == Rows::Tokens ? m_cost.layerParameters : m_cost.headParameters) +=
            size(op.weight).parameters;
    }
    void add(const HeadLinearOp& op) { m_cost.layerParameters += size(op.weight).parameters; }
    void add(const AttentionOp& op) {
        // A product with the key and one with the value, two operations a number.
        const KvLayout& layout = m_kv[std::size_t(op.group)];
        m_cost.attentionOperations +=
            2 * (std::uint64_t(op.heads) * std::uint64_t(layout.keyWidth) +
                 std::uint64_t(op.out.width));
    }
    void add(const ExpertsOp& op) {
        WeightSize all;
        for (const auto* const list : {&op.gateUp, &op.gateUpBias, &op.down, &op.downBias})
            for (const WeightId id : *list) {
                m_isExpert[std::size_t(id)] = true;
                all.bytes += size(id).bytes;
                all.parameters += size(id).parameters;
            }
        const std::uint64_t chosen = std::uint64_t(op.routes.width) / 2;
        const std::uint64_t experts = op.gateUp.size();
        const std::uint64_t used = all.parameters / experts * chosen;
        m_cost.weightBytes += all.bytes / experts * chosen;
        m_cost.layerParameters += used;
        if (chosen == experts)
            return;
        m_cost.unusedParameters += all.parameters - used;
        m_cost.expertBytes += all.bytes;
        m_cost.expertShare = double(chosen) / double(experts);
    }

    const Program& m_program;
    std::span<const WeightSize> m_weights;
    std::span<const KvLayout> m_kv;
    std::set<WeightId> m_tables;
    std::set<WeightId> m_multiplied;
    std::vector<bool> m_isExpert;
    StepCost m_cost;
};

} // namespace

StepCost stepCost(const Program& program, std::span<const WeightSize> weights,
                  std::span<const KvLayout> kv) {
    return Counter(program, weights, kv).count();
}

} // namespace hearth
