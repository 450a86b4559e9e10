#include "runtime/local_embedder.h"

#include "models/model_kind.h"
#include "models/pooling.h"
#include "models/weight_loader.h"
#include "runtime/embedder_model.h"
#include "runtime/encoder_runner.h"
#include "runtime/model_parts.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <mutex>
#include <new>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

/// The longest text where nothing else is said: a step's memory grows with its tokens, and with
/// the width of a decoder.
constexpr std::int32_t kLongestText = 8192;
constexpr std::int32_t kLongestOfDecoders = 4096;
constexpr std::int32_t kCpuStepTokens = 512;
constexpr std::int32_t kGpuStepTokens = 8192;
constexpr std::int32_t kCpuTexts = 64;
constexpr std::int32_t kGpuTexts = 256;

using Tokens = std::vector<std::int32_t>;

Failure atText(ErrorCode code, std::size_t index, std::string detail) {
    Error error;
    error.code = code;
    error.field = fmt::format("text {}", index);
    error.detail = std::move(detail);
    return fail(std::move(error));
}

Failure stepFailed(kernels::Status status) {
    switch (status) {
    case kernels::Status::OutOfMemory:
        return fail(ErrorCode::OutOfMemory, "a step could not be computed");
    case kernels::Status::DeviceLost:
        return fail(ErrorCode::DeviceLost);
    case kernels::Status::Unsupported:
        return fail(ErrorCode::Unsupported, "the device gives no hidden states");
    default:
        return fail(ErrorCode::Internal, "the backend refused a step");
    }
}

/// One vector of `hidden`, [tokens, width].
std::vector<float> pool(std::span<const float> hidden, std::size_t width, Pooling pooling) {
    const std::size_t tokens = hidden.size() / width;
    if (pooling != Pooling::Mean) {
        const auto row = hidden.subspan(pooling == Pooling::Cls ? 0 : (tokens - 1) * width, width);
        return {row.begin(), row.end()};
    }
    std::vector<double> sums(width, 0.0);
    for (std::size_t i = 0; i < hidden.size(); ++i)
        sums[i % width] += double(hidden[i]);
    std::vector<float> mean(width);
    std::transform(sums.begin(), sums.end(), mean.begin(),
                   [&](double sum) { return static_cast<float>(sum / double(tokens)); });
    return mean;
}

/// With PyTorch's floor under the length.
void normaliseLength(std::vector<float>& values) {
    double square = 0.0;
    for (const float value : values)
        square += double(value) * double(value);
    const double length = std::max(std::sqrt(square), 1e-12);
    for (float& value : values)
        value = static_cast<float>(double(value) / length);
}

class LocalEmbedder final : public Embedder {
public:
    /// Everything that stays as it was loaded.
    struct Parts {
        Placement placement; ///< Goes last.
        Checkpoint checkpoint;
        EmbedderDesign design;
        PlacedWeights placed;
        std::unique_ptr<Tokenizer> tokenizer;
        Pooling pooling = Pooling::Mean;
        bool normalises = false;
        std::int32_t longestText = 0; ///< For embed(); embedTokens() takes info.context.
    };

    explicit LocalEmbedder(Parts parts) : m_parts(std::move(parts)) {}

    Result<void> prepare(const LoadOptions& options) {
        const bool isCpu = m_parts.placement.kind == kernels::DeviceKind::Cpu;
        const auto orDefault = [&](std::int32_t given, std::int32_t cpu, std::int32_t gpu) {
            return given > 0 ? given : isCpu ? cpu : gpu;
        };
        EncoderRunnerOptions runner;
        runner.stepTokens =
            std::max(orDefault(options.stepTokens, kCpuStepTokens, kGpuStepTokens),
                     model().context);
        runner.maxSequences = std::min(orDefault(options.maxBatchSize, kCpuTexts, kGpuTexts),
                                       runner.stepTokens);
        runner.deterministic = options.deterministic;
        std::vector<const kernels::PackedWeight*> weights;
        for (const auto& weight : m_parts.placed.weights.weights)
            weights.push_back(weight.get());
        const DecoderProgram& program = m_parts.design.program;
        HEARTH_TRY_ASSIGN(m_runner,
                          EncoderRunner::create(program.program, weights, program.kv,
                                                *m_parts.placement.backend,
                                                *m_parts.placement.budget, runner));
        return {};
    }

    [[nodiscard]] const ModelInfo& model() const override { return m_parts.design.info; }
    [[nodiscard]] Pooling pooling() const override { return m_parts.pooling; }
    [[nodiscard]] bool normalises() const override { return m_parts.normalises; }

