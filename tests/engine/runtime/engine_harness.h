#pragma once

#include "hearth/host.h"
#include "runtime/device_pool.h"
#include "support/temporary_folder.h"
#include "support/tiny_model.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace hearth::test {

/// What came of one request; filled by the engine's thread, read by the test.
class Recorder {
public:
    [[nodiscard]] EventHandler handler();

    /// Waits until the last event is there; false after 30 s.
    [[nodiscard]] bool wait();
    /// Waits until at least `count` tokens have come, or the request is over.
    void waitForTokens(std::size_t count);

    // Only after wait().
    std::string text;
    std::vector<std::int32_t> tokens;
    std::vector<LogitsEvent> logits;
    std::vector<PromptLogprobsEvent> promptLogprobs;
    std::vector<TokenInfo> probabilities;
    std::optional<FinishedEvent> finished;
    std::optional<Error> failed;
    int lastEvents = 0;
    int eventsBehindTheLast = 0;

private:
    void take(Event event);

    std::mutex m_mutex;
    std::condition_variable m_changed;
};

/// A host and the models that a test puts on disk for it.
class EngineHarness {
public:
    explicit EngineHarness(const HostOptions& options = defaultHost());
    /// With what `loadCuda` finds in the place of this machine's GPUs.
    explicit EngineHarness(CudaLoader loadCuda);

    /// Two threads and one gigabyte.
    static HostOptions defaultHost();
    /// Writes a GGUF file and loads it.
    Result<std::shared_ptr<Engine>> load(const GgufBuilder& builder, const LoadOptions& options,
                                         const std::string& name = "tiny");
    std::shared_ptr<Engine> loadTiny(const LoadOptions& options = {});
    [[nodiscard]] Host& host() { return *m_host; }

private:
    EngineHarness(const HostOptions& options, CudaLoader loadCuda);

    TemporaryFolder m_folder;
    std::unique_ptr<Host> m_host;
};

/// A random model whose vocabulary is the 256 bytes (as GPT-2 writes them) and the special tokens
/// <|user|>, <|assistant|>, <|system|> and <|end|>.
[[nodiscard]] GgufBuilder byteTokenizerGguf(const std::string& chatTemplate, TinyModel model = {});
/// Greedy, `count` new tokens, no end before.
[[nodiscard]] Request greedy(std::vector<std::int32_t> prompt, std::int32_t count);
/// Token ids of a vocabulary of 64, different for each seed.
[[nodiscard]] std::vector<std::int32_t> somePrompt(std::size_t length, std::uint32_t seed = 1);
/// Runs one request to its end.
std::unique_ptr<Recorder> run(Engine& engine, Request request);

} // namespace hearth::test
