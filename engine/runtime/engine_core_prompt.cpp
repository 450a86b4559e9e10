#include "runtime/engine_core.h"

#include <algorithm>
#include <span>
#include <utility>

namespace hearth {

namespace {

/// Position of the first token of an entry that has a row of logits.
std::int32_t firstRowOf(const PlanEntry& entry) {
    return entry.first + entry.count - entry.logitCount;
}

std::int32_t rowsNotDrawn(const PlanEntry& entry) {
    return entry.logitCount - (entry.samples ? 1 : 0);
}

/// A sequence that was preempted while it replied is computed again from its first token, but its
/// prompt's logits were sent before.
bool wantsPromptLogits(const PlanEntry& entry) {
    return entry.sequence->options().promptLogits && entry.logitCount > 0 &&
           firstRowOf(entry) < entry.sequence->promptTokens();
}

} // namespace

kernels::Status EngineCore::sendPromptLogits(const StepPlan& plan) {
    const auto wanted = [this](const PlanEntry& entry) {
        return wantsPromptLogits(entry) && isSentLogits(entry.sequence->id());
    };
    if (std::none_of(plan.entries.begin(), plan.entries.end(), wanted))
        return kernels::Status::Ok;
    std::size_t rows = 0;
    for (const PlanEntry& entry : plan.entries)
        rows += std::size_t(entry.logitCount);
    const auto vocabulary = std::size_t(m_model.decoder.vocabulary);
    std::vector<float> logits(rows * vocabulary);
    if (const kernels::Status status = m_runner->readLogits(logits); status != kernels::Status::Ok)
        return status;
    // Rows as ModelRunner::run() orders them: sampling rows first, then the other wanted ones.
    std::size_t samplingRow = 0;
    std::size_t otherRow = m_drawnRows;
    for (const PlanEntry& entry : plan.entries) {
        const std::size_t own = entry.samples ? 1 : 0;
        const auto others = std::size_t(rowsNotDrawn(entry));
        const Sequence& sequence = *entry.sequence;
        if (wanted(entry)) {
            LogitsEvent event;
            event.first = firstRowOf(entry);
            event.rows = entry.logitCount;
            const auto append = [&](std::size_t row, std::size_t count) {
                const auto begin = logits.begin() + std::ptrdiff_t(row * vocabulary);
                event.logits.insert(event.logits.end(), begin,
                                    begin + std::ptrdiff_t(count * vocabulary));
            };
            append(otherRow, others);
            append(samplingRow, own);
            m_requests.at(sequence.id()).logits(std::move(event));
        }
        samplingRow += own;
        otherRow += others;
    }
    return kernels::Status::Ok;
}

bool EngineCore::isSentLogits(SequenceId id) const {
    return m_requests.at(id).request().promptLogits;
}

std::int32_t EngineCore::promptRowsOf(const PlanEntry& entry) const {
    const Sequence& sequence = *entry.sequence;
    if (!wantsPromptLogits(entry) || m_requests.at(sequence.id()).request().promptLogprobs < 0)
        return 0;
    // The last token of a prompt has none to tell of.
    return std::clamp(sequence.promptTokens() - 1 - firstRowOf(entry), 0, rowsNotDrawn(entry));
}

void EngineCore::addPromptRows(const StepPlan& plan) {
    std::size_t needed = m_rows.size();
    kernels::SamplingRow passedOver;
    passedOver.temperature = 0.0F;
    for (const PlanEntry& entry : plan.entries) {
        const std::size_t first = m_rows.size();
        m_rows.resize(first + std::size_t(rowsNotDrawn(entry)), passedOver);
        const auto count = std::size_t(promptRowsOf(entry));
        for (std::size_t i = 0; i < count; ++i) {
            kernels::SamplingRow& row = m_rows[first + i];
            row.given = entry.sequence->tokens()[std::size_t(firstRowOf(entry)) + i + 1];
            row.logprobs = m_requests.at(entry.sequence->id()).request().promptLogprobs;
        }
        needed = count > 0 ? first + count : needed;
    }
    m_rows.resize(needed);
}

std::vector<EngineCore::Outcome> EngineCore::outcomesOf(const StepPlan& plan) const {
    std::vector<Outcome> outcomes;
    std::size_t row = 0;
    std::size_t otherRow = m_drawnRows;
    for (const PlanEntry& entry : plan.entries) {
        Outcome outcome;
        outcome.id = entry.sequence->id();
        if (entry.samples)
            outcome.result = row++;
        outcome.promptToken = firstRowOf(entry) + 1;
        outcome.promptResult = otherRow;
        outcome.promptResults = promptRowsOf(entry);
        otherRow += std::size_t(rowsNotDrawn(entry));
        outcomes.push_back(outcome);
    }
    return outcomes;
}

bool EngineCore::sendPromptLogprobs(const Outcome& outcome) {
    const auto found = m_requests.find(outcome.id);
    if (outcome.promptResults == 0 || found == m_requests.end())
        return true;
    const auto results = std::span(m_results).subspan(outcome.promptResult,
                                                      std::size_t(outcome.promptResults));
    for (const kernels::SampleResult& result : results)
        if (result.status != kernels::SampleStatus::Ok) {
            failRequest(outcome.id, fail(ErrorCode::NonFiniteLogits).error);
            return false;
        }
    found->second.promptRead(outcome.promptToken, results, m_model.prompts.tokenizer());
    return true;
}

} // namespace hearth
