#include "kernels/program_reference.h"

#include "kernels/routing_reference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace hearth::kernels::testing {

namespace {

class Interpreter {
public:
    Interpreter(const Program& program, std::span<const TestMatrix> weights,
                const ReferenceInput& input)
        : m_program(program)
        , m_weights(weights)
        , m_input(input)
        , m_count(input.tokens.size())
        , m_values(program.values.size()) {
        for (std::size_t i = 0; i < m_values.size(); ++i)
            m_values[i].resize(m_count * std::size_t(program.values[i].width));
        if (m_input.positions.empty()) {
            m_input.positions.resize(m_count);
            std::iota(m_input.positions.begin(), m_input.positions.end(), 0);
        }
    }

    ReferenceResult run() {
        for (const Operation& operation : m_program.operations)
            std::visit([this](const auto& op) { apply(op); }, operation);
        ReferenceResult result;
        if (m_program.hidden.value != kNone)
            result.hidden = read(m_program.hidden);
        if (m_program.logits.value != kNone)
            result.logits = read(m_program.logits);
        result.stored = std::move(m_stored);
        return result;
    }

private:
    double& at(const View& view, std::size_t row, std::int32_t column) {
        const std::size_t width = std::size_t(m_program.values[std::size_t(view.value)].width);
        return m_values[std::size_t(view.value)][row * width + std::size_t(view.offset + column)];
    }
    double weight(WeightId id, std::int64_t row, std::int64_t column) const {
        const TestMatrix& matrix = m_weights[std::size_t(id)];
        return matrix.values[std::size_t(row * matrix.columns + column)];
    }
    std::vector<double> readRow(const View& view, std::size_t row) {
        const double* const first = &at(view, row, 0);
        return {first, first + view.width};
    }
    std::vector<double> read(const View& view) {
        std::vector<double> out;
        for (std::size_t row = 0; row < m_count; ++row) {
            const std::vector<double> columns = readRow(view, row);
            out.insert(out.end(), columns.begin(), columns.end());
        }
        return out;
    }

