#include "cli/bench_serve.h"
#include "cli/bench_window.h"
#include "cli/console.h"
#include "cli/ranges.h"
#include "cli/reply.h"
#include "cli/session.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <random>

#include <fmt/format.h>

namespace hearth::cli {

namespace {

struct Measurement {
    std::string name;
    std::string unit;
    double ceiling = 0.0; ///< In the same unit.
    std::vector<double> values;
    std::string note = {}; ///< For people: what the ceiling stands on.

    [[nodiscard]] double median() const {
        std::vector<double> sorted = values;
        std::sort(sorted.begin(), sorted.end());
        return sorted[sorted.size() / 2];
    }
    /// (max − min) / median.
    [[nodiscard]] double spread() const {
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        return (*high - *low) / median();
    }
};

/// The shortest step in which an engine reads prompts, by its defaults.
constexpr std::int32_t kStepTokens = 512;

struct Bench {
    ModelOptions model;
    std::int32_t batch = 1;
    std::int32_t promptTokens = 0; // 0: the measure's default
    std::int32_t depth = 0;
    std::int32_t tokens = 128;
    std::int32_t repeat = 5;
    bool json = false;

    void decode() {
        const std::int32_t prompt = depth > 0 ? depth : promptTokens > 0 ? promptTokens : 128;
        makeRoomForBatch();
        const Session session = openSession(model);
        const ModelInfo& info = session.engine->model();
        Measurement result{fmt::format("decode b{} d{}", batch, prompt), "tok/s", 0.0, {}};
        const std::int32_t newTokens = decodeTokens(prompt, info.context);
        double context = 0.0;
        for (std::int32_t i = 0; i <= repeat; ++i) {
            const DecodeWindow window = decodeWindow(run(session, prompt, newTokens), prompt);
            if (window.tokens == 0)
                throw CommandFailed(fmt::format("{} requests of {} tokens never decode together "
                                                "here; lower --batch or raise --tokens",
                                                batch, prompt));
            context = window.meanContext;
            if (i > 0) // the first run warms up
                result.values.push_back(window.tokensPerSecond());
        }
        // A step reads the weights once, and each sequence's keys and values.
        const double stepBytes =
            stepWeightBytes(info) + batch * context * double(info.kvBytesPerToken);
        result.ceiling = batch * ceiling(session, DeviceCeiling::ReadBandwidth) / stepBytes;
        result.note = fmt::format("{:.3g} GB a step, {:.0f} tokens of context, {} {}",
                                  stepBytes / 1e9, context, info.deviceId, info.computeType);
        print({result});
    }

    /// Of experts, those that a batch of random choices is expected to meet.
    [[nodiscard]] double stepWeightBytes(const ModelInfo& info) const {
        const double met = 1.0 - std::pow(1.0 - info.expertShare, batch);
        return double(info.stepWeightBytes) +
               (met - info.expertShare) * double(info.expertBytes);
    }

    /// All requests of the batch run at once.
    void makeRoomForBatch() {
        model.load.maxBatchSize = std::max(model.load.maxBatchSize, batch);
        model.load.queueCapacity = std::max(model.load.queueCapacity, batch);
    }

    /// Requests that begin early go on while the others' prompts are read.
    [[nodiscard]] std::int32_t decodeTokens(std::int32_t prompt, std::int32_t context) const {
        const std::int64_t promptSteps =
            (std::int64_t{batch} * prompt + kStepTokens - 1) / kStepTokens;
        const std::int64_t wanted = std::int64_t{tokens} + 1 + promptSteps;
        const std::int64_t room = std::int64_t{context} - prompt;
        if (room < 2)
            throw CommandFailed(fmt::format("a context of {} tokens holds no prompt of {} and a "
                                            "reply; lower --depth or --prompt",
                                            context, prompt));
        return std::int32_t(std::min(wanted, room));
    }

    void prefill() {
        const std::int32_t prompt = promptTokens > 0 ? promptTokens : 512;
        makeRoomForBatch();
        const Session session = openSession(model);
        const ModelInfo& info = session.engine->model();
        Measurement result{fmt::format("prefill {}", prompt), "tok/s", 0.0, {}};
        // Every token meets the layers' weights and all tokens before it; only the last one has
        // logits.
        const double operations =
            2.0 * double(info.layerParameters) * prompt + 2.0 * double(info.headParameters) +
            double(info.attentionOperations) * prompt * (prompt + 1.0) / 2.0;
        for (std::int32_t i = 0; i <= repeat; ++i) {
            double seconds = 0.0;
            for (const Reply& reply : run(session, prompt, 1))
                seconds = std::max(seconds, reply.statistics.timeToFirstToken);
            if (i > 0)
                result.values.push_back(batch * prompt / seconds);
        }
        result.ceiling =
            ceiling(session, DeviceCeiling::MultiplyAdd) * double(prompt) / operations;
        result.note = fmt::format("{:.3g} TFLOP a prompt, {} {}", operations / 1e12, info.deviceId,
                                  info.computeType);
        print({result});
    }

