#include "kernels/routing_reference.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace hearth::kernels::testing {

namespace {

double logistic(double x) {
    return 1 / (1 + std::exp(-x));
}

std::vector<double> scoresOf(RouterScore kind, std::span<const double> logits) {
    std::vector<double> scores(logits.begin(), logits.end());
    if (kind == RouterScore::Sigmoid) {
        std::transform(scores.begin(), scores.end(), scores.begin(), logistic);
        return scores;
    }
    const double largest = *std::max_element(scores.begin(), scores.end());
    for (double& score : scores)
        score = std::exp(score - largest);
    const double sum = std::accumulate(scores.begin(), scores.end(), 0.0);
    for (double& score : scores)
        score /= sum;
    return scores;
}

/// Indices of the `count` largest numbers, the largest first, ties by index.
std::vector<std::size_t> largestOf(const std::vector<double>& numbers, std::int32_t count) {
    std::vector<std::size_t> order(numbers.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return numbers[a] > numbers[b]; });
    order.resize(std::size_t(count));
    return order;
}

double groupScore(RouterGroupScore kind, std::vector<double> members) {
    std::sort(members.begin(), members.end(), std::greater<>());
    return kind == RouterGroupScore::Max ? members[0] : members[0] + members[1];
}

} // namespace

std::vector<double> routeReference(const RouteOp& op, std::span<const double> logits,
                                   std::span<const double> choiceBias) {
    const std::vector<double> scores = scoresOf(op.score, logits);
    std::vector<double> choice = scores;
    for (std::size_t e = 0; e < choiceBias.size(); ++e)
        choice[e] += choiceBias[e];
    if (op.groups > 1) {
        const std::size_t size = choice.size() / std::size_t(op.groups);
        std::vector<double> ofGroups;
        for (auto first = choice.begin(); first != choice.end(); first += std::ptrdiff_t(size))
            ofGroups.push_back(groupScore(op.groupScore, {first, first + std::ptrdiff_t(size)}));
        const std::vector<std::size_t> best = largestOf(ofGroups, op.topGroups);
        for (std::size_t e = 0; e < choice.size(); ++e)
            if (std::find(best.begin(), best.end(), e / size) == best.end())
                choice[e] = -INFINITY;
    }
    const std::vector<std::size_t> chosen = largestOf(choice, op.topK);
    double sum = 0;
    for (const std::size_t expert : chosen)
        sum += scores[expert];
    std::vector<double> out(chosen.begin(), chosen.end());
    for (const std::size_t expert : chosen)
        out.push_back(scores[expert] / (op.normalise ? sum : 1.0) * double(op.scale));
    return out;
}

double activateReference(Activation kind, double gate, const double* up) {
    const double factor = up ? *up : 1.0;
    switch (kind) {
    case Activation::Silu:
        return gate * logistic(gate) * factor;
    case Activation::GeluTanh:
        return 0.5 * gate *
               (1 + std::tanh(std::sqrt(2 / M_PI) * (gate + 0.044715 * gate * gate * gate))) *
               factor;
    case Activation::GeluErf:
        return 0.5 * gate * (1 + std::erf(gate / std::sqrt(2.0))) * factor;
    case Activation::Relu:
        return std::max(gate, 0.0) * factor;
    case Activation::ClampedSwiglu: {
        const double cut = std::min(gate, 7.0);
        return cut * logistic(1.702 * cut) * (std::clamp(factor, -7.0, 7.0) + 1);
    }
    }
    return NAN;
}

} // namespace hearth::kernels::testing
