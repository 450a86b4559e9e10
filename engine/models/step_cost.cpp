#include "models/step_cost.h"

#include <set>

namespace hearth {

using namespace kernels;

StepCost stepCost(const Program& program, std::span<const WeightSize> weights) {
    StepCost cost;
    std::set<WeightId> tables;
    std::set<WeightId> multiplied;
    for (const Operation& operation : program.operations) {
        if (const auto* embed = std::get_if<EmbedOp>(&operation)) {
            tables.insert(embed->table);
            tables.insert(embed->positions);
        } else if (const auto* linear = std::get_if<LinearOp>(&operation)) {
            multiplied.insert(linear->weight);
            const Rows rows = program.values[std::size_t(linear->in.value)].rows;
            (rows == Rows::Tokens ? cost.layerParameters : cost.headParameters) +=
                weights[std::size_t(linear->weight)].parameters;
        }
    }
    for (std::size_t i = 0; i < weights.size(); ++i)
        if (const auto id = WeightId(i); !tables.contains(id) || multiplied.contains(id))
            cost.weightBytes += weights[i].bytes;
    return cost;
}

} // namespace hearth