    Result<std::vector<Embedding>> embed(std::span<const std::string> texts, TooLong tooLong,
                                         const std::stop_token& stop) override {
        return guarded([&]() -> Result<std::vector<Embedding>> {
            std::vector<Tokens> all;
            for (std::size_t i = 0; i < texts.size(); ++i) {
                HEARTH_TRY_ASSIGN(Tokens tokens, encode(texts[i], tooLong));
                HEARTH_TRY(check(tokens, i, m_parts.longestText));
                all.push_back(std::move(tokens));
            }
            return run(all, false, stop);
        });
    }

    Result<std::vector<Embedding>> embedTokens(std::span<const Tokens> texts,
                                               const std::stop_token& stop) override {
        return guarded([&]() -> Result<std::vector<Embedding>> {
            for (std::size_t i = 0; i < texts.size(); ++i)
                HEARTH_TRY(check(texts[i], i, model().context));
            return run(texts, true, stop);
        });
    }

private:
    template<typename Work>
    static Result<std::vector<Embedding>> guarded(const Work& work) {
        try {
            return work();
        } catch (const std::bad_alloc&) {
            return fail(ErrorCode::OutOfMemory, "embeddings");
        } catch (const std::exception& error) {
            return fail(ErrorCode::Internal, error.what());
        }
    }

    [[nodiscard]] Result<Tokens> encode(const std::string& text, TooLong tooLong) const {
        HEARTH_TRY_ASSIGN(Tokens tokens, m_parts.tokenizer->encode(text, {false, true}));
        const std::optional<std::int32_t> end = m_parts.design.endToken;
        if (end && (tokens.empty() || tokens.back() != *end))
            tokens.push_back(*end);
        const auto most = std::size_t(m_parts.longestText);
        if (tooLong == TooLong::Cut && tokens.size() > most) {
            const std::int32_t last = tokens.back();
            tokens.resize(most);
            if (end || m_parts.tokenizer->isSpecial(last))
                tokens.back() = last;
        }
        return tokens;
    }

    [[nodiscard]] Result<void> check(const Tokens& tokens, std::size_t index,
                                     std::int32_t most) const {
        if (tokens.empty())
            return atText(ErrorCode::InvalidArgument, index, "has no tokens");
        if (tokens.size() > std::size_t(most)) {
            Failure failure = atText(ErrorCode::ContextExceeded, index, {});
            failure.error.needed = tokens.size();
            failure.error.available = std::uint64_t(most);
            return failure;
        }
        for (const std::int32_t token : tokens)
            if (token < 0 || token >= model().vocabularySize)
                return atText(ErrorCode::InvalidArgument, index,
                              fmt::format("token {} is outside of the vocabulary of {}", token,
                                          model().vocabularySize));
        return {};
    }

    Result<std::vector<Embedding>> run(std::span<const Tokens> texts, bool withHidden,
                                       const std::stop_token& stop) {
        std::vector<EncoderInput> inputs;
        for (const Tokens& tokens : texts)
            inputs.push_back({tokens, {}, ropeLengthOf(std::int32_t(tokens.size()))});
        std::vector<Embedding> embeddings;
        const std::scoped_lock turn(m_mutex);
        for (std::span<const EncoderInput> rest = inputs; !rest.empty();) {
            if (stop.stop_requested())
                return fail(ErrorCode::Cancelled);
            const auto some = rest.first(m_runner->fitting(rest));
            HEARTH_TRY(step(some, withHidden, embeddings));
            rest = rest.subspan(some.size());
        }
        return embeddings;
    }

    Result<void> step(std::span<const EncoderInput> texts, bool withHidden,
                      std::vector<Embedding>& embeddings) {
        if (m_parts.checkpoint.wasTruncated()) {
            Error error;
            error.code = ErrorCode::Corrupt;
            error.path = model().path;
            error.detail = "the file was cut off while the model was in use";
            return fail(std::move(error));
        }
        if (const kernels::Status status = m_runner->run(texts, nullptr);
            status != kernels::Status::Ok)
            return stepFailed(status);
        const auto width = std::size_t(model().hiddenSize);
        std::size_t tokens = 0;
        for (const EncoderInput& text : texts)
            tokens += text.tokens.size();
        m_hidden.resize(tokens * width);
        if (const kernels::Status status = m_runner->readHidden(m_hidden);
            status != kernels::Status::Ok)
            return stepFailed(status);
        std::span<const float> rest = m_hidden;
        for (const EncoderInput& text : texts) {
            HEARTH_TRY_ASSIGN(Embedding embedding,
                              embeddingOf(rest.first(text.tokens.size() * width), withHidden));
            embeddings.push_back(std::move(embedding));
            rest = rest.subspan(text.tokens.size() * width);
        }
        return {};
    }

