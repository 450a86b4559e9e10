#include "runtime/engine_core.h"

#include "sampling/sampling_options.h"

#include <algorithm>
#include <exception>
#include <new>
#include <random>
#include <span>
#include <utility>

namespace hearth {

namespace {

std::uint64_t randomSeed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

} // namespace

EngineCore::EngineCore(const LoadedModel& model, std::unique_ptr<ModelRunner> runner,
                       std::unique_ptr<Scheduler> scheduler, const StepPaceOptions& pace)
    : m_model(model), m_runner(std::move(runner)), m_scheduler(std::move(scheduler))
    , m_pace(pace) {}

PrefixKey EngineCore::prefixKey() const {
    PrefixKey key;
    key.kvType = m_model.program.kv.front().dtype;
    key.kvBits = m_model.program.kv.front().bits;
    return key;
}

void EngineCore::accept(PreparedRequest prepared) {
    const RequestId id = prepared.id;
    const EventHandler handler = prepared.handler;
    try {
        add(std::move(prepared), handler);
    } catch (const std::bad_alloc&) {
        m_scheduler->cancel(id);
        m_requests.erase(id);
        handler(id, FailedEvent{fail(ErrorCode::OutOfMemory).error});
    }
}

void EngineCore::add(PreparedRequest prepared, const EventHandler& handler) {
    const RequestId id = prepared.id;
    const auto refuse = [&](Error error) { handler(id, FailedEvent{std::move(error)}); };
    if (m_deviceLost)
        return refuse(fail(ErrorCode::DeviceLost).error);

    SequenceOptions options;
    options.id = id;
    options.lane = prepared.request.lane;
    if (const auto fits = setTokens(prepared, options); !fits)
        return refuse(fits.error());
    if (prepared.request.promptOnly)
        options.maxNewTokens = 0;
    else if (prepared.request.maxTokens > 0)
        options.maxNewTokens = prepared.request.maxTokens;
    options.key = prefixKey();
    options.usePrefixCache = prepared.request.usePrefixCache;
    options.promptLogits =
        prepared.request.promptLogits || prepared.request.promptLogprobs >= 0;
    auto sequence = m_scheduler->add(std::move(options));
    if (!sequence)
        return refuse(std::move(sequence).error());

    if (isChat(prepared.request.prompt))
        prepared.request.stopStrings.insert(prepared.request.stopStrings.end(),
                                            m_model.stopWords.begin(), m_model.stopWords.end());
    auto completion = Completion::create(m_model.prompts.tokenizer(), prepared.request,
                                         m_model.endTokens,
                                         std::max((*sequence)->maxNewTokens(), 1));
    if (!completion) {
        m_scheduler->cancel(id);
        return refuse(std::move(completion).error());
    }
    const std::uint64_t seed = prepared.request.sampling.seed.value_or(randomSeed());
    const std::int32_t promptTokens = (*sequence)->inputTokens();
    const std::int32_t dropped = prepared.droppedMessages;
    const TokenId firstToken = (*sequence)->tokens().front();
    std::shared_ptr<ReplyConstraint> constraint;
    if (prepared.grammar != nullptr) {
        constraint = std::make_shared<ReplyConstraint>(
            prepared.grammar, m_model.prompts.tokenizer(), prepared.request);
        m_maskWanted.push_back(constraint);
    }
    const auto [entry, inserted] = m_requests.emplace(
        id, ActiveRequest(std::move(prepared), *std::move(completion), std::move(constraint), seed));
    static_cast<void>(inserted);
    entry->second.accepted(promptTokens, dropped);
    if (entry->second.request().promptLogprobs >= 0)
        entry->second.promptBegins(firstToken, m_model.prompts.tokenizer());
}

bool EngineCore::isChat(const Prompt& prompt) {
    const auto* tokens = std::get_if<TokenPrompt>(&prompt);
    return tokens != nullptr ? tokens->isChat : std::holds_alternative<ChatPrompt>(prompt);
}

Result<void> EngineCore::setTokens(const PreparedRequest& prepared,
                                   SequenceOptions& options) const {
    if (!m_model.encoder) {
        options.prompt = prepared.tokens;
        return {};
    }
    Error error;
    if (prepared.tokens.empty()) {
        error.code = ErrorCode::InvalidArgument;
        error.field = "prompt";
        error.detail = "at least one token";
        return fail(std::move(error));
    }
    if (prepared.tokens.size() > std::size_t(m_model.info.context)) {
        error.code = ErrorCode::ContextExceeded;
        error.needed = prepared.tokens.size();
        error.available = std::uint64_t(m_model.info.context);
        return fail(std::move(error));
    }
    options.source = prepared.tokens;
    options.crossTokens = std::int32_t(prepared.tokens.size());
    options.prompt = prepared.request.decoderTokens;
    if (options.prompt.empty())
        options.prompt = {m_model.encoder->startToken};
    return {};
}

bool EngineCore::cancel(RequestId id) {
    const auto found = m_requests.find(id);
    if (found == m_requests.end())
        return false;
    found->second.finish(FinishReason::Cancelled, m_scheduler->find(id), Clock::now());
    m_scheduler->cancel(id);
    m_requests.erase(found);
    ++m_totals.finishedRequests;
    return true;
}

void EngineCore::cancelAll() {
    while (!m_requests.empty())
        cancel(m_requests.begin()->first);
}

void EngineCore::failRequest(RequestId id, Error error) {
    const auto found = m_requests.find(id);
    if (found == m_requests.end())
        return;
    found->second.fail(std::move(error));
    m_scheduler->finish(id);
    m_requests.erase(found);
    ++m_totals.finishedRequests;
}

void EngineCore::finishRequest(RequestId id, FinishReason reason) {
    const auto found = m_requests.find(id);
    if (found == m_requests.end())
        return;
    found->second.finish(reason, m_scheduler->find(id), Clock::now());
    m_scheduler->finish(id);
    m_requests.erase(found);
    ++m_totals.finishedRequests;
}

void EngineCore::step() {
    StepPlan plan;
    try {
        m_maskWorkers.post(m_maskWanted);
    } catch (const std::exception&) {
        // No thread to be had: this one makes the masks when it needs them.
        m_maskWanted.clear();
    }
    try {
        plan = m_scheduler->schedule(m_pace.prefillTokens());
    } catch (const std::bad_alloc&) {
        failAll(fail(ErrorCode::OutOfMemory).error);
        return;
    }
    for (const SequenceId id : plan.starved) {
        Error error;
        error.code = ErrorCode::CacheExceeded;
        error.detail = "memory ran out while the reply grew";
        failRequest(id, std::move(error));
    }
    if (plan.empty())
        return;
    // Weights that are read from a mapped file are gone with it.
    if (m_model.checkpoint.wasTruncated()) {
        m_scheduler->discard(plan);
        Error error;
        error.code = ErrorCode::Corrupt;
        error.path = m_model.info.path;
        error.detail = "the file was cut off while the model was in use";
        failAll(error);
        return;
    }
    const Clock::time_point begin = Clock::now();
    kernels::Status status = kernels::Status::OutOfMemory;
    std::vector<Outcome> outcomes;
    bool confirming = false;
    try {
        status = runPlan(plan);
        if (status == kernels::Status::Ok) {
            outcomes = outcomesOf(plan);
            const std::vector<TokenId> sampled = sampledTokens();
            confirming = true;
            m_scheduler->confirm(plan, sampled);
        }
    } catch (const std::bad_alloc&) {
        status = kernels::Status::OutOfMemory;
    }
    if (confirming && status != kernels::Status::Ok) {
        // The scheduler counts the step as ended: what it is part of cannot be computed again.
        failAll(fail(ErrorCode::OutOfMemory).error);
        return;
    }
    if (status == kernels::Status::DeviceLost) {
        m_scheduler->discard(plan);
        loseDevice();
    } else if (status != kernels::Status::Ok) {
        giveUpOne(plan);
    } else {
        count(plan, std::chrono::duration<double>(Clock::now() - begin).count());
        for (const Outcome& outcome : outcomes)
            deliver(outcome);
    }
}

kernels::Status EngineCore::runPlan(const StepPlan& plan) {
    const Clock::time_point begin = Clock::now();
    for (const PlanEntry& entry : plan.entries)
        m_requests.at(entry.sequence->id()).started(begin);
    if (const kernels::Status status = m_runner->run(plan); status != kernels::Status::Ok)
        return status;
    m_rows.clear();
    for (const PlanEntry& entry : plan.entries)
        if (entry.samples)
            m_rows.push_back(m_requests.at(entry.sequence->id()).samplingRow(*entry.sequence));
    m_drawnRows = m_rows.size();
    addPromptRows(plan);
    m_results.assign(m_rows.size(), {});
    if (const kernels::Status status = m_runner->sample(m_rows, m_results);
        status != kernels::Status::Ok)
        return status;
    return sendPromptLogits(plan);
}

std::vector<TokenId> EngineCore::sampledTokens() const {
    std::vector<TokenId> sampled;
    for (std::size_t row = 0; row < m_drawnRows; ++row)
        sampled.push_back(m_results[row].token);
    return sampled;
}

void EngineCore::deliver(const Outcome& outcome) {
    try {
        if (!sendPromptLogprobs(outcome))
            return;
        if (outcome.result)
            take(outcome.id, m_results[*outcome.result]);
        else
            sendProgress(outcome.id);
    } catch (const std::bad_alloc&) {
        failRequest(outcome.id, fail(ErrorCode::OutOfMemory).error);
    }
}

void EngineCore::sendProgress(SequenceId id) {
    const Sequence* sequence = m_scheduler->find(id);
    const auto found = m_requests.find(id);
    if (sequence == nullptr || found == m_requests.end())
        return;
    found->second.prefilled(std::min(sequence->computed(), sequence->promptTokens()),
                            sequence->promptTokens());
    if (!sequence->atLimit())
        return;
    countPrompt(*sequence);
    finishRequest(id, FinishReason::Length);
}

void EngineCore::countPrompt(const Sequence& sequence) {
    m_totals.promptTokens += std::uint64_t(sequence.inputTokens());
    m_totals.cachedTokens += std::uint64_t(std::max(sequence.cachedTokens(), 0));
}

void EngineCore::take(SequenceId id, const kernels::SampleResult& result) {
    const auto found = m_requests.find(id);
    if (found == m_requests.end())
        return;
    switch (result.status) {
    case kernels::SampleStatus::NonFinite:
        failRequest(id, fail(ErrorCode::NonFiniteLogits).error);
        return;
    case kernels::SampleStatus::NothingAllowed:
        endUnallowed(id);
        return;
    case kernels::SampleStatus::Ok:
        break;
    }
    ActiveRequest& request = found->second;
    const Sequence* sequence = m_scheduler->find(id);
    if (sequence != nullptr && sequence->generatedTokens() == 1)
        countPrompt(*sequence);
    ++m_totals.completionTokens;
    if (request.drawn(result, m_model.prompts.tokenizer(), Clock::now()))
        finishRequest(id, request.reason());
    else if (request.constraint() != nullptr)
        m_maskWanted.push_back(request.constraint());
}

void EngineCore::endUnallowed(SequenceId id) {
    const auto found = m_requests.find(id);
    const auto& constraint = found->second.constraint();
    if (constraint == nullptr || !constraint->isTooComplex())
        return finishRequest(id, FinishReason::Stop);
    Error error;
    error.code = ErrorCode::Unsupported;
    error.field = "constraint";
    error.detail = "so many readings of the reply are open that other replies would wait for it";
    failRequest(id, std::move(error));
}

void EngineCore::count(const StepPlan& plan, double seconds) {
    m_totals.lastStepSeconds = seconds;
    m_pace.measured(plan.prefillTokens, plan.decodeTokens, seconds);
    // A mixed step's time is shared out by tokens.
    const double perToken = seconds / plan.tokenCount;
    if (plan.decodeTokens > 0)
        m_decodeRate.add(plan.decodeTokens, perToken * plan.decodeTokens);
    if (plan.prefillTokens > 0)
        m_prefillRate.add(plan.prefillTokens, perToken * plan.prefillTokens);
}

void EngineCore::giveUpOne(const StepPlan& plan) {
    const SequenceId victim = plan.entries.back().sequence->id();
    m_scheduler->discard(plan);
    Error error;
    error.code = ErrorCode::OutOfMemory;
    error.detail = "a step of the reply could not be computed";
    failRequest(victim, std::move(error));
}

void EngineCore::loseDevice() {
    m_deviceLost = true;
    failAll(fail(ErrorCode::DeviceLost).error);
}

void EngineCore::failAll(const Error& error) {
    while (!m_requests.empty())
        failRequest(m_requests.begin()->first, error);
}

EngineStatistics EngineCore::statistics() const {
    const SchedulerStatistics scheduler = m_scheduler->statistics();
    EngineStatistics statistics = m_totals;
    statistics.running = scheduler.running;
    statistics.waiting = scheduler.waiting;
    statistics.kvBlocks = scheduler.blocks;
    statistics.kvBlocksUsed = scheduler.blocksUsed;
    statistics.kvBlocksCached = scheduler.blocksCached;
    statistics.steps = scheduler.steps;
    statistics.preemptions = scheduler.preemptions;
    statistics.deviceLost = m_deviceLost;
    statistics.decodeTokensPerSecond = m_decodeRate.tokensPerSecond();
    statistics.prefillTokensPerSecond = m_prefillRate.tokensPerSecond();
    return statistics;
}

} // namespace hearth