    void apply(const EmbedOp& op) {
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t i = 0; i < op.out.width; ++i) {
                double x = weight(op.table, m_input.tokens[row], i) * double(op.scale);
                if (op.positions != kNone)
                    x += weight(op.positions, m_input.positions[row], i);
                if (op.bias != kNone)
                    x += weight(op.bias, 0, i);
                at(op.out, row, i) = x;
            }
    }
    void apply(const NormOp& op) {
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t begin = 0; begin < op.in.width; begin += op.width)
                normalise(op, row, begin);
    }
    void normalise(const NormOp& op, std::size_t row, std::int32_t begin) {
        std::vector<double> x;
        for (std::int32_t i = 0; i < op.width; ++i)
            x.push_back(at(op.in, row, begin + i));
        double mean = 0;
        if (op.kind == NormKind::Layer)
            mean = std::accumulate(x.begin(), x.end(), 0.0) / op.width;
        double squares = 0;
        for (const double value : x)
            squares += (value - mean) * (value - mean);
        const double scale = 1 / std::sqrt(squares / op.width + double(op.epsilon));
        for (std::int32_t i = 0; i < op.width; ++i) {
            double y = (x[std::size_t(i)] - mean) * scale;
            if (op.gain != kNone)
                y *= weight(op.gain, 0, i) + double(op.gainOffset);
            if (op.bias != kNone)
                y += weight(op.bias, 0, i);
            at(op.out, row, begin + i) = y;
        }
    }
    void apply(const LinearOp& op) {
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t n = 0; n < op.out.width; ++n) {
                double sum = op.bias == kNone ? 0 : weight(op.bias, 0, n);
                for (std::int32_t k = 0; k < op.in.width; ++k)
                    sum += at(op.in, row, k) * weight(op.weight, n, k);
                at(op.out, row, n) = sum + (op.accumulate ? at(op.out, row, n) : 0);
            }
    }
    double& head(const HeadsView& view, std::size_t row, std::int32_t index, std::int32_t column) {
        return at(view.heads, row, index * view.headWidth + view.offset + column);
    }
    void apply(const HeadLinearOp& op) {
        const std::int32_t heads = op.out.heads.width / op.out.headWidth;
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t h = 0; h < heads; ++h)
                for (std::int32_t n = 0; n < op.out.width; ++n) {
                    double sum = 0;
                    for (std::int32_t k = 0; k < op.in.width; ++k)
                        sum += head(op.in, row, h, k) * weight(op.weight, h * op.out.width + n, k);
                    head(op.out, row, h, n) = sum;
                }
    }
    void apply(const CopyHeadsOp& op) {
        const std::int32_t heads = op.out.heads.width / op.out.headWidth;
        const bool single = op.in.heads.width == op.in.headWidth;
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t h = 0; h < heads; ++h)
                for (std::int32_t i = 0; i < op.out.width; ++i)
                    head(op.out, row, h, i) = head(op.in, row, single ? 0 : h, i);
    }
    double frequency(const RopeOp& op, std::int32_t i) const {
        const bool isLong = op.originalLength > 0 && m_input.ropeLength > op.originalLength;
        if (isLong && !op.longFrequencies.empty())
            return double(op.longFrequencies[std::size_t(i)]);
        const double plain = double(op.frequencies[std::size_t(i)]);
        if (!isLong || op.dynamicFactor <= 0.0F)
            return plain;
        const double factor = double(op.dynamicFactor);
        const double growth = factor * m_input.ropeLength / op.originalLength - (factor - 1);
        return plain * std::pow(growth, -2.0 * i / (op.rotaryWidth - 2));
    }
    void apply(const RopeOp& op) {
        const std::int32_t half = op.rotaryWidth / 2;
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t head = 0; head < op.heads.width; head += op.headWidth)
                for (std::int32_t i = 0; i < half; ++i) {
                    const bool halves = op.pairing == RopePairing::Halves;
                    const std::int32_t begin = head + op.rotaryOffset;
                    double& a = at(op.heads, row, begin + (halves ? i : 2 * i));
                    double& b = at(op.heads, row, begin + (halves ? i + half : 2 * i + 1));
                    const double angle = m_input.positions[row] * frequency(op, i);
                    const double c = std::cos(angle) * double(op.magnitude);
                    const double s = std::sin(angle) * double(op.magnitude);
                    const double x = a;
                    a = x * c - b * s;
                    b = b * c + x * s;
                }
    }
    void apply(const PositionScaleOp& op) {
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t i = 0; i < op.values.width; ++i)
                at(op.values, row, i) *= std::max(1.0, std::log(m_input.positions[row] + 1.0) /
                                                           std::log(double(op.originalLength)));
    }
    void apply(const StoreKvOp& op) {
        StoredTokens& stored = m_stored[{op.group, op.layer}];
        stored = {read(op.keys), {}, op.keys.width, op.values.width};
        if (op.values.value != kNone)
            stored.values = read(op.values);
    }
    /// What the operation reads: the program's own tokens, or those that another left.
    const StoredTokens& tokensOf(const AttentionOp& op) const {
        const auto own = m_stored.find({op.group, op.layer});
        return own != m_stored.end() ? own->second : m_input.held->at({op.group, op.layer});
    }
    bool isHeld(const AttentionOp& op) const { return !m_stored.contains({op.group, op.layer}); }
    bool sees(const AttentionOp& op, std::size_t row, std::size_t key) const {
        if (isHeld(op))
            return true;
        const std::int32_t own = m_input.positions[row];
        const bool tree = !m_input.sees.empty();
        const auto distance =
            tree ? own - std::int32_t(key) : std::int32_t(row) - std::int32_t(key);
        const bool ordered = tree ? m_input.sees[row][key] : !op.causal || key <= row;
        return ordered && (op.window == 0 || std::abs(distance) < op.window);
    }
    /// What is added to a score for where its key and query are.
    double positionTerm(const AttentionOp& op, std::size_t row, std::int32_t head,
                        std::size_t key) const {
        const std::int32_t distance = std::int32_t(key) - m_input.positions[row];
        double term = 0;
        if (!op.alibi.empty())
            term -= double(op.alibi[std::size_t(head)]) * std::abs(distance);
        const std::int32_t reach = op.positionBiasReach;
        if (op.positionBias != kNone)
            term += weight(op.positionBias, 0,
                           head * (2 * reach + 1) + reach + std::clamp(distance, -reach, reach));
        return term;
    }
    void apply(const AttentionOp& op) {
        const StoredTokens& stored = tokensOf(op);
        const std::int32_t keyWidth = op.queries.width / op.heads;
        const std::int32_t group = op.heads / (stored.keyColumns / keyWidth);
        const std::size_t tokens = stored.keys.size() / std::size_t(stored.keyColumns);
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t head = 0; head < op.heads; ++head) {
                std::vector<double> scores(tokens, -std::numeric_limits<double>::infinity());
                for (std::size_t key = 0; key < tokens; ++key) {
                    if (!sees(op, row, key))
                        continue;
                    double score = 0;
                    for (std::int32_t i = 0; i < keyWidth; ++i)
                        score += at(op.queries, row, head * keyWidth + i) *
                                 stored.keys[key * std::size_t(stored.keyColumns) +
                                             std::size_t(head / group * keyWidth + i)];
                    score *= double(op.scale);
                    if (op.softcap > 0)
                        score = std::tanh(score / double(op.softcap)) * double(op.softcap);
                    scores[key] = score + positionTerm(op, row, head, key);
                }
                weigh(op, row, head, scores, stored, head / group);
            }
    }
    void weigh(const AttentionOp& op, std::size_t row, std::int32_t head,
               const std::vector<double>& scores, const StoredTokens& stored, std::int32_t kvHead) {
        const std::int32_t valueWidth = op.out.width / op.heads;
        double total = 0;
        double maximum = *std::max_element(scores.begin(), scores.end());
        if (op.sinks != kNone) {
            maximum = std::max(maximum, weight(op.sinks, 0, head));
            total = std::exp(weight(op.sinks, 0, head) - maximum);
        }
        // Without values of their own the tokens' keys begin with them (Latent groups).
        const bool latent = stored.values.empty();
        const std::vector<double>& values = latent ? stored.keys : stored.values;
        const std::int32_t columns = latent ? stored.keyColumns : stored.valueColumns;
        const std::int32_t headWidth = latent ? op.queries.width / op.heads : valueWidth;
        std::vector<double> sums(std::size_t(valueWidth), 0.0);
        for (std::size_t key = 0; key < scores.size(); ++key) {
            const double share = std::exp(scores[key] - maximum);
            total += share;
            for (std::int32_t i = 0; i < valueWidth; ++i)
                sums[std::size_t(i)] +=
                    share *
                    values[key * std::size_t(columns) + std::size_t(kvHead * headWidth + i)];
        }
        for (std::int32_t i = 0; i < valueWidth; ++i)
            at(op.out, row, head * valueWidth + i) = sums[std::size_t(i)] / total;
    }
    void apply(const ActivationOp& op) {
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t i = 0; i < op.out.width; ++i)
                at(op.out, row, i) =
                    activateReference(op.kind, at(op.gate, row, i),
                                      op.up.value == kNone ? nullptr : &at(op.up, row, i));
    }
    void apply(const RouteOp& op) {
        std::vector<double> bias;
        for (std::int32_t e = 0; op.choiceBias != kNone && e < op.logits.width; ++e)
            bias.push_back(weight(op.choiceBias, 0, e));
        for (std::size_t row = 0; row < m_count; ++row) {
            const std::vector<double> routes = routeReference(op, readRow(op.logits, row), bias);
            for (std::int32_t i = 0; i < op.out.width; ++i)
                at(op.out, row, i) = routes[std::size_t(i)];
        }
    }
    /// A matrix times x, plus entry `expert` of the biases where there are any.
    std::vector<double> product(WeightId matrix, const std::vector<WeightId>& biases,
                                std::size_t expert, const std::vector<double>& x) const {
        std::vector<double> out(std::size_t(m_weights[std::size_t(matrix)].rows));
        for (std::size_t n = 0; n < out.size(); ++n) {
            out[n] = biases.empty() ? 0 : weight(biases[expert], 0, std::int64_t(n));
            for (std::size_t k = 0; k < x.size(); ++k)
                out[n] += weight(matrix, std::int64_t(n), std::int64_t(k)) * x[k];
        }
        return out;
    }
    void apply(const ExpertsOp& op) {
        const std::int32_t topK = op.routes.width / 2;
        for (std::size_t row = 0; row < m_count; ++row) {
            const std::vector<double> x = readRow(op.in, row);
            std::vector<double> sum(std::size_t(op.out.width), 0.0);
            for (std::int32_t choice = 0; choice < topK; ++choice) {
                const auto expert = std::size_t(at(op.routes, row, choice));
                const auto gateUp = product(op.gateUp[expert], op.gateUpBias, expert, x);
                std::vector<double> inner(std::size_t(op.width));
                for (std::size_t i = 0; i < inner.size(); ++i)
                    inner[i] =
                        activateReference(op.activation, gateUp[i], &gateUp[inner.size() + i]);
                const auto down = product(op.down[expert], op.downBias, expert, inner);
                for (std::size_t n = 0; n < sum.size(); ++n)
                    sum[n] += at(op.routes, row, topK + choice) * down[n];
            }
            for (std::int32_t n = 0; n < op.out.width; ++n)
                at(op.out, row, n) = sum[std::size_t(n)] + (op.accumulate ? at(op.out, row, n) : 0);
        }
    }
    void apply(const AddOp& op) {
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t i = 0; i < op.out.width; ++i)
                at(op.out, row, i) += at(op.in, row, i);
    }
    void apply(const SelectRowsOp& op) {
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t i = 0; i < op.out.width; ++i)
                at(op.out, row, i) = at(op.in, row, i);
    }
    void apply(const SoftcapOp& op) {
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t i = 0; i < op.values.width; ++i)
                at(op.values, row, i) =
                    std::tanh(at(op.values, row, i) / double(op.cap)) * double(op.cap);
    }
    void apply(const ScaleOp& op) {
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t i = 0; i < op.values.width; ++i)
                at(op.values, row, i) *= double(op.factor);
    }
    void apply(const AllReduceOp&) {}

    const Program& m_program;
    std::span<const TestMatrix> m_weights;
    ReferenceInput m_input;
    std::size_t m_count;
    std::vector<std::vector<double>> m_values;
    ReferenceCache m_stored;
};

} // namespace

ReferenceResult runReference(const Program& program, std::span<const TestMatrix> weights,
                             const ReferenceInput& input) {
    return Interpreter(program, weights, input).run();
}

} // namespace hearth::kernels::testing