    [[nodiscard]] Result<Embedding> embeddingOf(std::span<const float> hidden,
                                                bool withHidden) const {
        const auto width = std::size_t(model().hiddenSize);
        Embedding embedding;
        embedding.values = pool(hidden, width, m_parts.pooling);
        embedding.tokens = std::int32_t(hidden.size() / width);
        if (!std::all_of(embedding.values.begin(), embedding.values.end(),
                         [](float value) { return std::isfinite(value); }))
            return fail(ErrorCode::NonFiniteLogits);
        if (m_parts.normalises)
            normaliseLength(embedding.values);
        if (withHidden)
            embedding.hidden.assign(hidden.begin(), hidden.end());
        return embedding;
    }

    [[nodiscard]] std::int32_t ropeLengthOf(std::int32_t tokens) const {
        std::int32_t length = 0;
        for (const RopeSpec& rope : m_parts.design.ropes)
            length = std::max(length, ropeLength(rope, tokens));
        return length;
    }

    Parts m_parts;
    std::mutex m_mutex; ///< Guards what follows.
    std::unique_ptr<EncoderRunner> m_runner;
    std::vector<float> m_hidden; ///< Of one step.
};

Result<std::int32_t> contextOf(const ModelInfo& info, const LoadOptions& options) {
    if (options.contextTokens <= 0)
        return std::min(info.trainedContext, info.kind == ModelKind::Decoder ? kLongestOfDecoders
                                                                             : kLongestText);
    if (options.contextTokens <= info.trainedContext ||
        isOfTwoStacks(info.architecture)) // relative positions have no end
        return options.contextTokens;
    Error error;
    error.code = ErrorCode::InvalidArgument;
    error.field = "context";
    error.detail = fmt::format("{} tokens asked for, the model was trained for {}",
                               options.contextTokens, info.trainedContext);
    return fail(std::move(error));
}

} // namespace

Result<std::unique_ptr<Embedder>>
openLocalEmbedder(Checkpoint checkpoint, const std::string& name, const EmbedderOptions& options,
                  Placement placement, const std::function<void()>& makeRoom,
                  const LoadObserver& observer, const std::stop_token& stop,
                  std::optional<Error> notice) {
    auto known = readPooling(checkpoint);
    if (!known && !options.pooling) // else the caller's choice stands in for what we lack
        return fail(std::move(known).error());
    const PoolingSpec pooling = known ? *known : PoolingSpec{};
    HEARTH_TRY_ASSIGN(EmbedderDesign design, designEmbedder(checkpoint, placement));
    design.info.name = name;
    design.info.deviceNotice = std::move(notice);
    HEARTH_TRY_ASSIGN(design.info.context, contextOf(design.info, options.load));
    HEARTH_TRY(checkWeights(checkpoint, design.program.weights));
    if (observer)
        observer({LoadPhase::Tokenizer, 0, 0});
    HEARTH_TRY_ASSIGN(std::unique_ptr<Tokenizer> tokenizer, tokenizerOf(checkpoint));
    HEARTH_TRY_ASSIGN(PlacedWeights placed,
                      placeWeights(checkpoint, design.program.weights, placement, makeRoom,
                                   observer, stop));
    design.info.parameters = placed.weights.parameters;
    design.info.weightBytes = placed.weights.bytes;
    const std::uint64_t bytes = placed.weights.bytes;
    const std::int32_t longest =
        std::min(design.info.context, pooling.maxTokens.value_or(design.info.context));
    auto embedder = std::make_unique<LocalEmbedder>(LocalEmbedder::Parts{
        std::move(placement), std::move(checkpoint), std::move(design), std::move(placed),
        std::move(tokenizer), options.pooling.value_or(pooling.pooling.value_or(Pooling::Mean)),
        options.normalise.value_or(pooling.normalise.value_or(false)), longest});
    if (observer)
        observer({LoadPhase::Preparing, bytes, bytes});
    HEARTH_TRY(embedder->prepare(options.load));
    if (observer)
        observer({LoadPhase::Ready, bytes, bytes});
    return std::unique_ptr<Embedder>(std::move(embedder));
}

} // namespace hearth
