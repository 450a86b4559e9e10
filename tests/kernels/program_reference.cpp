#include "kernels/program_reference.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
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
    std::vector<double> read(const View& view) {
        std::vector<double> out;
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t i = 0; i < view.width; ++i)
                out.push_back(at(view, row, i));
        return out;
    }

    void apply(const EmbedOp& op) {
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t i = 0; i < op.out.width; ++i) {
                double x = weight(op.table, m_input.tokens[row], i) * double(op.scale);
                if (op.positions != kNone)
                    x += weight(op.positions, m_input.positions[row], i);
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
    void apply(const RopeOp& op) {
        const std::int32_t half = op.rotaryWidth / 2;
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t head = 0; head < op.heads.width; head += op.headWidth)
                for (std::int32_t i = 0; i < half; ++i) {
                    const bool halves = op.pairing == RopePairing::Halves;
                    double& a = at(op.heads, row, head + (halves ? i : 2 * i));
                    double& b = at(op.heads, row, head + (halves ? i + half : 2 * i + 1));
                    const double angle =
                        m_input.positions[row] * double(op.frequencies[std::size_t(i)]);
                    const double c = std::cos(angle) * double(op.magnitude);
                    const double s = std::sin(angle) * double(op.magnitude);
                    const double x = a;
                    a = x * c - b * s;
                    b = b * c + x * s;
                }
    }
    void apply(const StoreKvOp& op) {
        m_stored[{op.group, op.layer}] = {read(op.keys), read(op.values), op.keys.width,
                                          op.values.width};
    }
    bool sees(const AttentionOp& op, std::size_t row, std::size_t key) const {
        const std::int32_t own = m_input.positions[row];
        const bool tree = !m_input.sees.empty();
        const auto distance =
            tree ? own - std::int32_t(key) : std::int32_t(row) - std::int32_t(key);
        const bool ordered = tree ? m_input.sees[row][key] : !op.causal || key <= row;
        return ordered && (op.window == 0 || std::abs(distance) < op.window);
    }
    void apply(const AttentionOp& op) {
        const Stored& stored = m_stored.at({op.group, op.layer});
        const std::int32_t keyWidth = op.queries.width / op.heads;
        const std::int32_t valueWidth = op.out.width / op.heads;
        const std::int32_t group = op.heads / (stored.keyColumns / keyWidth);
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t head = 0; head < op.heads; ++head) {
                std::vector<double> scores(m_count, -std::numeric_limits<double>::infinity());
                for (std::size_t key = 0; key < m_count; ++key) {
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
                    if (!op.alibi.empty())
                        score -= double(op.alibi[std::size_t(head)]) *
                                 std::abs(m_input.positions[row] - std::int32_t(key));
                    scores[key] = score;
                }
                weigh(op, row, head, scores, stored, valueWidth, head / group);
            }
    }

    struct Stored {
        std::vector<double> keys;
        std::vector<double> values;
        std::int32_t keyColumns = 0;
        std::int32_t valueColumns = 0;
    };

    void weigh(const AttentionOp& op, std::size_t row, std::int32_t head,
               const std::vector<double>& scores, const Stored& stored, std::int32_t valueWidth,
               std::int32_t kvHead) {
        double total = 0;
        double maximum = *std::max_element(scores.begin(), scores.end());
        if (op.sinks != kNone) {
            maximum = std::max(maximum, weight(op.sinks, 0, head));
            total = std::exp(weight(op.sinks, 0, head) - maximum);
        }
        std::vector<double> sums(std::size_t(valueWidth), 0.0);
        for (std::size_t key = 0; key < m_count; ++key) {
            const double share = std::exp(scores[key] - maximum);
            total += share;
            for (std::int32_t i = 0; i < valueWidth; ++i)
                sums[std::size_t(i)] +=
                    share * stored.values[key * std::size_t(stored.valueColumns) +
                                          std::size_t(kvHead * valueWidth + i)];
        }
        for (std::int32_t i = 0; i < valueWidth; ++i)
            at(op.out, row, head * valueWidth + i) = sums[std::size_t(i)] / total;
    }
    static double activate(Activation kind, double x) {
        switch (kind) {
        case Activation::Silu:
            return x / (1 + std::exp(-x));
        case Activation::GeluTanh:
            return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
        case Activation::GeluErf:
            return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
        case Activation::Relu:
            return std::max(x, 0.0);
        case Activation::ClampedSwiglu:
            break;
        }
        return 0;
    }
    void apply(const ActivationOp& op) {
        for (std::size_t row = 0; row < m_count; ++row)
            for (std::int32_t i = 0; i < op.out.width; ++i)
                at(op.out, row, i) = activate(op.kind, at(op.gate, row, i)) *
                                     (op.up.value == kNone ? 1 : at(op.up, row, i));
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
    void apply(const AllReduceOp&) {}
    void apply(const auto&) { std::abort(); }

    const Program& m_program;
    std::span<const TestMatrix> m_weights;
    ReferenceInput m_input;
    std::size_t m_count;
    std::vector<std::vector<double>> m_values;
    std::map<std::pair<std::int32_t, std::int32_t>, Stored> m_stored;
};

} // namespace

ReferenceResult runReference(const Program& program, std::span<const TestMatrix> weights,
                             const ReferenceInput& input) {
    return Interpreter(program, weights, input).run();
}

} // namespace hearth::kernels::testing