    /// Measured behind the runs, when the device has its working clock.
    [[nodiscard]] static double ceiling(const Session& session, DeviceCeiling ceiling) {
        return session.host->measureCeiling(session.engine->model().name, ceiling);
    }

    [[nodiscard]] std::vector<Reply> run(const Session& session, std::int32_t prompt,
                                         std::int32_t newTokens) const {
        std::vector<Request> requests;
        for (std::int32_t i = 0; i < batch; ++i) {
            Request request;
            request.prompt = TokenPrompt{randomTokens(session, prompt, std::uint32_t(i))};
            request.sampling.temperature = 0.0F;
            request.maxTokens = newTokens;
            request.ignoreEos = true;
            request.usePrefixCache = false;
            requests.push_back(std::move(request));
        }
        std::vector<Reply> replies = runRequests(*session.engine, std::move(requests));
        requireWhole(replies);
        return replies;
    }

    [[nodiscard]] static std::vector<std::int32_t>
    randomTokens(const Session& session, std::int32_t count, std::uint32_t seed) {
        std::mt19937 random(seed);
        std::uniform_int_distribution<std::int32_t> pick(
            0, session.engine->model().vocabularySize - 1);
        std::vector<std::int32_t> ids(static_cast<std::size_t>(count));
        std::generate(ids.begin(), ids.end(), [&] { return pick(random); });
        return ids;
    }

    void print(const std::vector<Measurement>& results) const {
        nlohmann::json all = nlohmann::json::array();
        for (const Measurement& result : results) {
            const double ratio =
                result.ceiling > 0.0 ? result.median() / result.ceiling : 0.0; // 0: unknown
            all.push_back({{"name", result.name},
                           {"value", result.median()},
                           {"unit", result.unit},
                           {"ceiling", result.ceiling},
                           {"ratio", ratio},
                           {"spread", result.spread()}});
            if (!json)
                printText(fmt::format("{:<20} {:>9.1f} {}   {:.0f}% of the ceiling {:.1f}, spread "
                                      "{:.1f}%\n{:<20} {}\n",
                                      result.name, result.median(), result.unit, 100.0 * ratio,
                                      result.ceiling, 100.0 * result.spread(), "", result.note));
        }
        if (json)
            printJson(all);
    }
};

} // namespace

void addBench(CLI::App& program) {
    auto bench = std::make_shared<Bench>();
    CLI::App* command =
        program.add_subcommand("bench", "Measure speed against this machine's limits");
    command->footer("Example: hearth bench decode starter --threads 2\n"
                    "Ceilings are the device's, measured in the same run: its memory's read "
                    "bandwidth for decode, its multiply-adds for prefill. Synthetic models "
                    "(synthetic:llama-3-8b:w4g128) need a GPU.");
    command->require_subcommand(1);
    const auto add = [&](const char* name, const char* text, void (Bench::*measure)()) {
        CLI::App* sub = command->add_subcommand(name, text);
        sub->add_option("model", bench->model.model, "MODEL; \"starter\" if left out");
        sub->add_option("--batch", bench->batch, "Requests at once")->check(between(1, 4096));
        sub->add_option("--prompt", bench->promptTokens, "Prompt tokens")
            ->check(atLeast(1));
        sub->add_option("--depth", bench->depth, "Tokens in the cache before decode begins")
            ->check(atLeast(1));
        sub->add_option("--tokens", bench->tokens, "New tokens")->check(atLeast(1));
        sub->add_option("--repeat", bench->repeat, "Runs; the median counts")
            ->check(between(1, 1000));
        sub->add_flag("--json", bench->json, "Print one JSON document");
        bench->model.addTo(*sub);
        sub->callback([bench, measure] { ((*bench).*measure)(); });
    };
    add("decode", "Tokens a second while replies grow", &Bench::decode);
    add("prefill", "Tokens a second while a prompt is read", &Bench::prefill);
    addBenchServe(*command);
}

} // namespace hearth::cli
