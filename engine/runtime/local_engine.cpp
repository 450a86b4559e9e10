#include "runtime/local_engine.h"

#include "sampling/sampling_options.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <new>
#include <utility>

namespace hearth {

namespace {

/// What the options leave open.
struct Defaults {
    std::int32_t batchSize;
    std::int32_t stepTokens;
    double cacheFraction; ///< 0: by the context and the batch.
};

constexpr Defaults kCpuDefaults{16, 512, 0.0};
/// A GPU's memory is nobody else's, and the pool takes it only as it grows.
constexpr Defaults kGpuDefaults{256, 2048, 0.9};

constexpr const Defaults& defaultsOf(kernels::DeviceKind kind) {
    return kind == kernels::DeviceKind::Cpu ? kCpuDefaults : kGpuDefaults;
}

/// Tokens a sequence of a batch is given room for where nothing else is said.
constexpr std::int32_t kBatchContext = 2048;

constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();

std::int32_t blocksFor(std::int64_t tokens, const kernels::KvLayout& layout) {
    return std::int32_t((tokens + layout.blockTokens - 1) / layout.blockTokens);
}

/// How many blocks the pool may grow to: what the options say, within the budget.
std::int32_t poolBlocks(const LoadedModel& model, double cacheFraction, std::int32_t batchSize,
                        std::uint64_t available) {
    const kernels::KvLayout& layout = model.program.kv.front();
    std::uint64_t blockBytes = 0;
    for (const kernels::KvLayout& group : model.program.kv)
        blockBytes += group.blockBytes();
    const auto affordable = [&](double bytes) {
        return std::int32_t(std::min(bytes / double(blockBytes), double(1 << 24)));
    };
    if (cacheFraction > 0.0)
        return affordable(double(available) * cacheFraction);
    const std::int32_t context = model.info.context;
    const std::int64_t tokens =
        std::int64_t{context} +
        std::int64_t{batchSize - 1} * std::min(context, kBatchContext) + layout.blockTokens;
    return std::min(blocksFor(tokens, layout), affordable(double(available)));
}

} // namespace

Result<std::shared_ptr<LocalEngine>>
LocalEngine::create(std::unique_ptr<LoadedModel> model, Placement placement,
                    const LoadOptions& options, const std::function<void()>& makeRoom) {
    std::shared_ptr<LocalEngine> engine(
        new LocalEngine(std::move(model), std::move(placement), options));
    HEARTH_TRY(engine->start(options, makeRoom));
    return engine;
}

LocalEngine::LocalEngine(std::unique_ptr<LoadedModel> model, Placement placement,
                         const LoadOptions& options)
    : m_placement(std::move(placement)), m_model(std::move(model))
    , m_grammars([this] {
        return tokenTable(m_model->prompts.tokenizer(), m_model->endTokens,
                          m_model->decoder.vocabulary);
    })
    , m_capacity(std::size_t(std::max(options.queueCapacity, 1)))
    , m_promptLogits(options.promptLogits), m_preparing(kUnbounded), m_commands(kUnbounded) {}

Result<std::unique_ptr<ModelRunner>> LocalEngine::createRunner(RunnerOptions& runnerOptions,
                                                               const LoadOptions& options) {
    MemoryBudget& budget = *m_placement.budget;
    const double cacheFraction = options.cacheFraction > 0.0
                                     ? options.cacheFraction
                                     : defaultsOf(m_placement.kind).cacheFraction;
    runnerOptions.kvBlocks =
        poolBlocks(*m_model, cacheFraction, runnerOptions.maxSequences, budget.available());
    if (runnerOptions.kvBlocks < 1) {
        Error error;
        error.code = ErrorCode::OutOfMemory;
        error.field = "KV cache";
        error.needed = m_model->program.kv.front().blockBytes();
        error.available = budget.available();
        return fail(std::move(error));
    }
    return ModelRunner::create(*m_model, *m_placement.backend, budget,
                               std::make_unique<SingleRank>(), runnerOptions);
}

Result<void> LocalEngine::start(const LoadOptions& options,
                                const std::function<void()>& makeRoom) {
    const Defaults& defaults = defaultsOf(m_placement.kind);
    RunnerOptions runnerOptions;
    runnerOptions.contextTokens = m_model->info.context;
    runnerOptions.stepTokens = options.stepTokens > 0
                                   ? options.stepTokens
                                   : std::max(defaults.stepTokens, options.maxBatchSize);
    runnerOptions.maxSequences =
        std::min(options.maxBatchSize > 0 ? options.maxBatchSize : defaults.batchSize,
                 runnerOptions.stepTokens);
    runnerOptions.promptLogits = options.promptLogits;
    runnerOptions.deterministic = options.deterministic;
    auto created = createRunner(runnerOptions, options);
    if (!created && created.error().code == ErrorCode::OutOfMemory && makeRoom) {
        makeRoom();
        created = createRunner(runnerOptions, options);
    }
    if (!created)
        return fail(std::move(created).error());
    std::unique_ptr<ModelRunner> runner = *std::move(created);
    SchedulerOptions schedulerOptions;
    schedulerOptions.contextTokens = runnerOptions.contextTokens;
    schedulerOptions.maxStepTokens = runnerOptions.stepTokens;
    schedulerOptions.maxRunning = runnerOptions.maxSequences;
    schedulerOptions.logitRows = runnerOptions.logitRows();
    schedulerOptions.ropeLength = [&decoder = m_model->decoder](std::int32_t tokens) {
        return decoder.ropeLength(tokens);
    };
    HEARTH_TRY_ASSIGN(std::unique_ptr<Scheduler> scheduler,
                      Scheduler::create(schedulerOptions, runner->cache()));
    m_core = std::make_unique<EngineCore>(
        *m_model, std::move(runner), std::move(scheduler),
        StepPaceOptions{.targetSeconds = std::max(options.mixedStepSeconds, 0.0)});
    publishStatistics();
    m_prepareThread = std::jthread([this] { prepareLoop(); });
    m_engineThread = std::jthread([this] { engineLoop(); });
    return {};
}

LocalEngine::~LocalEngine() {
    stop();
}

void LocalEngine::stop() {
    const std::scoped_lock stopping(m_stopMutex);
    {
        const std::scoped_lock lock(m_mutex);
        m_stopped = true;
    }
    m_preparing.close();
    if (m_prepareThread.joinable())
        m_prepareThread.join();
    m_commands.pushAlways(Stop{});
    if (m_engineThread.joinable())
        m_engineThread.join();
}

Result<RequestId> LocalEngine::submit(Request request, EventHandler handler) {
    HEARTH_TRY(checkRequest(request));
    HEARTH_TRY(checkTokenIds(request, m_model->decoder.vocabulary));
    if (!request.decoderTokens.empty() && !m_model->encoder) {
        Error error;
        error.code = ErrorCode::InvalidArgument;
        error.field = "decoder tokens";
        error.detail = "only encoder–decoder models take them";
        return fail(std::move(error));
    }
    if (request.promptLogprobs >= 0 && m_model->encoder) {
        Error error;
        error.code = ErrorCode::InvalidArgument;
        error.field = "prompt_logprobs";
        error.detail = "an encoder–decoder reads its prompt as a whole and gives it none";
        return fail(std::move(error));
    }
    if (request.promptLogits && !m_promptLogits) {
        Error error;
        error.code = ErrorCode::InvalidArgument;
        error.field = "prompt logits";
        error.detail = "the model was loaded without them";
        return fail(std::move(error));
    }
    PreparedRequest prepared;
    prepared.request = std::move(request);
    prepared.submitted = Clock::now();
    prepared.handler = counted(std::move(handler));
    {
        const std::scoped_lock lock(m_mutex);
        if (m_stopped)
            return fail(ErrorCode::ShuttingDown);
        if (deviceLost())
            return fail(ErrorCode::DeviceLost);
        if (m_open.size() >= m_capacity) {
            Error error;
            error.code = ErrorCode::QueueFull;
            error.available = m_capacity;
            return fail(std::move(error));
        }
        prepared.id = ++m_lastId;
        m_open.insert(prepared.id);
    }
    const RequestId id = prepared.id;
    if (!m_preparing.tryPush(std::move(prepared))) {
        const std::scoped_lock lock(m_mutex);
        m_open.erase(id);
        return fail(ErrorCode::ShuttingDown);
    }
    return id;
}

EventHandler LocalEngine::counted(EventHandler handler) {
    return [this, handler = std::move(handler)](RequestId id, Event event) {
        if (std::holds_alternative<FinishedEvent>(event) ||
            std::holds_alternative<FailedEvent>(event)) {
            const std::scoped_lock lock(m_mutex);
            m_open.erase(id);
            m_cancelled.erase(id);
        }
        handler(id, std::move(event));
    };
}

void LocalEngine::cancel(RequestId id) {
    {
        const std::scoped_lock lock(m_mutex);
        if (!m_open.contains(id) || !m_cancelled.insert(id).second)
            return;
    }
    m_commands.pushAlways(Cancel{id});
}

void LocalEngine::trim() {
    Trim command;
    std::future<void> done = command.done.get_future();
    {
        const std::scoped_lock lock(m_mutex);
        if (m_stopped)
            return;
    }
    m_commands.pushAlways(std::move(command));
    done.wait();
}

EngineStatistics LocalEngine::statistics() const {
    const std::scoped_lock lock(m_mutex);
    return m_statistics;
}

Result<std::string> LocalEngine::renderPrompt(const ChatPrompt& prompt) const {
    return m_model->prompts.render(prompt);
}

Result<std::vector<std::int32_t>> LocalEngine::tokenize(const Prompt& prompt) const {
    return m_model->prompts.encode(prompt);
}

Result<PromptFit> LocalEngine::fitPrompt(const ChatPrompt& prompt, std::int32_t reserve) const {
    const std::int32_t context = m_model->info.context;
    return m_model->prompts.fit(prompt, context, reserve > 0 ? std::min(reserve, context)
                                                             : std::max(context / 8, 1));
}

std::string LocalEngine::detokenize(const std::vector<std::int32_t>& tokens) const {
    return m_model->prompts.tokenizer().decode(tokens);
}

double LocalEngine::measure(DeviceCeiling ceiling) const {
    return m_placement.backend->measure(ceiling == DeviceCeiling::ReadBandwidth
                                            ? kernels::Ceiling::ReadBandwidth
                                            : kernels::Ceiling::MultiplyAdd);
}

void LocalEngine::prepareLoop() {
    while (std::optional<PreparedRequest> prepared = m_preparing.waitPop()) {
        Result<std::vector<std::int32_t>> tokens = fail(ErrorCode::Cancelled);
        try {
            if (!isCancelled(prepared->id))
                tokens = encode(*prepared);
        } catch (const std::bad_alloc&) {
            tokens = fail(ErrorCode::OutOfMemory, "the prompt");
        } catch (const std::exception& error) {
            tokens = fail(ErrorCode::Internal, error.what());
        }
        m_commands.pushAlways(Accept{std::move(*prepared), std::move(tokens)});
    }
}

Result<std::vector<std::int32_t>> LocalEngine::encode(PreparedRequest& prepared) {
    HEARTH_TRY(compile(prepared));
    Request& request = prepared.request;
    auto* const chat = std::get_if<ChatPrompt>(&request.prompt);
    if (chat != nullptr && request.overflow == Overflow::DropOldest) {
        HEARTH_TRY_ASSIGN(const PromptFit fit, fitPrompt(*chat, request.reserveTokens));
        dropOldest(*chat, fit.dropped);
        prepared.droppedMessages = fit.dropped;
    }
    return m_model->prompts.encode(request.prompt);
}

Result<void> LocalEngine::compile(PreparedRequest& prepared) {
    if (std::holds_alternative<std::monostate>(prepared.request.constraint.syntax))
        return {};
    HEARTH_TRY_ASSIGN(auto grammar, m_grammars.find(prepared.request.constraint));
    prepared.grammar = std::move(grammar);
    if (prepared.grammar->table().trie().size() == 0)
        return fail(ErrorCode::Unsupported, "constraints for a model without a tokenizer");
    return {};
}

void LocalEngine::engineLoop() {
    for (;;) {
        std::optional<Command> command;
        if (m_core->hasWork()) {
            command = m_commands.tryPop();
        } else {
            m_core->becameIdle();
            publishStatistics();
            command = m_commands.waitPop();
        }
        while (command) {
            if (!obey(*std::move(command)))
                return;
            command = m_commands.tryPop();
        }
        if (m_core->hasWork()) {
            m_core->step();
            publishStatistics();
        }
    }
}

bool LocalEngine::obey(Command command) {
    if (auto* request = std::get_if<Accept>(&command)) {
        accept(std::move(*request));
    } else if (const auto* cancelled = std::get_if<Cancel>(&command)) {
        m_core->cancel(cancelled->id);
    } else if (auto* trimmed = std::get_if<Trim>(&command)) {
        m_core->trim();
        trimmed->done.set_value();
    } else {
        // No request can follow: the preparing thread has ended before Stop was sent. A trim can.
        m_core->cancelAll();
        m_commands.close();
        while (std::optional<Command> rest = m_commands.tryPop())
            if (auto* late = std::get_if<Trim>(&*rest))
                late->done.set_value();
        return false;
    }
    return true;
}

bool LocalEngine::isCancelled(RequestId id) const {
    const std::scoped_lock lock(m_mutex);
    return m_stopped || m_cancelled.contains(id);
}

void LocalEngine::accept(Accept command) {
    PreparedRequest& prepared = command.prepared;
    if (isCancelled(prepared.id)) {
        FinishedEvent finished;
        finished.reason = FinishReason::Cancelled;
        prepared.handler(prepared.id, finished);
        return;
    }
    if (!command.tokens) {
        prepared.handler(prepared.id, FailedEvent{std::move(command.tokens).error()});
        return;
    }
    prepared.tokens = *std::move(command.tokens);
    m_core->accept(std::move(prepared));
}

void LocalEngine::publishStatistics() {
    const EngineStatistics now = m_core->statistics();
    const std::scoped_lock lock(m_mutex);
    m_statistics = now;
}

} // namespace hearth
